/** Ways to add a poster to a mix: by its title, or by a click on the map. */
import type { Columns } from "../find/columns";
import type { Titles } from "../find/titles";
import { ShardError } from "../data/shards";
import { inSlices, whileWanted } from "../data/slices";
import { element } from "../page/dom";
import { FINGERS, fits } from "../page/screens";
import { texts } from "../page/texts";
import { type Mixer, MOST_MIXED } from "../state/mixer";
import type { Viewer } from "../map/viewer";
import { SearchList } from "./search-list";

/** Titles offered. */
const OFFERED = 6;

export class MixAdding {
  readonly element = element("div", { class: "mix-adding" });
  private readonly pick = element("button", { type: "button" }, texts.mix.pick);
  private readonly field = element("input", {
    type: "search",
    role: "combobox",
    "aria-label": texts.mix.add,
    placeholder: texts.mix.add,
    "aria-autocomplete": "list",
    "aria-controls": "mix-offered",
    "aria-expanded": "false",
    autocomplete: "off",
    spellcheck: "false",
    dir: "auto",
  });
  private readonly list: SearchList;
  private readonly hint = element("p", { class: "quiet", role: "status" });
  private titles: readonly string[] = [];
  private question = 0;

  constructor(
    private readonly viewer: Viewer,
    private readonly mixer: Mixer,
    private readonly columns: Columns,
    /** What could not be loaded, to be said. */
    private readonly lacking: (file: string) => void,
  ) {
    const lines = (cell: number) => ({
      title: this.titles[viewer.geometry.indexOf(cell)] ?? "",
      beside: "",
    });
    const choose = (cell: number): void => void this.add(cell);
    this.list = new SearchList(viewer, this.field, lines, {
      id: "mix-offered",
      most: OFFERED,
      choose,
    });
    this.list.show(new Uint32Array());
    this.pick.setAttribute("aria-pressed", "false");
    this.pick.addEventListener("click", () => mixer.pick(!viewer.store.now.picking));
    this.field.addEventListener("input", () => void this.offer());
    this.field.addEventListener("keydown", (event) => this.key(event));
    viewer.store.watch("picking", () => this.show());
    this.element.append(this.field, this.list.element, this.pick, this.hint);
  }

  /** Nothing can be added to a mix that is full. */
  show(): void {
    const { picking, mix } = this.viewer.store.now;
    this.field.hidden = this.pick.hidden = this.mixer.full;
    this.pick.setAttribute("aria-pressed", String(picking));
    const now = texts.mix.picking[fits(FINGERS) ? "fingers" : "keys"];
    const said = picking ? now : mix.length < 2 ? texts.mix.hint : "";
    this.hint.textContent = this.mixer.full ? texts.mix.full(MOST_MIXED) : said;
  }

  private async add(cell: number): Promise<void> {
    this.field.value = "";
    this.list.show(new Uint32Array());
    try {
      await this.mixer.add(cell);
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.lacking(error.file);
    }
  }

  private async offer(): Promise<void> {
    const turn = ++this.question;
    const wanted = (): boolean => turn === this.question;
    const text = this.field.value;
    try {
      const [titles, names] = await Promise.all([
        this.columns.titles("title"),
        this.viewer.catalog.column("title"),
      ]);
      this.titles = names;
      const found = await inSlices(whileWanted(this.searched(titles, text), wanted));
      if (found !== null && wanted()) this.list.show(found);
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.lacking(error.file);
    }
  }

  /** The cells of the first that are not in the mix. */
  private *searched(titles: Titles, text: string) {
    const found = yield* titles.search(text);
    const { cells } = this.viewer.geometry;
    return Uint32Array.from(found.slice(0, OFFERED + MOST_MIXED), (index) => cells[index] ?? 0)
      .filter((cell) => !this.mixer.holds(cell))
      .slice(0, OFFERED);
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    const { cell } = this.list;
    if (step !== undefined) this.list.move(step);
    else if (cell !== undefined) this.list.go(cell);
  }
}
