/** Years and how many posters are of each -> bars with two handles that choose the first and last. */
import { element } from "../page/dom";
import { texts } from "../page/texts";

type Years = readonly [first: number, last: number];

/** Bars at most; more years than that share bars. */
const BARS = 60;
const WIDTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

/** Years a bar, so that there are not too many. */
export function barWidth([first, last]: Years): number {
  return WIDTHS.find((width) => (last - first + 1) / width <= BARS) ?? 5000;
}

/** The counts of years as those of bars; bars begin at whole multiples of their width. */
export function barsOf([first, last]: Years, counts: Uint32Array): Uint32Array {
  const width = barWidth([first, last]);
  const base = Math.floor(first / width);
  const bars = new Uint32Array(Math.floor(last / width) - base + 1);
  counts.forEach((count, i) => (bars[Math.floor((first + i) / width) - base]! += count));
  return bars;
}

export class Histogram {
  readonly element = element("div", { class: "histogram" });
  private readonly first: HTMLInputElement;
  private readonly last: HTMLInputElement;
  private readonly readout = element("p", { class: "histogram-readout" });
  private readonly bars: readonly SVGRectElement[];

  constructor(
    private readonly span: Years,
    private readonly choose: (years: Years | null) => void,
  ) {
    this.first = this.handle(texts.filter.firstYear);
    this.last = this.handle(texts.filter.lastYear);
    const picture = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
    this.bars = Array.from(barsOf(span, new Uint32Array()), (_, i) =>
      svg("rect", { x: String(i + 0.08), width: "0.84" }),
    );
    picture.setAttribute("viewBox", `0 0 ${this.bars.length} 1`);
    picture.append(...this.bars);
    const handles = element("div", { class: "histogram-handles" }, this.first, this.last);
    this.element.append(this.readout, picture, handles);
    this.first.addEventListener("input", () => this.moved(this.first));
    this.last.addEventListener("input", () => this.moved(this.last));
  }

  /** `counts` of each year from the first on. */
  show(years: Years | null, counts: Uint32Array): void {
    const [first, last] = this.within(years ?? this.span);
    this.first.value = String(first);
    this.last.value = String(last);
    this.readout.textContent = texts.filter.years(first, last);
    // Where both stand at the right end, the first must be the one that can be taken.
    this.first.classList.toggle("on-top", first === this.span[1]);
    this.draw([first, last], barsOf(this.span, counts));
  }

  private draw([first, last]: Years, counts: Uint32Array): void {
    const width = barWidth(this.span);
    const base = Math.floor(this.span[0] / width);
    const most = Math.max(1, ...counts);
    this.bars.forEach((bar, i) => {
      const count = counts[i] ?? 0;
      const height = count === 0 ? 0 : Math.max(0.02, count / most);
      const start = (base + i) * width;
      bar.setAttribute("y", String(1 - height));
      bar.setAttribute("height", String(height));
      bar.classList.toggle("inside", start + width > first && start <= last);
    });
  }

  /** One handle pushes the other before it. */
  private moved(by: HTMLInputElement): void {
    const [first, last] = [+this.first.value, +this.last.value];
    const pushed: Years =
      by === this.first ? [first, Math.max(first, last)] : [Math.min(first, last), last];
    const whole = pushed[0] === this.span[0] && pushed[1] === this.span[1];
    this.choose(whole ? null : pushed);
  }

  private within([first, last]: Years): Years {
    const [least, most] = this.span;
    const clamped = (year: number): number => Math.min(most, Math.max(least, year));
    return [clamped(first), clamped(last)];
  }

  private handle(label: string): HTMLInputElement {
    const [min, max] = this.span.map(String) as [string, string];
    return element("input", { type: "range", min, max, step: "1", "aria-label": label });
  }
}

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
