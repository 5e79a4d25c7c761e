/** The filter panel: years, tags, clusters, with counts that follow. */
import { Choices } from "./choices";
import type { MapData } from "../data/contract";
import { element } from "../page/dom";
import type { Filters } from "../find/facets";
import type { Geometry } from "../data/geometry";
import { galleryLink } from "../page/gallery-link";
import { Histogram } from "./histogram";
import type { Room } from "./panels";
import { ShardError } from "../data/shards";
import type { Sieve } from "../find/sieve";
import { turn } from "../data/slices";
import { type Filter, filters, NO_FILTER, type Store, type TagMode } from "../state/state";
import { texts } from "../page/texts";

const TAG_MODES: readonly TagMode[] = ["any", "all", "none"];

/** The parts that this map has, once its facets are loaded. */
interface Parts {
  readonly filters: Filters;
  readonly years: Histogram | null;
  readonly tags: Choices | null;
  readonly clusters: Choices | null;
}

export class FilterRoom implements Room {
  readonly element = element("div", { class: "filter" });
  private readonly status = element("p", { role: "status" });
  private readonly clear = element("button", { type: "button" }, texts.filter.clear);
  private readonly sections = element("div", { tabindex: "-1" });
  private readonly modes = new Map<TagMode, HTMLInputElement>();
  private readonly galleries = element("p", {
    class: "filter-galleries",
    role: "group",
    "aria-label": texts.gallery.chosen,
  });
  private parts: Parts | null = null;
  private drawing = 0;

  constructor(
    private readonly store: Store,
    private readonly map: MapData,
    private readonly geometry: Geometry,
    private readonly sieve: Sieve,
  ) {
    this.clear.addEventListener("click", () => {
      this.store.update({ filter: NO_FILTER });
      this.focus();
    });
    const top = element("div", { class: "filter-top" }, this.status, this.clear);
    this.element.append(top, this.sections);
    store.watch("filter", () => this.drawSoon());
    store.watch("found", () => this.drawSoon());
  }

  focus(): void {
    const first = this.sections.querySelector<HTMLElement>("input:not([hidden]), button");
    (first ?? this.sections).focus({ preventScroll: true });
  }

  opened(): void {
    void this.load();
  }

  private async load(): Promise<void> {
    if (this.parts !== null) {
      this.draw();
      return;
    }
    this.clear.hidden = true;
    this.status.textContent = texts.filter.loading;
    try {
      const known = await this.sieve.filters();
      // Reading them has held the page up for long enough.
      await turn();
      this.parts ??= this.build(known);
      this.draw();
      const { activeElement } = document;
      if (activeElement === this.sections || activeElement === document.body) this.focus();
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.status.textContent = texts.failure.missing(error.file);
    }
  }

  private build(known: Filters): Parts {
    const { clusters } = this.map;
    const years =
      known.span && new Histogram(known.span, (chosen) => this.change({ years: chosen }));
    const tags = known.tags.map((name) => ({ key: name, name }));
    const named = clusters.map((one) => ({ key: one.slug, name: texts.cluster(one) }));
    const parts = {
      filters: known,
      years,
      tags: choices(tags, texts.filter.tagKinds, (key) => this.toggle("tags", key)),
      clusters: choices(named, texts.filter.clusterKinds, (key) => this.toggle("clusters", key)),
    };
    this.sections.replaceChildren(
      ...section(texts.filter.yearHeading, parts.years),
      ...section(texts.filter.tagHeading, parts.tags, this.modeRow()),
      ...section(texts.filter.clusterHeading, parts.clusters),
    );
    if (this.map.galleries) this.sections.append(this.galleries);
    if (this.sections.childElementCount === 0) this.sections.append(texts.filter.nothing);
    return parts;
  }

  private modeRow(): HTMLElement {
    const row = element("fieldset", { class: "filter-modes" });
    row.append(element("legend", { class: "unseen" }, texts.filter.mode));
    for (const mode of TAG_MODES) {
      const radio = element("input", { type: "radio", name: "tag-mode", value: mode });
      radio.addEventListener("change", () => this.change({ tagMode: mode }));
      this.modes.set(mode, radio);
      row.append(element("label", {}, radio, element("span", {}, texts.filter.modes[mode])));
    }
    return row;
  }

  private change(change: Partial<Filter>): void {
    this.store.update({ filter: { ...this.store.now.filter, ...change } });
  }

  private toggle(part: "tags" | "clusters", key: string): void {
    const now = this.store.now.filter[part];
    const without = now.filter((other) => other !== key);
    this.change({ [part]: without.length < now.length ? without : [...now, key] });
  }

  /** Once a frame at most: a handle that is dragged says more than can be seen. */
  private drawSoon(): void {
    if (!this.element.isConnected) return;
    cancelAnimationFrame(this.drawing);
    this.drawing = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    if (this.parts === null) return;
    const { filter } = this.store.now;
    const { filters: known, years, tags, clusters } = this.parts;
    const counts = known.counts(known.misses(filter, this.found()), filter);
    this.status.textContent = texts.filter.count(counts.left, this.map.count);
    this.clear.hidden = !filters(filter);
    years?.show(filter.years, counts.years);
    tags?.show(filter.tags, counts.tags);
    clusters?.show(filter.clusters, counts.clusters);
    this.drawGalleries(filter);
    for (const [mode, radio] of this.modes) radio.checked = mode === filter.tagMode;
  }

  /** Links from the chosen clusters to their galleries, made anew only where others are chosen: one may have the focus. */
  private drawGalleries({ clusters }: Filter): void {
    const chosen = this.map.clusters.filter(({ slug }) => clusters.includes(slug));
    const shown = chosen.map(({ slug }) => slug).join(" ");
    if (this.galleries.dataset["slugs"] === shown) return;
    this.galleries.dataset["slugs"] = shown;
    this.galleries.hidden = chosen.length === 0;
    this.galleries.replaceChildren(...chosen.map((cluster) => galleryLink(cluster, true)));
  }

  /** What the query finds, 1 or 0 a poster. */
  private found(): Uint8Array | null {
    const { found } = this.store.now;
    if (found === null) return null;
    const mask = new Uint8Array(this.geometry.columns * this.geometry.rows);
    for (const cell of found) mask[cell] = 1;
    return Uint8Array.from(this.geometry.cells, (cell) => mask[cell] ?? 0);
  }
}

function choices(...made: ConstructorParameters<typeof Choices>): Choices | null {
  return made[0].length === 0 ? null : new Choices(...made);
}

function section(
  heading: string,
  part: { readonly element: HTMLElement } | null,
  ...before: readonly HTMLElement[]
): HTMLElement[] {
  return part === null ? [] : [element("h3", {}, heading), ...before, part.element];
}
