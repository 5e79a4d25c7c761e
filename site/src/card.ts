/** The card: all that is known of the chosen poster. */
import { type Cluster, type MapData, type Poster, webAddress } from "./contract";
import type { Covered } from "./atlas";
import { element, iconButton, outwardLink } from "./dom";
import type { Geometry } from "./geometry";
import { picture } from "./picture";
import type { TileSource } from "./source";
import type { Chosen, Store } from "./state";
import { texts } from "./texts";

export interface CardActions {
  close(): void;
  retry(): void;
  /** The address that leads to what is shown now. */
  address(): string;
  tileMissing(file: string): void;
}

export class Card {
  readonly element = element("aside", { class: "card", "aria-label": texts.card.label });
  private readonly body = element("div", { class: "card-body", tabindex: "-1" });
  private shown: number | null = null;
  private pictureBox = element("div");

  constructor(
    private readonly map: MapData,
    private readonly geometry: Geometry,
    private readonly source: TileSource,
    private readonly actions: CardActions,
    store: Store,
  ) {
    const close = iconButton("close", texts.card.close, () => actions.close());
    close.classList.add("card-close");
    this.element.append(close, this.body);
    this.element.hidden = true;
    store.watch("chosen", (chosen) => this.show(chosen));
  }

  /** What of the view the card covers: a strip at the right, or on narrow screens at the bottom. */
  covered(): Covered {
    if (this.element.hidden) return { right: 0, bottom: 0 };
    const { left, top } = this.element.getBoundingClientRect();
    const sheet = left <= 0;
    return sheet
      ? { right: 0, bottom: window.innerHeight - top }
      : { right: window.innerWidth - left, bottom: 0 };
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  focus(): void {
    this.body.focus({ preventScroll: true });
  }

  private show(chosen: Chosen | null): void {
    const focused = this.hasFocus;
    this.element.hidden = chosen === null;
    if (chosen === null) {
      this.body.replaceChildren();
      this.shown = null;
      return;
    }
    const { cell, poster, missing } = chosen;
    if (cell !== this.shown) this.showPicture(cell);
    const details = element("div", { class: "card-details" });
    if (poster !== null) this.describe(details, poster);
    else if (missing !== null) this.explain(details, missing);
    else details.append(element("p", { class: "quiet" }, texts.card.loading));
    this.body.replaceChildren(this.pictureBox, details);
    // What had the focus may be gone with the poster before; stay in the card.
    if (focused && !this.hasFocus) this.focus();
  }

  private showPicture(cell: number): void {
    this.shown = cell;
    const tileMissing = this.actions.tileMissing.bind(this.actions);
    this.pictureBox = element("div", { class: "card-picture" });
    this.pictureBox.append(picture(this.map, this.geometry, this.source, cell, tileMissing));
    this.body.scrollTop = 0;
  }

  private describe(details: HTMLElement, poster: Poster): void {
    this.pictureBox.setAttribute("role", "img");
    this.pictureBox.setAttribute("aria-label", texts.card.picture(poster.title));
    details.append(element("h2", { dir: "auto" }, poster.title));
    details.append(...facts(poster, this.map.clusters[poster.cluster]));
    if (poster.tags.length > 0) details.append(tagList(poster.tags));
    if (poster.more.length > 0) details.append(furtherColumns(poster.more));
    details.append(this.actionRow(poster));
  }

  private actionRow(poster: Poster): HTMLElement {
    const row = element("p", { class: "card-actions" });
    if (poster.url !== "") {
      row.append(outwardLink(poster.url, texts.card.open(hostOf(poster.url))));
    }
    const copy = element("button", { type: "button" }, texts.card.copy);
    copy.addEventListener("click", () => void this.copyAddress(copy));
    row.append(copy);
    return row;
  }

  private async copyAddress(button: HTMLButtonElement): Promise<void> {
    // Browsers may lack or refuse the clipboard, on http for one; the address bar has it as well.
    button.textContent = await navigator.clipboard
      .writeText(this.actions.address())
      .then(() => texts.card.copied)
      .catch(() => texts.card.copyFailed);
  }

  private explain(details: HTMLElement, file: string): void {
    const retry = element("button", { type: "button" }, texts.failure.retry);
    retry.addEventListener("click", () => this.actions.retry());
    details.append(
      element("p", { class: "problem" }, texts.failure.shard(file)),
      element("p", { class: "quiet" }, texts.failure.remedy),
      element("p", { class: "card-actions" }, retry),
    );
  }
}

function facts(poster: Poster, cluster: Cluster | undefined): HTMLElement[] {
  const known = [];
  if (poster.year !== null) known.push(String(poster.year));
  if (cluster !== undefined) known.push(texts.card.cluster(cluster.name));
  if (known.length === 0) return [];
  const parts = known.map((fact) => element("span", { dir: "auto" }, fact));
  return [element("p", { class: "card-facts quiet" }, ...parts)];
}

function tagList(tags: readonly string[]): HTMLElement {
  const list = element("ul", { class: "card-tags", "aria-label": texts.card.tags });
  list.append(...tags.map((tag) => element("li", { dir: "auto" }, tag)));
  return list;
}

function furtherColumns(more: Poster["more"]): HTMLElement {
  const list = element("dl", { class: "card-more" });
  for (const [name, value] of more) {
    const href = webAddress(value);
    const content = href === null ? value : outwardLink(href, value);
    list.append(element("dt", { dir: "auto" }, name), element("dd", { dir: "auto" }, content));
  }
  return list;
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^www\./, "");
}
