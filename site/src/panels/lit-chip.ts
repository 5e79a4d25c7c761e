/** How many posters there are; while something is asked, how many match, what it is, and a button that clears it. */
import { askedFor } from "./asked";
import type { MapData } from "../data/contract";
import { element, iconButton } from "../page/dom";
import { fits, TIGHT } from "../page/screens";
import {
  asks,
  isAnswered,
  NO_FILTER,
  NO_QUERY,
  searches,
  type State,
  type Store,
} from "../state/state";
import { texts } from "../page/texts";

/** An answer that takes longer is waited for in words; most are here before anyone could read them. */
const PATIENCE_MS = 200;

export class LitChip {
  readonly element = element("p", { class: "lit-chip quiet" });
  private readonly count = element("span");
  /** cut short where there is no room, so its title has all of it */
  private readonly asked = element("span", { class: "lit-chip-asked", dir: "auto" });
  private readonly clear: HTMLButtonElement;
  private pending: number | undefined;

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
    for (const part of ["query", "filter", "answered", "answeredFilter", "lacking"] as const) {
      store.watch(part, () => this.showSoon());
    }
    for (const part of ["query", "panel", "chosen", "pen"] as const) {
      store.watch(part, () => this.hush());
    }
    this.hush();
    this.show();
  }

  /** Until the answer is here, what was said stays: number and words belong together. */
  private showSoon(): void {
    clearTimeout(this.pending);
    if (isAnswered(this.store.now)) this.show();
    else this.pending = window.setTimeout(() => this.show(), PATIENCE_MS);
  }

  private show(): void {
    const asked = asks(this.store.now);
    this.element.classList.toggle("lit-chip-on", asked);
    document.body.classList.toggle("asking", asked);
    this.clear.hidden = !asked;
    const said = this.number(asked);
    if (this.count.textContent !== said) this.count.textContent = said;
    this.asked.textContent = askedFor(this.store.now, this.map);
    this.asked.title = this.asked.textContent;
    this.asked.hidden = !asked;
  }

  /** Nothing is said twice. */
  private hush(): void {
    this.count.setAttribute("aria-live", saidElsewhere(this.store.now) ? "off" : "polite");
  }

  private number(asked: boolean): string {
    const { lit, lacking } = this.store.now;
    if (!asked) return texts.count(this.map.count);
    if (lacking) return texts.filter.lacking;
    if (!isAnswered(this.store.now) || lit === null) return texts.filter.loading;
    return texts.filter.match(lit.count, this.map.count);
  }
}

/** Whether the panel is to be seen and says itself how many match. */
function saidElsewhere({ panel, query, chosen, pen }: State): boolean {
  if (fits(TIGHT) && (chosen !== null || pen !== null)) return false;
  return panel === "filter" || (panel === "search" && searches(query));
}
