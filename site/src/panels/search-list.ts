/**
 * Cells found, best first -> rows to choose from, a screenful at a time.
 *
 * The next rows come as one scrolls or moves down: a hundred at once would cost more time than the search.
 */
import { element } from "../page/dom";
import { texts } from "../page/texts";
import { go, type Viewer } from "../map/viewer";

/** Posters that can be listed unless told; the rest are only counted. */
const LISTED = 100;
/** Rows at once. */
const SCREENFUL = 20;
/** So many rows before the last, the next ones are made. */
const AHEAD = 8;
const THUMBNAIL = 40;

/** What a row says. */
export interface Lines {
  readonly title: string;
  /** quieter, below it; may be empty */
  readonly beside: string;
}

/** What the list is, where it is not that of the search panel. */
interface Use {
  /** the id of the list; those of its rows begin with it */
  readonly id: string;
  /** how many are listed at most */
  readonly most: number;
  /** what choosing a row does */
  readonly choose: (cell: number) => void;
}

interface Row {
  readonly element: HTMLElement;
  readonly beside: HTMLElement;
}

/** The list of a combobox, always open: the focus stays in the field, the arrows move through the list. */
export class SearchList {
  readonly element: HTMLElement;
  readonly rest = element("p", { class: "quiet" });
  private cells: Uint32Array = new Uint32Array();
  private rows = new Map<number, Row>();
  /** a place in `cells`; -1: none */
  private active = -1;
  /** sees the last rows come into view */
  private readonly end = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) this.grow(this.rows.size + SCREENFUL);
  });

  constructor(
    private readonly viewer: Viewer,
    private readonly field: HTMLElement,
    private readonly lines: (cell: number) => Lines,
    private readonly use: Use = {
      id: "search-list",
      most: LISTED,
      choose: (cell) => go(viewer, cell),
    },
  ) {
    const named = { id: use.id, role: "listbox", "aria-label": texts.search.results };
    this.element = element("ul", named);
    // A click on the list leaves the focus in the field.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** The cell of the active row, or else of the first; undefined in an empty list. */
  get cell(): number | undefined {
    return this.cells[Math.max(0, this.active)];
  }

  private get listed(): number {
    return Math.min(this.cells.length, this.use.most);
  }

  /** Rows that stay keep their pictures. */
  show(cells: Uint32Array): void {
    this.activate(-1);
    this.end.disconnect();
    const before = this.rows;
    this.cells = cells;
    this.rows = new Map();
    this.element.replaceChildren();
    this.grow(SCREENFUL, before);
    this.element.hidden = cells.length === 0;
    this.field.setAttribute("aria-expanded", String(cells.length > 0));
    const rest = cells.length - this.listed;
    this.rest.textContent = rest > 0 ? texts.search.rest(rest) : "";
  }

  /** What `lines` says has changed. */
  tell(): void {
    for (const [cell, { beside }] of this.rows) beside.textContent = this.lines(cell).beside;
  }

  /** By so many rows, to just before the first at most. */
  move(step: number): void {
    this.activate(Math.min(this.active + step, this.listed - 1));
  }

  /** Makes rows until there are so many, or all that are listed. */
  private grow(count: number, before: ReadonlyMap<number, Row> = new Map()): void {
    const last = Math.min(count, this.listed);
    if (this.rows.size >= last) return;
    const made: HTMLElement[] = [];
    for (let place = this.rows.size; place < last; place++) {
      const cell = this.cells[place] ?? 0;
      const row = before.get(cell) ?? this.row(cell);
      row.element.setAttribute("aria-posinset", String(place + 1));
      row.element.setAttribute("aria-setsize", String(this.listed));
      this.rows.set(cell, row);
      made.push(row.element);
    }
    this.element.append(...made);
    this.end.disconnect();
    if (last < this.listed) made.slice(-AHEAD).forEach((row) => this.end.observe(row));
  }

  private row(cell: number): Row {
    const lines = this.lines(cell);
    const title = element("span", { dir: "auto" }, lines.title);
    const beside = element("span", { class: "quiet", dir: "auto" }, lines.beside);
    const row = element("li", { class: "search-row", id: this.idOf(cell), role: "option" });
    const said = element("span", { class: "search-text" }, title, " ", beside);
    row.append(this.viewer.pictures.thumbnail(cell, THUMBNAIL), said);
    row.setAttribute("aria-selected", "false");
    row.addEventListener("click", () => this.go(cell));
    return { element: row, beside };
  }

  private activate(place: number): void {
    const last = this.rows.get(this.cells[this.active] ?? -1);
    last?.element.setAttribute("aria-selected", "false");
    this.active = Math.max(-1, place);
    this.grow(Math.max(this.rows.size, this.active + AHEAD));
    const cell = this.cells[this.active];
    if (cell === undefined) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    const row = this.rows.get(cell)?.element;
    row?.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", this.idOf(cell));
    row?.scrollIntoView({ block: "nearest" });
    this.viewer.chooser.prepare(cell);
  }

  private idOf(cell: number): string {
    return `${this.use.id}-${cell}`;
  }

  /** Flies there, or what else choosing does. */
  go(cell: number): void {
    this.activate(this.cells.indexOf(cell));
    this.use.choose(cell);
  }
}
