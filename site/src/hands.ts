/** Clicks, taps and keys on the map -> choices. */
import type L from "leaflet";
import type { Announcer } from "./announcer";
import { type Atlas, placeOf } from "./atlas";
import type { Card } from "./card";
import type { Chooser } from "./chooser";
import type { Direction, Geometry } from "./geometry";
import type { Panels } from "./panels";
import type { Store } from "./state";
import { texts } from "./texts";

/** A click waits this long, in case it is the first half of a double click, which zooms. */
const DOUBLE_CLICK_MS = 220;

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export class Hands {
  private pending: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly geometry: Geometry,
    private readonly chooser: Chooser,
    private readonly atlas: Atlas,
    private readonly card: Card,
    private readonly announcer: Announcer,
    /** null: there is none to open */
    private readonly panels: Panels | null,
  ) {
    atlas.leaflet.on("click", (event: L.LeafletMouseEvent) => this.click(event));
    atlas.leaflet.on("dblclick", () => clearTimeout(this.pending));
    // Capturing: an arrow key that walks must not reach Leaflet, which would pan.
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  private click({ latlng }: L.LeafletMouseEvent): void {
    const cell = this.geometry.posterUnder(placeOf(latlng));
    if (cell !== null) this.chooser.prepare(cell);
    clearTimeout(this.pending);
    this.pending = window.setTimeout(() => {
      if (cell === this.store.now.chosen?.cell) return;
      if (cell === null) this.chooser.close();
      else void this.chooser.choose(cell, "hand");
    }, DOUBLE_CLICK_MS);
  }

  private key(event: KeyboardEvent): void {
    // Some keyboards have the slash above another key.
    const shifted = event.shiftKey && event.key !== "/";
    if (event.ctrlKey || event.altKey || event.metaKey || shifted) return;
    const typing =
      event.target instanceof Element && event.target.matches("input, textarea, select");
    if (typing && event.key !== "Escape") return;
    if (this.answers(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private answers({ key, target }: KeyboardEvent): boolean {
    const open = this.store.now.chosen !== null;
    const direction = ARROWS[key];
    if (open && direction !== undefined) {
      if (!this.chooser.walk(direction)) this.announcer.say(texts.announce.edge);
      return true;
    }
    if (key === "Escape") return this.leave();
    if (key === "/" && this.panels !== null) {
      this.panels.enter("search");
      return true;
    }
    if (key === "Enter" && target === this.atlas.container) {
      if (open) this.card.focus();
      else void this.chooser.choose(this.geometry.nearest(this.atlas.focus()), "hand");
      return true;
    }
    return false;
  }

  /** Escape: leaves what was begun last, the card before the panel; false if there is nothing to leave. */
  private leave(): boolean {
    const { pen, chosen, panel } = this.store.now;
    if (pen !== null) this.store.update({ pen: null });
    else if (chosen !== null) this.close();
    else if (panel !== null) this.store.update({ panel: null });
    else return false;
    return true;
  }

  /** Closes the card; a focus that was in it goes back to the map, unless a panel lay below. */
  close(): void {
    const focused = this.card.hasFocus;
    this.chooser.close();
    const lost = this.card.hasFocus || document.activeElement === document.body;
    if (focused && lost) {
      this.atlas.container.focus({ preventScroll: true });
    }
  }
}
