/** How many posters there are; while something is asked, how many match, what it is, and a button that clears it. */
import { askedFor } from "./asked";
import type { MapData } from "../data/contract";
import { element, iconButton } from "../page/dom";
import { asks, NO_FILTER, NO_QUERY, type Store } from "../state/state";
import { texts } from "../page/texts";

export class LitChip {
  readonly element = element("p", { class: "lit-chip quiet" });
  private readonly count = element("span");
  /** cut short where there is no room, so its title has all of it */
  private readonly asked = element("span", { class: "lit-chip-asked", dir: "auto" });
  private readonly clear: HTMLButtonElement;

  /** `cleared`: gives the focus another place, since the button goes. */
  constructor(
    private readonly store: Store,
    private readonly map: MapData,
    cleared: () => void,
  ) {
    this.clear = iconButton("close", texts.filter.clearAll, () => {
      store.update({ query: { ...NO_QUERY, column: store.now.query.column }, filter: NO_FILTER });
      cleared();
    });
    this.element.append(this.count, this.asked, this.clear);
    for (const part of ["query", "filter", "lit", "panel"] as const) {
      store.watch(part, () => this.show());
    }
    this.show();
  }

  private show(): void {
    const { lit, panel } = this.store.now;
    const asked = asks(this.store.now);
    this.element.classList.toggle("lit-chip-on", asked);
    document.body.classList.toggle("asking", asked);
    this.clear.hidden = !asked;
    // The panels say themselves how many they leave.
    this.count.setAttribute("aria-live", panel === null ? "polite" : "off");
    this.count.textContent =
      asked && lit !== null
        ? texts.filter.match(lit.count, this.map.count)
        : texts.count(this.map.count);
    this.asked.textContent = askedFor(this.store.now, this.map);
    this.asked.title = this.asked.textContent;
    this.asked.hidden = !asked;
  }
}
