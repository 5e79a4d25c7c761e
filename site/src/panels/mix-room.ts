/** The panel of what is alike: posters to be like, one or a mix of several, and those most like them. */
import { ShardError } from "../data/shards";
import type { Columns } from "../find/columns";
import { percentBelow } from "../find/likeness";
import { type Matcher, MOST_ALIKE } from "../find/matcher";
import { element } from "../page/dom";
import { texts } from "../page/texts";
import type { Mixer } from "../state/mixer";
import type { Alike, Mixed } from "../state/state";
import { go, type Viewer } from "../map/viewer";
import { MixAdding } from "./mix-adding";
import { MixParts } from "./mix-parts";
import type { Room } from "./panels";

/** Posters listed at once. */
const LISTED = 24;
const THUMBNAIL = 40;

interface Row {
  readonly item: HTMLElement;
  readonly button: HTMLElement;
  readonly title: HTMLElement;
  readonly score: HTMLElement;
}

export class MixRoom implements Room {
  readonly element = element("div", { class: "mix", tabindex: "-1" });
  private readonly parts: MixParts;
  private readonly adding: MixAdding;
  private readonly status = element("p", { class: "mix-status", role: "status" });
  private readonly action = element("button", { type: "button" });
  private readonly list = element("ol", { class: "mix-list" });
  private readonly more = element("button", { type: "button" }, texts.mix.more);
  private rows = new Map<number, Row>();
  private listed = LISTED;
  private titles: readonly string[] = [];
  private act: () => void = () => undefined;

  constructor(
    private readonly viewer: Viewer,
    private readonly mixer: Mixer,
    private readonly matcher: Matcher,
    columns: Columns,
  ) {
    const lacking = (file: string): void => {
      this.status.textContent = texts.failure.missing(file);
    };
    this.adding = new MixAdding(viewer, mixer, columns, lacking);
    this.parts = new MixParts(viewer, mixer, () => this.focus());
    this.action.addEventListener("click", () => this.act());
    this.more.addEventListener("click", () => this.grow());
    const numbers = viewer.map.vectors?.numbers ?? 0;
    const space = element("p", { class: "mix-space quiet" }, texts.mix.space(numbers));
    this.element.append(
      this.parts.element,
      this.adding.element,
      this.status,
      this.action,
      this.list,
      this.more,
      space,
    );
    viewer.store.watch("mix", () => this.showParts());
    viewer.store.watch("mixed", () => void this.show());
    this.showParts();
    void this.show();
  }

  get heading(): string {
    return texts.mix.heading(this.viewer.store.now.mix.length);
  }

  /** Not the field: on a phone, that would bring the keyboard up over what is found. */
  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  opened(): void {
    this.parts.show(this.viewer.store.now.mix);
    this.adding.show();
    void this.show();
  }

  closed(): void {
    this.mixer.pick(false);
  }

  /** Until the answer is here, the list is that of another mix. */
  private showParts(): void {
    const { mix } = this.viewer.store.now;
    this.list.setAttribute("aria-busy", "true");
    this.list.setAttribute("aria-label", texts.mix.results(mix.length));
    this.parts.show(mix);
    this.adding.show();
  }

  /** The titles come in one file, which the field above needs as well. */
  private async show(): Promise<void> {
    const { mixed } = this.viewer.store.now;
    if (mixed?.kind === "found" && this.titles.length === 0 && this.element.isConnected) {
      try {
        this.titles = await this.viewer.catalog.column("title");
      } catch (error) {
        if (!(error instanceof ShardError)) throw error;
      }
      if (this.viewer.store.now.mixed !== mixed) return;
    }
    this.status.textContent = this.said(mixed);
    this.offer(mixed);
    if (mixed?.kind !== "loading") this.listed = LISTED;
    this.draw(mixed?.kind === "found" ? mixed.alike : []);
  }

  private said(mixed: Mixed | null): string {
    const { mix, lit } = this.viewer.store.now;
    if (mixed === null) return "";
    switch (mixed.kind) {
      case "found":
        return texts.mix.found(mixed.alike.length, mix.length, lit?.count ?? null);
      case "loading":
        return texts.mix.loading(mixed.done, mixed.all);
      case "large":
        return texts.mix.large(mixed.bytes);
      case "missing":
        return texts.failure.missing(mixed.file);
      case "nothing":
        return texts.mix.none;
      case "weightless":
        return texts.mix.weightless;
    }
  }

  /** What the visitor can do where nothing is found yet. */
  private offer(mixed: Mixed | null): void {
    this.action.hidden = mixed?.kind !== "large" && mixed?.kind !== "missing";
    if (mixed?.kind === "large") {
      this.action.textContent = texts.mix.load;
      this.act = () => this.matcher.agree();
    } else if (mixed?.kind === "missing") {
      this.action.textContent = texts.failure.retry;
      this.act = () => this.matcher.retry();
    }
  }

  /** Rows that stay keep their pictures: a weight that is dragged moves them only. */
  private draw(alike: readonly Alike[]): void {
    const shown = alike.slice(0, this.listed);
    const before = this.rows;
    this.rows = new Map();
    for (const { cell, likeness } of shown) {
      const row = before.get(cell) ?? this.row(cell);
      this.tell(row, cell, likeness);
      this.rows.set(cell, row);
    }
    this.list.replaceChildren(...[...this.rows.values()].map((row) => row.item));
    this.list.setAttribute("aria-busy", "false");
    this.list.hidden = shown.length === 0;
    this.more.hidden = shown.length === alike.length;
  }

  private grow(): void {
    const { mixed } = this.viewer.store.now;
    const before = this.listed;
    this.listed = Math.min(this.listed + LISTED, MOST_ALIKE);
    if (mixed?.kind === "found") this.draw(mixed.alike);
    [...this.rows.values()][before]?.button.focus();
  }

  private row(cell: number): Row {
    const title = element("span", { dir: "auto" });
    const score = element("span", { class: "mix-score quiet" });
    const button = element("button", {
      type: "button",
      class: "mix-row",
      "data-cell": String(cell),
    });
    const said = element("span", { class: "mix-text" }, title, score);
    button.append(this.viewer.pictures.thumbnail(cell, THUMBNAIL), said);
    button.addEventListener("click", () => go(this.viewer, cell));
    return { item: element("li", {}, button), button, title, score };
  }

  private tell({ button, title, score }: Row, cell: number, likeness: number): void {
    const called = this.titles[this.viewer.geometry.indexOf(cell)] ?? "";
    const percent = percentBelow(this.viewer.map.quantiles, likeness);
    const above = percent === null ? "" : texts.above(percent);
    const number = texts.likeness(likeness);
    title.textContent = called;
    score.textContent = [number, above].filter((part) => part !== "").join(" · ");
    button.setAttribute("aria-label", texts.mix.poster(called, number, above));
  }
}
