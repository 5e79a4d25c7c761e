/** The card: all that is known of the chosen poster. */
import { type Cluster, type MapData, type Poster, webAddress } from "../data/contract";
import { element, iconButton, outwardLink } from "../page/dom";
import { percentBelow } from "../find/likeness";
import { galleryLink } from "../page/gallery-link";
import { OnlyButtons } from "./only-buttons";
import type { Pictures } from "../page/picture";
import type { Chosen, Store } from "../state/state";
import { texts } from "../page/texts";

export interface CardActions {
  close(): void;
  /** Takes the focus that a card had when it closed, however that came about. */
  left(): void;
  retry(): void;
  /** Says it aloud. */
  say(text: string): void;
  /** The address that leads to what is shown now. */
  address(): string;
  /** Flies to a cluster. */
  visit(cluster: Cluster): void;
  /** Chooses another poster and flies there. */
  go(cell: number): void;
  /** Looks for what is like a poster, alone or mixed with others. */
  alike(poster: Poster): void;
  mix(poster: Poster): void;
  /** A poster's title; rejects if its file is missing. */
  title(cell: number): Promise<string>;
}

/** Screen pixels that a similar poster is wide, at least. */
const THUMBNAIL = 56;
/** How long a button says what came of it. */
const SAID_MS = 4000;

export class Card {
  readonly element = element("aside", { class: "card", "aria-label": texts.card.label });
  private readonly body = element("div", { class: "card-body", tabindex: "-1" });
  private shown: number | null = null;
  private pictureBox = element("div");
  private mix = element("button");
  private copying: number | undefined;
  private readonly only: OnlyButtons;

  constructor(
    private readonly map: MapData,
    private readonly pictures: Pictures,
    private readonly actions: CardActions,
    private readonly store: Store,
  ) {
    const close = iconButton("close", texts.card.close, () => actions.close());
    close.classList.add("card-close");
    this.only = new OnlyButtons(store);
    this.element.append(close, this.body);
    this.element.hidden = true;
    store.watch("chosen", (chosen) => this.show(chosen));
    for (const part of ["panel", "mix"] as const) store.watch(part, () => this.nameMix());
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  focus(): void {
    this.body.focus({ preventScroll: true });
  }

  private show(chosen: Chosen | null): void {
    const focused = this.hasFocus;
    this.only.clear();
    this.element.hidden = chosen === null;
    if (chosen === null) {
      this.body.replaceChildren();
      this.shown = null;
      if (focused) this.actions.left();
      return;
    }
    const { cell, poster, missing } = chosen;
    if (cell !== this.shown) this.showPicture(cell);
    const details = element("div", { class: "card-details" });
    this.body.replaceChildren(this.pictureBox, details);
    if (poster !== null) this.describe(details, poster);
    else if (missing !== null) this.explain(details, missing);
    else details.append(element("p", { class: "quiet" }, texts.card.loading));
    // What had the focus may be gone with the poster before; stay in the card.
    if (focused && !this.hasFocus) this.focus();
  }

  private showPicture(cell: number): void {
    this.shown = cell;
    this.pictureBox = element("div", { class: "card-picture" });
    this.pictureBox.append(this.pictures.large(cell));
    this.body.scrollTop = 0;
  }

  private describe(details: HTMLElement, poster: Poster): void {
    this.pictureBox.setAttribute("role", "img");
    this.pictureBox.setAttribute("aria-label", texts.card.picture(poster.title));
    details.append(element("h2", { dir: "auto" }, poster.title));
    details.append(...this.facts(poster));
    if (poster.tags.length > 0) details.append(this.tagList(poster.tags));
    details.append(this.actionRow(poster));
    if (poster.similar.length > 0 || this.map.vectors !== null) {
      this.body.append(this.similar(poster));
    }
    if (poster.more.length > 0) this.body.append(furtherColumns(poster.more));
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

  private facts(poster: Poster): HTMLElement[] {
    const parts: HTMLElement[] = [];
    if (poster.year !== null) parts.push(this.year(poster.year));
    const cluster = this.map.clusters[poster.cluster];
    if (cluster !== undefined) parts.push(this.clusterButton(cluster));
    if (cluster !== undefined && this.map.galleries) parts.push(galleryLink(cluster));
    return parts.length === 0 ? [] : [element("p", { class: "card-facts quiet" }, ...parts)];
  }

  private year(year: number): HTMLElement {
    return this.map.facets.years ? this.only.year(year) : element("span", {}, String(year));
  }

  private tagList(tags: readonly string[]): HTMLElement {
    const list = element("ul", { class: "card-tags", "aria-label": texts.card.tags });
    const shown = (tag: string): HTMLElement =>
      this.map.facets.tags ? this.only.tag(tag) : element("span", { dir: "auto" }, tag);
    list.append(...tags.map((tag) => element("li", {}, shown(tag))));
    return list;
  }

  private clusterButton(cluster: Cluster): HTMLElement {
    const label = texts.card.flyToCluster(texts.cluster(cluster));
    const button = element("button", { type: "button", class: "text-button", "aria-label": label });
    button.append(element("span", { dir: "auto" }, texts.card.cluster(texts.cluster(cluster))));
    button.addEventListener("click", () => this.actions.visit(cluster));
    return button;
  }

  /** A group of buttons, not a list: each says itself which of how many it is. */
  private similar(poster: Poster): HTMLElement {
    const { similar, alike } = poster;
    const strip = element("div", { class: "card-strip" });
    for (const [i, cell] of similar.entries()) {
      const label = texts.card.similarPoster(i + 1, similar.length);
      const likeness = alike === null ? null : (alike[i] ?? 0) / 1000;
      strip.append(this.similarButton(cell, label, likeness));
    }
    const label = element("p", { class: "quiet", id: "card-similar" }, this.likeAll(alike));
    const named = { role: "group", "aria-labelledby": "card-similar" };
    const group = element("div", named, label, strip);
    group.hidden = similar.length === 0;
    const mixing = this.map.vectors === null ? [] : [this.mixing(poster)];
    return element("div", { class: "card-similar" }, group, ...mixing);
  }

  /** What the strip holds, and what the least of it is worth. */
  private likeAll(alike: Poster["alike"]): string {
    const least = alike === null || alike.length === 0 ? null : Math.min(...alike) / 1000;
    const percent = least === null ? null : percentBelow(this.map.quantiles, least);
    return percent === null ? texts.card.similar : texts.card.similarAbove(percent);
  }

  private mixing(poster: Poster): HTMLElement {
    const like = element("button", { type: "button" }, texts.card.more);
    like.addEventListener("click", () => this.actions.alike(poster));
    this.mix = element("button", { type: "button" });
    this.mix.addEventListener("click", () => this.actions.mix(poster));
    this.nameMix();
    return element("p", { class: "card-mix" }, like, this.mix);
  }

  /** What is mixed already is gone on with. */
  private nameMix(): void {
    const { panel, mix } = this.store.now;
    const goesOn = panel === "mix" && mix.length > 0;
    this.mix.textContent = goesOn ? texts.card.addToMix : texts.card.mix;
  }

  /** Its title may be in a file of its own: it is asked for when someone is about to choose it. */
  private similarButton(cell: number, place: string, likeness: number | null): HTMLElement {
    const percent = likeness === null ? null : percentBelow(this.map.quantiles, likeness);
    const worth = percent === null ? "" : texts.above(percent);
    const score = likeness === null ? "" : texts.likeness(likeness);
    const label = likeness === null ? place : texts.mix.poster(place, score, worth);
    const button = element("button", { type: "button", "aria-label": label });
    button.append(this.pictures.thumbnail(cell, THUMBNAIL));
    if (score !== "") button.append(element("span", { class: "card-score quiet" }, score));
    button.addEventListener("click", () => this.actions.go(cell));
    const name = (): void => {
      this.actions.title(cell).then(
        (title) => {
          button.setAttribute("aria-label", `${label}: ${title}`);
          button.title = [title, worth].filter((part) => part !== "").join(", ");
        },
        // What is missing is said when it is chosen.
        () => undefined,
      );
    };
    for (const event of ["focus", "pointerenter"]) {
      button.addEventListener(event, name, { once: true });
    }
    return button;
  }

  private async copyAddress(button: HTMLButtonElement): Promise<void> {
    // Browsers may lack or refuse the clipboard, on http for one; the address bar has it as well.
    try {
      await navigator.clipboard.writeText(this.actions.address());
      this.tell(button, texts.card.copied);
    } catch {
      this.tell(button, texts.card.copyFailed);
    }
  }

  private tell(button: HTMLButtonElement, came: string): void {
    button.textContent = came;
    this.actions.say(came);
    clearTimeout(this.copying);
    this.copying = window.setTimeout(() => (button.textContent = texts.card.copy), SAID_MS);
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
