/** Names with counts, to be switched on and off: the most frequent ones, and a field that finds the others. */
import { element } from "../page/dom";
import { texts } from "../page/texts";
import { fold } from "../find/titles";

/** Names shown; those switched on, and the one with the focus, are always among them. */
const SHOWN = 30;

export interface Choice {
  /** what the filter calls it */
  readonly key: string;
  readonly name: string;
}

interface Kinds {
  /** what a screen reader calls the list, and its field */
  readonly list: string;
  readonly find: string;
}

export class Choices {
  readonly element = element("div", { class: "choices" });
  private readonly field: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly rest = element("p", { class: "quiet" });
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly folded: readonly string[];
  private chosen: ReadonlySet<string> = new Set();
  private counts: Uint32Array = new Uint32Array();

  constructor(
    private readonly choices: readonly Choice[],
    kinds: Kinds,
    private readonly toggle: (key: string) => void,
  ) {
    this.folded = choices.map(({ name }) => fold(name));
    this.field = element("input", {
      type: "search",
      "aria-label": kinds.find,
      placeholder: kinds.find,
      autocomplete: "off",
      spellcheck: "false",
    });
    this.field.hidden = choices.length <= SHOWN;
    this.list = element("ul", { "aria-label": kinds.list });
    this.field.addEventListener("input", () => this.draw());
    this.element.append(this.field, this.list, this.rest);
  }

  /** `counts` beside each choice, in their order. */
  show(chosen: readonly string[], counts: Uint32Array): void {
    this.chosen = new Set(chosen);
    this.counts = counts;
    this.draw();
  }

  private draw(): void {
    const asked = fold(this.field.value).trim();
    const places = [...this.choices.keys()];
    const fitting = places.filter((i) => this.folded[i]?.includes(asked));
    const shown = new Set(fitting.slice(0, SHOWN));
    const beyond = places.filter((i) => !shown.has(i) && this.stays(this.choices[i]?.key ?? ""));
    const items = [...beyond, ...shown].map((i) => this.item(i));
    // Taking a button out, even to put it back, would take its focus.
    if (
      items.some((item, i) => item !== this.list.children[i]) ||
      items.length < this.list.children.length
    ) {
      this.list.replaceChildren(...items);
    }
    const rest = fitting.length - shown.size;
    this.rest.textContent = rest > 0 ? texts.filter.rest(rest) : "";
    if (fitting.length === 0) this.rest.textContent = texts.filter.noName;
  }

  /** One just switched off with the keyboard would take the focus along. */
  private stays(key: string): boolean {
    return this.chosen.has(key) || this.buttons.get(key) === (document.activeElement ?? undefined);
  }

  private item(place: number): HTMLElement {
    const { key, name } = this.choices[place] ?? { key: "", name: "" };
    const button = this.buttons.get(key) ?? this.button(key, name);
    const count = this.counts[place] ?? 0;
    button.setAttribute("aria-pressed", String(this.chosen.has(key)));
    button.classList.toggle("choice-empty", count === 0);
    button.lastElementChild?.replaceChildren(count.toLocaleString("en"));
    return button.parentElement ?? element("li", {}, button);
  }

  private button(key: string, name: string): HTMLButtonElement {
    const made = element("button", { type: "button" }, element("span", { dir: "auto" }, name), " ");
    made.append(element("span", { class: "choice-count" }));
    made.addEventListener("click", () => this.toggle(key));
    this.buttons.set(key, made);
    return made;
  }
}
