/** The search panel: a field, what it finds, best first; Enter flies there. */
import { element, iconButton } from "../page/dom";
import type { Room } from "./panels";
import { ShardError } from "../data/shards";
import { type Lines, SearchList } from "./search-list";
import { texts } from "../page/texts";
import { NO_YEAR } from "../data/contract";
import { type Lit, searches } from "../state/state";
import type { Viewer } from "../map/viewer";

/** What the rows say. */
interface Columns {
  readonly name: string;
  readonly titles: readonly string[];
  /** of the column searched in; null if those are the titles */
  readonly values: readonly string[] | null;
}

export class SearchRoom implements Room {
  readonly element = element("div", { class: "search" });
  private readonly field = searchField();
  private readonly clear = iconButton("close", texts.search.clear, () => this.empty());
  private readonly column: HTMLSelectElement;
  private readonly status = element("p", { class: "quiet", role: "status" });
  private readonly list: SearchList;
  private columns: Columns | null = null;
  /** by index of a poster; null until they are here */
  private years: Int16Array | null = null;
  /** Enter was pressed before there was an answer: it flies to the first poster as soon as there is. */
  private eager = false;

  constructor(private readonly viewer: Viewer) {
    this.column = columnChoice(viewer.map.search);
    this.list = new SearchList(viewer, this.field, (cell) => this.lines(cell));
    const box = element("div", { class: "search-box" }, this.field, this.clear);
    const { element: list, rest } = this.list;
    this.element.append(box, this.columnRow(), this.status, list, rest);
    this.field.addEventListener("input", () => this.ask());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.column.addEventListener("change", () => this.ask());
    viewer.store.watch("query", () => this.follow());
    viewer.store.watch("lit", () => void this.show());
    this.follow();
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
    this.field.select();
  }

  opened(): void {
    void this.show().then(() => this.loadYears());
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
    // The best of the new answer is at the top of the panel, which scrolls.
    this.element.parentElement?.scrollTo({ top: 0 });
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
    const asked = searches(this.viewer.store.now.query);
    if (asked && (found === null || lit === null || answered !== this.viewer.store.now.query))
      return;
    const left = asked && found && lit ? leftOf(found, lit) : new Uint32Array();
    this.list.show(left);
    this.status.textContent = asked ? summary(left.length, found?.length ?? 0) : texts.search.hint;
    if (this.eager) this.enter();
  }

  private async load(name: string): Promise<Columns | null> {
    if (this.columns?.name === name) return this.columns;
    this.status.textContent = texts.search.loading;
    try {
      const titles = await this.viewer.catalog.column("title");
      const values = name === "title" ? null : await this.viewer.catalog.column(name);
      if (this.viewer.store.now.query.column !== name) return null;
      this.columns = { name, titles, values };
      this.list.tell();
      return this.columns;
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      const asked = this.viewer.store.now.query.column === name;
      if (asked) this.status.textContent = texts.failure.missing(error.file);
      return null;
    }
  }

  /** The titles come first; without the years, the list does without. */
  private async loadYears(): Promise<void> {
    if (this.columns === null || this.years !== null || !this.viewer.map.facets.years) return;
    try {
      this.years = (await this.viewer.catalog.facets()).years;
      this.list.tell();
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
    }
  }

  /** A poster's title; its year, and what it has in the column searched in. */
  private lines(cell: number): Lines {
    const index = this.viewer.geometry.indexOf(cell);
    const year = this.years?.[index] ?? NO_YEAR;
    const value = this.columns?.values?.[index] ?? "";
    return {
      title: this.columns?.titles[index] ?? "",
      beside: texts.search.beside(year === NO_YEAR ? null : year, value),
    };
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
    if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    if (step !== undefined) this.list.move(step);
    else this.enter();
  }

  private enter(): void {
    this.eager = this.viewer.store.now.answered !== this.viewer.store.now.query;
    const { cell } = this.list;
    if (!this.eager && cell !== undefined) this.list.go(cell);
  }
}

/** Of what the query finds, what the filter leaves. */
function leftOf(found: Uint32Array, { mask, count }: Lit): Uint32Array {
  return count === found.length ? found : found.filter((cell) => mask[cell] === 1);
}

function summary(left: number, found: number): string {
  return left < found ? texts.search.foundOf(left, found) : texts.search.found(found);
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
