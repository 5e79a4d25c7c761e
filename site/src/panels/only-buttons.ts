/** Buttons of a card that filter by its poster's tags and year, pressed while the filter does. */
import { element } from "../page/dom";
import { texts } from "../page/texts";
import { asksOnly, type Only, onlyTag, onlyYear, toggled } from "../state/only";
import type { Store } from "../state/state";

export class OnlyButtons {
  /** those of the card that is shown */
  private readonly made = new Map<HTMLButtonElement, Only>();

  constructor(private readonly store: Store) {
    store.watch("filter", () => this.made.forEach((only, button) => this.mark(button, only)));
  }

  /** Call when the card shows another poster. */
  clear(): void {
    this.made.clear();
  }

  year(year: number): HTMLButtonElement {
    const button = this.button(String(year), texts.card.onlyYear(year), onlyYear(year));
    button.classList.add("text-button");
    return button;
  }

  tag(tag: string): HTMLButtonElement {
    return this.button(tag, texts.card.onlyTag(tag), onlyTag(tag));
  }

  private button(name: string, label: string, only: Only): HTMLButtonElement {
    const named = { type: "button", "aria-label": label, title: label };
    const button = element("button", named, element("span", { dir: "auto" }, name));
    button.addEventListener("click", () =>
      this.store.update({ filter: toggled(this.store.now.filter, only) }),
    );
    this.made.set(button, only);
    this.mark(button, only);
    return button;
  }

  private mark(button: HTMLButtonElement, only: Only): void {
    button.setAttribute("aria-pressed", String(asksOnly(this.store.now.filter, only)));
  }
}
