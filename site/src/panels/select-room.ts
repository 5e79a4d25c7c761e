/**
 * The selection panel: ways to select, the list of what is inside, saved as CSV or JSON.
 *
 * While something is searched or filtered, the list and the files hold what matches it; the line drawn stays.
 */
import { download } from "../page/download";
import { element } from "../page/dom";
import { gather } from "../data/gather";
import { cellsInBox } from "../map/lasso";
import type { Room } from "./panels";
import { fileName, toCsv, toJson } from "../data/selection";
import { ShardError } from "../data/shards";
import { filters, type Pen, searches, type State } from "../state/state";
import { texts } from "../page/texts";
import { go, type Viewer } from "../map/viewer";

/** Posters listed; the rest are only counted. */
const LISTED = 200;
const THUMBNAIL = 40;

export class SelectRoom implements Room {
  readonly element = element("div", { class: "select" });
  private readonly pens: Readonly<Record<Pen, HTMLButtonElement>>;
  private readonly lit = button(texts.select.lit, () => this.selectLit());
  private readonly count = element("p", { class: "select-count", role: "status" });
  private readonly savers = [
    button(texts.select.csv, () => void this.save("csv")),
    button(texts.select.json, () => void this.save("json")),
  ] as const;
  private readonly actions = element("p", { class: "select-actions" });
  private readonly progress = element("p", { class: "quiet", role: "status" });
  private readonly list = element("ul", { class: "select-list", "aria-label": texts.select.list });
  private readonly rest = element("p", { class: "quiet" });
  /** has rows say what they are when they come into view: their posters may be in as many files */
  private readonly seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.seen.unobserve(target);
      void this.describe(target);
    }
  });
  private readonly cellOf = new WeakMap<Element, number>();
  /** those listed and saved */
  private cells: readonly number[] = [];
  /** what was asked of the state when it was last shown */
  private drawn: Pick<State, "selected" | "lit"> = { selected: null, lit: null };
  /** ends what is being loaded for a selection that is no more */
  private control = new AbortController();
  private saving = false;

  constructor(private readonly viewer: Viewer) {
    this.pens = { box: this.penButton("box"), lasso: this.penButton("lasso") };
    const ways = element("p", {
      class: "select-ways",
      role: "group",
      "aria-label": texts.select.ways,
    });
    const inView = button(texts.select.inView, () => this.selectView());
    ways.append(this.pens.box, this.pens.lasso, inView, this.lit);
    this.actions.append(
      ...this.savers,
      button(texts.select.clear, () => this.clear()),
    );
    const hint = element("p", { class: "quiet" }, texts.select.hint);
    this.element.append(hint, ways, this.count, this.actions, this.progress, this.list, this.rest);
    viewer.store.watch("pen", (pen) => this.press(pen));
    for (const part of ["selected", "lit"] as const) viewer.store.watch(part, () => this.show());
    this.draw();
  }

  focus(): void {
    this.pens.box.focus({ preventScroll: true });
  }

  opened(): void {
    this.show();
  }

  closed(): void {
    this.viewer.store.update({ pen: null });
  }

  private penButton(pen: Pen): HTMLButtonElement {
    const made = button(texts.select[pen], () =>
      this.viewer.store.update({ pen: this.viewer.store.now.pen === pen ? null : pen }),
    );
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  private press(pen: Pen | null): void {
    for (const [name, made] of Object.entries(this.pens)) {
      made.setAttribute("aria-pressed", String(name === pen));
    }
  }

  private selectView(): void {
    const [one, other] = this.viewer.atlas.corners();
    this.viewer.store.update({ selected: cellsInBox(this.viewer.geometry, one, other), pen: null });
  }

  private selectLit(): void {
    const { lit } = this.viewer.store.now;
    if (lit === null) return;
    const selected = Array.from(this.viewer.geometry.cells).filter((cell) => lit.mask[cell] === 1);
    this.viewer.store.update({ selected, pen: null });
  }

  private clear(): void {
    this.viewer.store.update({ selected: null });
    this.focus();
  }

  /** Keeps up while the panel is open; a file that is being made for what is still shown goes on. */
  private show(): void {
    const { selected, lit } = this.viewer.store.now;
    const same = this.drawn.selected === selected && this.drawn.lit === lit;
    if (this.element.isConnected && !same) this.draw();
  }

  private draw(): void {
    const { selected, lit } = this.viewer.store.now;
    this.drawn = { selected, lit };
    this.control.abort();
    this.control = new AbortController();
    const all = selected ?? [];
    this.cells = lit === null ? all : all.filter((cell) => lit.mask[cell] === 1);
    this.lit.hidden = lit === null;
    this.count.textContent = selected === null ? "" : this.summary(all.length);
    this.progress.textContent = "";
    this.busy(false);
    this.actions.hidden = all.length === 0;
    for (const saver of this.savers) saver.hidden = this.cells.length === 0;
    this.fill();
  }

  private summary(drawn: number): string {
    const { query, filter, lit } = this.viewer.store.now;
    if (drawn === 0) return texts.select.none;
    if (lit === null) return texts.select.count(drawn);
    const asked = { search: searches(query), filter: filters(filter) };
    return texts.select.match(this.cells.length, drawn, asked);
  }

  private fill(): void {
    const listed = this.cells.slice(0, LISTED);
    this.seen.disconnect();
    this.list.replaceChildren(...listed.map((cell, i) => this.row(cell, i + 1)));
    const more = this.cells.length - listed.length;
    this.rest.textContent = more > 0 ? texts.select.rest(more) : "";
  }

  private row(cell: number, place: number): HTMLElement {
    const title = element("span", { dir: "auto" }, texts.select.poster(place));
    const made = element("button", { type: "button", class: "select-row" });
    made.append(this.viewer.pictures.thumbnail(cell, THUMBNAIL), title);
    made.addEventListener("click", () => go(this.viewer, cell));
    const item = element("li", {}, made);
    this.cellOf.set(title, cell);
    this.seen.observe(title);
    return item;
  }

  private async describe(title: Element): Promise<void> {
    const { signal } = this.control;
    try {
      const poster = await this.viewer.catalog.poster(this.cellOf.get(title) ?? 0);
      title.textContent = poster.title;
      if (poster.year !== null)
        title.after(element("span", { class: "quiet" }, String(poster.year)));
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      if (!signal.aborted) this.progress.textContent = texts.failure.missing(error.file);
    }
  }

  /** A button that is disabled would lose the focus; these only say so. */
  private busy(saving: boolean): void {
    this.saving = saving;
    for (const saver of this.savers) saver.setAttribute("aria-disabled", String(saving));
  }

  private async save(kind: "csv" | "json"): Promise<void> {
    if (this.saving) return;
    this.busy(true);
    const { cells } = this;
    const { signal } = this.control;
    const tell = (done: number, all: number): void => {
      if (!signal.aborted) this.progress.textContent = texts.select.loading(done, all);
    };
    try {
      const posters = await gather(cells, this.viewer.geometry, this.viewer.catalog, tell, signal);
      const { clusters } = this.viewer.map;
      const called = clusters.map((one) => ({ ...one, name: texts.cluster(one) }));
      const file = fileName(this.viewer.map.title, texts.select.file, kind);
      if (kind === "csv") download(file, "text/csv", toCsv(posters, called));
      else download(file, "application/json", toJson(posters, called));
      this.progress.textContent = texts.select.saved(file);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ShardError)) throw error;
      this.progress.textContent = texts.select.failed(error.file);
    } finally {
      // Another selection has set it free already, and may be saved by now.
      if (!signal.aborted) this.busy(false);
    }
  }
}

function button(label: string, action: () => void): HTMLButtonElement {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", action);
  return made;
}
