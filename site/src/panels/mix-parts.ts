/** The posters of a mix: each with its picture, how much it counts, and a button that takes it out. */
import { element, iconButton } from "../page/dom";
import { texts } from "../page/texts";
import type { Mixer } from "../state/mixer";
import type { Share } from "../state/state";
import { go, type Viewer } from "../map/viewer";

const THUMBNAIL = 40;

interface Row {
  readonly element: HTMLElement;
  readonly slider: HTMLInputElement;
  readonly percent: HTMLElement;
}

export class MixParts {
  readonly element = element("ul", { class: "mix-parts", "aria-label": texts.mix.parts });
  private readonly rows = new Map<number, Row>();

  constructor(
    private readonly viewer: Viewer,
    private readonly mixer: Mixer,
    /** Gives the focus another place when the row that had it goes. */
    private readonly left: () => void,
  ) {}

  /** Rows that stay keep their pictures, and the focus. */
  show(mix: readonly Share[]): void {
    const cells = new Set(mix.map(({ poster }) => poster.cell));
    const focused = this.element.contains(document.activeElement);
    for (const [cell, row] of this.rows) {
      if (cells.has(cell)) continue;
      row.element.remove();
      this.rows.delete(cell);
    }
    const all = mix.reduce((sum, { weight }) => sum + weight, 0);
    for (const share of mix) {
      const row = this.rows.get(share.poster.cell) ?? this.row(share);
      this.rows.set(share.poster.cell, row);
      if (!row.element.isConnected) this.element.append(row.element);
      const percent = texts.mix.share(Math.round((100 * share.weight) / (all || 1)));
      row.slider.value = String(share.weight);
      row.slider.setAttribute("aria-valuetext", percent);
      row.percent.textContent = percent;
      for (const part of [row.slider, row.percent]) part.hidden = mix.length < 2;
    }
    if (focused && !this.element.contains(document.activeElement)) this.left();
  }

  private row({ poster }: Share): Row {
    const { cell, title } = poster;
    const named = { type: "button", class: "mix-poster", "aria-label": texts.mix.go(title) };
    const show = element("button", named);
    show.append(
      this.viewer.pictures.thumbnail(cell, THUMBNAIL),
      element("span", { dir: "auto" }, title),
    );
    show.addEventListener("click", () => go(this.viewer, cell));
    const remove = iconButton("close", texts.mix.remove(title), () => this.mixer.remove(cell));
    const slider = element("input", {
      type: "range",
      min: "0",
      max: "100",
      step: "5",
      "aria-label": texts.mix.weight(title),
    });
    slider.addEventListener("input", () => this.mixer.weigh(cell, Number(slider.value)));
    const percent = element("span", { class: "mix-percent quiet", "aria-hidden": "true" });
    const made = element("li", {}, show, remove, slider, percent);
    return { element: made, slider, percent };
  }
}
