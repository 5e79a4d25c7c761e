/** The address's hash <-> a link: a place, a poster, what is searched, filtered and mixed. */
import type { MapData } from "../data/contract";
import type { Point } from "../data/geometry";
import {
  type Filter,
  filters,
  NO_FILTER,
  NO_QUERY,
  type Query,
  searches,
  type TagMode,
  USUAL_WEIGHT,
} from "./state";

/** What the view shows: zoom, and the cell coordinates of its middle. */
export interface Place extends Point {
  readonly zoom: number;
}

export interface Link {
  readonly place: Place | null;
  /** A poster's id. */
  readonly poster: string | null;
  readonly query: Query;
  readonly filter: Filter;
  /** what is mixed */
  readonly mix: readonly Part[];
}

/** A poster of a mix by its id, and how much it counts. */
export interface Part {
  readonly id: string;
  /** 0 to 100 */
  readonly weight: number;
}

type Asked = Pick<Link, "query" | "filter">;

/** Hash with or without its `#`; what is no link of ours is the link to the whole map. */
export function parseLink(hash: string): Link {
  const text = hash.replace(/^#/, "");
  const [path, asked] = split(text.includes("?") ? text : decode(text), "?");
  const parts = decode(path).split("/");
  const poster = parts.length === 1 || parts.length === 4 ? parts.at(-1) : undefined;
  const named = poster !== undefined && /^[a-z0-9]+$/.test(poster) ? poster : null;
  return {
    place: parts.length >= 3 && parts.length <= 4 ? parsePlace(parts) : null,
    poster: named,
    ...parseAsked(new URLSearchParams(asked)),
    mix: parseMix(new URLSearchParams(asked).getAll("mix")),
  };
}

/** `ID` or `ID-WEIGHT` each; who is named twice counts once. */
function parseMix(parts: readonly string[]): Part[] {
  const found = new Map<string, number>();
  for (const part of parts) {
    const [, id, weight = USUAL_WEIGHT] = /^([a-z0-9]+)(?:-(\d{1,3}))?$/.exec(part) ?? [];
    if (id !== undefined && +weight <= 100 && !found.has(id)) found.set(id, +weight);
  }
  return [...found].map(([id, weight]) => ({ id, weight }));
}

function parsePlace(parts: readonly string[]): Place | null {
  const numbers = parts.slice(0, 3).map((part) => (/^-?\d+(\.\d+)?$/.test(part) ? +part : NaN));
  const [zoom = NaN, x = NaN, y = NaN] = numbers;
  return Number.isFinite(zoom + x + y) ? { zoom, x, y } : null;
}

const TAG_MODES: readonly TagMode[] = ["any", "all", "none"];

function parseAsked(asked: URLSearchParams): Asked {
  const tagMode = TAG_MODES.find((mode) => asked.has(mode)) ?? NO_FILTER.tagMode;
  return {
    query: { text: asked.get("q") ?? "", column: asked.get("in") ?? NO_QUERY.column },
    filter: {
      years: parseYears(asked.get("years") ?? ""),
      tags: unique(asked.getAll(tagMode)),
      tagMode,
      clusters: unique(asked.getAll("cluster")),
    },
  };
}

/** What is asked for twice is asked for once. */
function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function parseYears(text: string): Filter["years"] {
  const [, first = NaN, last = NaN] = (/^(-?\d{1,5})-(-?\d{1,5})$/.exec(text) ?? []).map(Number);
  return first <= last ? [first, last] : null;
}

/** A link without what this map does not have: another map's columns and clusters ask nothing, nor do mixes without vectors. */
export function within(
  link: Link,
  { search, clusters, vectors }: Pick<MapData, "search" | "clusters" | "vectors">,
): Link {
  const { query, filter } = link;
  const slugs = new Set(clusters.map(({ slug }) => slug));
  const column = search.includes(query.column) ? query.column : NO_QUERY.column;
  const known = filter.clusters.filter((slug) => slugs.has(slug));
  const mix = vectors === null ? [] : link.mix;
  return { ...link, query: { ...query, column }, filter: { ...filter, clusters: known }, mix };
}

/** What posters have that a link may ask for: all tags, and the first and last year, null for none. */
export interface Known {
  readonly tags: readonly string[];
  readonly span: Filter["years"];
}

/** A filter without tags that no poster has, its years within theirs; the same one if nothing is to be left out. */
export function withinKnown(filter: Filter, known: Known): Filter {
  const has = new Set(known.tags);
  const tags = filter.tags.filter((tag) => has.has(tag));
  const years = overlap(filter.years, known.span);
  const same = tags.length === filter.tags.length && String(years) === String(filter.years);
  return same ? filter : { ...filter, tags, years };
}

function overlap(one: Filter["years"], other: Filter["years"]): Filter["years"] {
  if (one === null || other === null) return null;
  const [first, last] = [Math.max(one[0], other[0]), Math.min(one[1], other[1])];
  return first <= last ? [first, last] : null;
}

/** Whether two links ask for the same posters. */
export function askAlike(one: Asked, other: Asked): boolean {
  const [mine, yours] = [one, other].map(({ query, filter }) => String(formatAsked(query, filter)));
  return mine === yours;
}

export function formatLink({ place, poster, query, filter, mix }: Link): string {
  const parts = place === null ? [] : [place.zoom, place.x, place.y].map(short);
  if (poster !== null) parts.push(poster);
  const params = formatAsked(query, filter);
  const even = mix.every(({ weight }) => weight === mix[0]?.weight && weight > 0);
  for (const { id, weight } of mix) params.append("mix", even ? id : `${id}-${weight}`);
  const asked = params.toString();
  const hash = parts.join("/") + (asked === "" ? "" : `?${asked}`);
  return hash === "" ? "" : `#${hash}`;
}

function formatAsked(query: Query, filter: Filter): URLSearchParams {
  const asked = new URLSearchParams();
  if (searches(query)) {
    asked.set("q", query.text);
    if (query.column !== NO_QUERY.column) asked.set("in", query.column);
  }
  if (!filters(filter)) return asked;
  if (filter.years !== null) asked.set("years", filter.years.join("-"));
  for (const tag of filter.tags) asked.append(filter.tagMode, tag);
  for (const slug of filter.clusters) asked.append("cluster", slug);
  return asked;
}

function split(text: string, at: string): [before: string, after: string] {
  const place = text.indexOf(at);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + 1)];
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100 || 0);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
