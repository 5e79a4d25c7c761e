/** The panel at the left, or at the bottom of a narrow window: search, filter, selection, about; one at a time. */
import { element, iconButton } from "../page/dom";
import { fits, NARROW, TIGHT } from "../page/screens";
import type { Panel, Store } from "../state/state";
import { texts } from "../page/texts";

/** What fills the panel while it is open. */
export interface Room {
  readonly element: HTMLElement;
  /** Where it is called otherwise than the button that opens it; it changes with the mix. */
  readonly heading?: string;
  /** What the keyboard's focus goes to when it opens. */
  focus(): void;
  opened?(): void;
  closed?(): void;
}

export class Panels {
  readonly element = element("section", { class: "panel" });
  private readonly heading = element("h2", { class: "panel-heading", id: "panel-heading" });
  private readonly body = element("div", { class: "panel-body" });
  /** where the focus goes back to when the panel closes */
  private before: Element | null = null;
  /** where in the panel, or on the buttons, the focus goes back to when the card above it closes */
  private beneath: HTMLElement | null = null;

  constructor(
    private readonly store: Store,
    private readonly rooms: Readonly<Record<Panel, Room>>,
    /** Gives the focus a place where the one it came from is gone. */
    private readonly lost: () => void,
  ) {
    this.element.setAttribute("aria-labelledby", "panel-heading");
    this.element.hidden = true;
    const close = iconButton("close", texts.panel.close, () => this.store.update({ panel: null }));
    this.element.append(element("div", { class: "panel-top" }, this.heading, close), this.body);
    store.watch("panel", (now, last) => this.show(now, last));
    store.watch("mix", () => this.name());
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Opens a room; if it is open, the focus goes back into it. */
  enter(panel: Panel): void {
    if (this.store.now.panel !== panel) {
      this.store.update({ panel });
      return;
    }
    this.clearAbove();
    this.rooms[panel].focus();
  }

  /** Call before the card opens over the panel, or the buttons that open it: whether it takes the focus from them. */
  cover(): boolean {
    const { activeElement } = document;
    const inBar = fits(NARROW) && activeElement?.closest(".explore-bar") != null;
    const focused = inBar || (fits(TIGHT) && this.hasFocus);
    if (focused && activeElement instanceof HTMLElement) this.beneath = activeElement;
    return focused;
  }

  /** Call when the card above has closed: the focus goes back to where it was. */
  uncover(): void {
    this.beneath?.focus({ preventScroll: true });
    this.beneath = null;
  }

  private show(now: Panel | null, last: Panel | null): void {
    if (last !== null) this.rooms[last].closed?.();
    document.body.classList.toggle("panel-open", now !== null);
    if (now === null) this.close();
    else this.open(now);
  }

  private open(now: Panel): void {
    if (!this.hasFocus) this.before = document.activeElement;
    const room = this.rooms[now];
    this.name();
    this.body.replaceChildren(room.element);
    this.body.scrollTop = 0;
    this.element.hidden = false;
    this.clearAbove();
    room.opened?.();
    room.focus();
  }

  private name(): void {
    const { panel } = this.store.now;
    if (panel !== null) this.heading.textContent = this.rooms[panel].heading ?? texts.panel[panel];
  }

  /** Takes away the card that would cover the panel. */
  private clearAbove(): void {
    if (fits(TIGHT)) this.store.update({ chosen: null });
  }

  private close(): void {
    const hadFocus = this.hasFocus;
    this.element.hidden = true;
    this.body.replaceChildren();
    this.beneath = null;
    if (hadFocus) this.giveBack();
  }

  /** What had the focus before may have gone with its card, or was nothing at all. */
  private giveBack(): void {
    const { before } = this;
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    if (before === document.body || before !== document.activeElement) this.lost();
  }
}
