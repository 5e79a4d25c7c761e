/** The search panel: a field, what it finds, best first; Enter flies there. */
import { element, iconButton } from "../page/dom";
import type { Room } from "./panels";
import { ShardError } from "../data/shards";
import { texts } from "../page/texts";
import { go, type Viewer } from "../map/viewer";

/** Posters listed; the rest are only counted. */
const LISTED = 100;
const THUMBNAIL = 40;

/** What the rows say. */
interface Columns {
  readonly name: string;
  readonly titles: readonly string[];
  /** of the column searched in; null if those are the titles */
  readonly values: readonly string[] | null;
}

/** A combobox whose list is always open: the focus stays in the field, the arrows move through the list. */
export class SearchRoom implements Room {
  readonly element = element("div", { class: "search" });
  private readonly field = searchField();
  private readonly clear = iconButton("close", texts.search.clear, () => this.empty());
  private readonly column: HTMLSelectElement;
  private readonly status = element("p", { class: "quiet", role: "status" });
  private readonly list = element("ul", {
    id: "search-list",
    role: "listbox",
    "aria-label": texts.search.results,
  });
  private readonly rest = element("p", { class: "quiet" });
  private columns: Columns | null = null;
  private cells: readonly number[] = [];
  private rows = new Map<number, HTMLElement>();
  /** a place in `cells`; -1: none */
  private active = -1;
  /** Enter was pressed before there was an answer: it flies to the first poster as soon as there is. */
  private eager = false;

  constructor(private readonly viewer: Viewer) {
    this.column = columnChoice(viewer.map.search);
    const box = element("div", { class: "search-box" }, this.field, this.clear);
    this.element.append(box, this.columnRow(), this.status, this.list, this.rest);
    this.field.addEventListener("input", () => this.ask());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.column.addEventListener("change", () => this.ask());
    // A click on the list leaves the focus in the field.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    viewer.store.watch("query", () => this.follow());
    viewer.store.watch("lit", () => void this.show());
    this.follow();
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
    this.field.select();
  }

  opened(): void {
    void this.show();
  }

  closed(): void {
    this.eager = false;
  }

  private columnRow(): HTMLElement {
    const row = element(
      "label",
      { class: "search-column quiet" },
      texts.search.column,
      this.column,
    );
    row.hidden = this.viewer.map.search.length < 2;
    return row;
  }

  private ask(): void {
    this.eager = false;
    this.viewer.store.update({ query: { text: this.field.value, column: this.column.value } });
  }

  private empty(): void {
    this.field.value = "";
    this.ask();
    this.field.focus();
  }

  /** The field says what is asked, whoever asked it. */
  private follow(): void {
    const { text, column } = this.viewer.store.now.query;
    if (this.field.value !== text) this.field.value = text;
    this.column.value = column;
    this.clear.hidden = text === "";
    void this.show();
  }

  /** Lists what is found, of what the filter leaves. */
  private async show(): Promise<void> {
    if (!this.element.isConnected) return;
    const { query } = this.viewer.store.now;
    const columns = await this.load(query.column);
    if (columns === null) return;
    const { found, lit, answered } = this.viewer.store.now;
    const asked = this.viewer.store.now.query.text.trim() !== "";
    if (asked && (found === null || lit === null || answered !== this.viewer.store.now.query))
      return;
    this.cells = asked && found && lit ? found.filter((cell) => lit.mask[cell] === 1) : [];
    this.fill(columns);
    this.status.textContent = asked ? this.summary(found?.length ?? 0) : texts.search.hint;
    if (this.eager) this.enter();
  }

  private summary(found: number): string {
    const listed = this.cells.length;
    return listed < found ? texts.search.foundOf(listed, found) : texts.search.found(found);
  }

  private async load(name: string): Promise<Columns | null> {
    if (this.columns?.name === name) return this.columns;
    this.status.textContent = texts.search.loading;
    try {
      const titles = await this.viewer.catalog.column("title");
      const values = name === "title" ? null : await this.viewer.catalog.column(name);
      if (this.viewer.store.now.query.column !== name) return null;
      this.rows = new Map();
      this.columns = { name, titles, values };
      return this.columns;
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      const asked = this.viewer.store.now.query.column === name;
      if (asked) this.status.textContent = texts.failure.missing(error.file);
      return null;
    }
  }

  private fill(columns: Columns): void {
    const listed = this.cells.slice(0, LISTED);
    const before = this.rows;
    this.rows = new Map(listed.map((cell) => [cell, before.get(cell) ?? this.row(cell, columns)]));
    this.list.replaceChildren(...this.rows.values());
    this.list.hidden = listed.length === 0;
    this.field.setAttribute("aria-expanded", String(listed.length > 0));
    const rest = this.cells.length - listed.length;
    this.rest.textContent = rest > 0 ? texts.search.rest(rest) : "";
    this.activate(-1);
  }

  private row(cell: number, { titles, values }: Columns): HTMLElement {
    const index = placeIn(this.viewer.geometry.cells, cell);
    const title = element("span", { dir: "auto" }, titles[index] ?? "");
    const row = element("li", { class: "search-row", id: `found-${cell}`, role: "option" });
    const said = element("span", { class: "search-text" }, title);
    const value = values?.[index];
    if (value) said.append(element("span", { class: "quiet", dir: "auto" }, value));
    row.append(this.viewer.pictures.thumbnail(cell, THUMBNAIL), said);
    row.addEventListener("click", () => this.go(cell));
    return row;
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
    if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    if (step !== undefined) {
      this.activate(Math.min(this.active + step, this.rows.size - 1));
    } else {
      this.enter();
    }
  }

  private enter(): void {
    this.eager = this.viewer.store.now.answered !== this.viewer.store.now.query;
    const cell = this.cells[Math.max(0, this.active)];
    if (!this.eager && cell !== undefined) this.go(cell);
  }

  private activate(place: number): void {
    this.active = Math.max(-1, place);
    const cell = this.cells[this.active];
    for (const [of, row] of this.rows) row.setAttribute("aria-selected", String(of === cell));
    if (cell === undefined) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    this.field.setAttribute("aria-activedescendant", `found-${cell}`);
    this.rows.get(cell)?.scrollIntoView({ block: "nearest" });
    this.viewer.chooser.prepare(cell);
  }

  private go(cell: number): void {
    this.activate(this.cells.indexOf(cell));
    go(this.viewer, cell);
  }
}

function searchField(): HTMLInputElement {
  return element("input", {
    type: "search",
    role: "combobox",
    "aria-label": texts.search.label,
    placeholder: texts.search.placeholder,
    "aria-autocomplete": "list",
    "aria-controls": "search-list",
    "aria-expanded": "false",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "search",
    dir: "auto",
  });
}

function columnChoice(names: readonly string[]): HTMLSelectElement {
  const options = names.map((name, i) =>
    element("option", { value: name }, i === 0 ? texts.search.title : name),
  );
  // Without it the name would hold all options, which the label around it holds too.
  return element("select", { "aria-label": texts.search.column }, ...options);
}

/** Where a number is in an ascending list that holds it. */
function placeIn(ascending: Uint32Array, number: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
