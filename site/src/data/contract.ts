/**
 * Unknown values from data/ -> checked types. Mirrors docs/map-data.md, which is the authority.
 *
 * Every check names the place and the value it got, because the reader is someone whose map
 * does not open.
 */
import type { Steps } from "./slices";

/** goes up with every required key that is added, and every meaning that changes */
export const VERSION = 3;

/** Instead of the cell of a poster that was on an earlier map and is not on this one. */
const GONE = -1;

/** Posters looked at in one step, a millisecond or less. */
const STEP = 4096;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Tiles {
  readonly size: number;
  readonly maxZoom: number;
  readonly extension: string;
  /** the id of the first tile of each archive; null: each tile is a file */
  readonly archives: readonly number[] | null;
  /** deepest pixels around all cells */
  readonly margin: number;
}

export interface Cluster {
  readonly slug: string;
  /** "" if nobody has named it: `texts.cluster` says what to call it */
  readonly name: string;
  readonly size: number;
  readonly cell: readonly [column: number, row: number];
  /** its colours in words, for one without a name */
  readonly shade?: string;
}

/** what is known of the map itself; each part only if it is given */
export interface About {
  readonly description?: string;
  readonly author?: string;
  readonly credits?: string;
  readonly licence?: string;
  readonly contact?: string;
}

/** whom to name: lines, and how many others are told with their posters alone */
export interface Attribution {
  readonly lines: readonly string[];
  readonly others: number;
}

/** of the vectors below data/vectors/: numbers of each, rows that have one, rows in a script */
export interface VectorsTold {
  readonly numbers: number;
  readonly rows: number;
  readonly shard: number;
}

/** data/map.js */
export interface MapData {
  readonly title: string;
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly holes: readonly number[];
  readonly cell: Size;
  readonly tiles: Tiles;
  readonly shardSide: number;
  readonly idPrefix: number;
  readonly clusters: readonly Cluster[];
  /** names of the columns that can be searched; the first is the title */
  readonly search: readonly string[];
  /** whether any poster has a year, a tag */
  readonly facets: { readonly years: boolean; readonly tags: boolean };
  /** whether there are pages that list all posters */
  readonly list: boolean;
  /** whether there is a page that tells how good the map is */
  readonly quality: boolean;
  /** whether there is a page of each cluster's posters */
  readonly galleries: boolean;
  /** null: the site has no vectors, and nobody can look for what is alike */
  readonly vectors: VectorsTold | null;
  /** similarities of random pairs of posters in thousandths, ascending; empty where nobody knows */
  readonly quantiles: readonly number[];
  readonly about: About;
  readonly attribution: Attribution;
}

export interface Poster {
  readonly cell: number;
  readonly id: string;
  readonly title: string;
  readonly year: number | null;
  readonly tags: readonly string[];
  /** http(s), or "" */
  readonly url: string;
  /** index into MapData.clusters, -1 for none */
  readonly cluster: number;
  /** the further metadata columns that have a value here */
  readonly more: readonly (readonly [name: string, value: string])[];
  /** cells of the posters most like it, nearest first */
  readonly similar: readonly number[];
  /** how alike these are, in thousandths; null where nobody knows */
  readonly alike: readonly number[] | null;
}

/** data/posters/X-Y.js: posters by cell number */
export type PosterShard = ReadonlyMap<number, Poster>;

/** data/ids/PREFIX.js: cell numbers by id; "gone" where the poster is on the map no more */
export type IdShard = ReadonlyMap<string, number | "gone">;

/** data/facets.js: of the posters in the order of their cells; see `Geometry.cells` */
export interface Facets {
  /** NO_YEAR for none */
  readonly years: Int16Array;
  /** the most frequent first */
  readonly tags: readonly string[];
  /** poster i has the tags `tagged[starts[i]]` to `tagged[starts[i + 1] - 1]`, indexes into `tags` */
  readonly starts: Uint32Array;
  readonly tagged: Uint32Array;
  /** indexes into MapData.clusters, -1 for none */
  readonly clusters: Int32Array;
}

/** Instead of a poster's year. */
export const NO_YEAR = -32768;

/** The data do not keep the contract; the message says where and how. */
export class ContractError extends Error {
  override readonly name = "ContractError";
}

export function readMap(value: unknown): MapData {
  const map = record(value, "the map");
  if (map["version"] !== VERSION) {
    throw new ContractError(`version is ${show(map["version"])}, this viewer reads ${VERSION}`);
  }
  const columns = integer(map["columns"], "columns", 1);
  const rows = integer(map["rows"], "rows", 1);
  const last = columns * rows - 1;
  const holes = list(map["holes"], "holes").map((hole) => integer(hole, "a hole", 0, last));
  const count = integer(map["count"], "count", 1);
  if (count + holes.length !== columns * rows) {
    throw new ContractError(
      `${count} posters and ${holes.length} holes do not fill ${columns} x ${rows} cells`,
    );
  }
  return {
    title: text(map["title"], "title"),
    count,
    columns,
    rows,
    holes,
    cell: readCell(map["cell"]),
    tiles: readTiles(map["tiles"]),
    shardSide: integer(map["shardSide"], "shardSide", 1),
    idPrefix: integer(map["idPrefix"], "idPrefix", 0, 4),
    clusters: list(map["clusters"], "clusters").map((item) => readCluster(item, columns, rows)),
    search: texts(map["search"], "search"),
    facets: readOffered(map["facets"]),
    list: flag(map["list"], "list"),
    quality: map["quality"] === undefined ? false : flag(map["quality"], "quality"),
    galleries: map["galleries"] === undefined ? false : flag(map["galleries"], "galleries"),
    vectors: map["vectors"] === undefined ? null : readVectorsTold(map["vectors"]),
    quantiles: map["quantiles"] === undefined ? [] : readQuantiles(map["quantiles"]),
    about: readAbout(map["about"]),
    attribution: readAttribution(map["attribution"]),
  };
}

function readVectorsTold(value: unknown): VectorsTold {
  const told = record(value, "vectors");
  return {
    numbers: integer(told["numbers"], "vectors.numbers", 1, 4096),
    rows: integer(told["rows"], "vectors.rows", 1, 2 ** 24),
    shard: integer(told["shard"], "vectors.shard", 1),
  };
}

function readQuantiles(value: unknown): readonly number[] {
  const told = thousandths(value, "quantiles");
  const falls = told.some((one, i) => i > 0 && one < told[i - 1]!);
  if (falls) throw new ContractError(`quantiles is ${show(value)}, not ascending`);
  return told;
}

function thousandths(value: unknown, place: string): readonly number[] {
  return list(value, place).map((one) => integer(one, place, -1000, 1000));
}

function readOffered(value: unknown): MapData["facets"] {
  const facets = record(value, "facets");
  return {
    years: flag(facets["years"], "facets.years"),
    tags: flag(facets["tags"], "facets.tags"),
  };
}

function readAttribution(value: unknown): Attribution {
  if (value === undefined) return { lines: [], others: 0 };
  const told = record(value, "attribution");
  return {
    lines: texts(told["lines"], "attribution.lines"),
    others: integer(told["others"], "attribution.others", 0),
  };
}

function readAbout(value: unknown): About {
  const about = Object.entries(record(value, "about"));
  return Object.fromEntries(about.map(([name, item]) => [name, text(item, `about.${name}`)]));
}

function readCell(value: unknown): Size {
  const cell = record(value, "cell");
  return {
    width: integer(cell["width"], "cell.width", 1),
    height: integer(cell["height"], "cell.height", 1),
  };
}

function readTiles(value: unknown): Tiles {
  const tiles = record(value, "tiles");
  const extension = text(tiles["extension"], "tiles.extension");
  if (!/^[a-z0-9]+$/.test(extension)) {
    throw new ContractError(`tiles.extension is ${show(extension)}`);
  }
  return {
    size: integer(tiles["size"], "tiles.size", 1),
    maxZoom: integer(tiles["maxZoom"], "tiles.maxZoom", 0, 30),
    extension,
    archives: tiles["archives"] === undefined ? null : readArchives(tiles["archives"]),
    margin: tiles["margin"] === undefined ? 0 : integer(tiles["margin"], "tiles.margin", 0),
  };
}

function readArchives(value: unknown): readonly number[] {
  const firsts = list(value, "tiles.archives").map((id) => integer(id, "a first tile id", 0));
  if (firsts[0] !== 0 || firsts.some((id, i) => i > 0 && id <= (firsts[i - 1] ?? 0))) {
    throw new ContractError(`tiles.archives is ${show(value)}, not ascending from 0`);
  }
  return firsts;
}

function readCluster(value: unknown, columns: number, rows: number): Cluster {
  const cluster = record(value, "a cluster");
  const [column, row] = list(cluster["cell"], "a cluster's cell");
  return {
    slug: text(cluster["slug"], "a cluster's slug"),
    name: name(cluster["name"], "a cluster's name"),
    size: integer(cluster["size"], "a cluster's size", 1),
    cell: [
      integer(column, "a cluster's column", 0, columns - 1),
      integer(row, "a cluster's row", 0, rows - 1),
    ],
    ...("shade" in cluster && { shade: name(cluster["shade"], "a cluster's shade") }),
  };
}

export function readPosterShard(value: unknown, map: MapData): PosterShard {
  const shard = record(value, "the shard");
  const columns = texts(shard["columns"], "columns");
  const posters = list(shard["posters"], "posters").map((item) => readPoster(item, columns, map));
  return new Map(posters.map((poster) => [poster.cell, poster]));
}

function readPoster(value: unknown, columns: readonly string[], map: MapData): Poster {
  const poster = record(value, "a poster");
  const year = poster["year"];
  const more = texts(poster["more"], "a poster's more");
  if (more.length !== columns.length) {
    throw new ContractError(`a poster has ${more.length} values for ${columns.length} columns`);
  }
  const similar = list(poster["similar"], "a poster's similar");
  const alike =
    poster["alike"] === undefined ? null : thousandths(poster["alike"], "a poster's alike");
  if (alike !== null && alike.length !== similar.length) {
    throw new ContractError(`a poster is alike ${alike.length} of ${similar.length} posters`);
  }
  return {
    cell: integer(poster["cell"], "a poster's cell", 0, map.columns * map.rows - 1),
    id: identifier(poster["id"]),
    title: text(poster["title"], "a poster's title"),
    year: year === null ? null : integer(year, "a poster's year"),
    tags: texts(poster["tags"], "a poster's tags"),
    url: webAddress(text(poster["url"], "a poster's url")) ?? "",
    cluster: integer(poster["cluster"], "a poster's cluster", -1, map.clusters.length - 1),
    more: columns.map((name, i) => [name, more[i] ?? ""] as const).filter(([, v]) => v !== ""),
    similar: similar.map((cell) =>
      integer(cell, "a similar poster's cell", 0, map.columns * map.rows - 1),
    ),
    alike,
  };
}

export function readIdShard(value: unknown, map: MapData): IdShard {
  const last = map.columns * map.rows - 1;
  return new Map(
    Object.entries(record(value, "the shard")).map(([id, cell]) => [
      identifier(id),
      cell === GONE ? "gone" : integer(cell, `the cell of ${id}`, 0, last),
    ]),
  );
}

export function readSearch(value: unknown, map: MapData): readonly string[] {
  return texts(ofAll(value, map, "texts"), "the column");
}

/** In steps: at 170,000 posters, all at once would hold the page up. */
export function* readFacets(value: unknown, map: MapData): Steps<Facets> {
  const facets = record(value, "the facets");
  const tags = texts(facets["tags"], "tags");
  const years = new Int16Array(map.count);
  yield* each(ofAll(facets["years"], map, "years"), (year, i) => {
    years[i] = year === null ? NO_YEAR : integer(year, "a year");
  });
  const clusters = new Int32Array(map.count);
  yield* each(ofAll(facets["clusters"], map, "clusters"), (cluster, i) => {
    clusters[i] = integer(cluster, "a cluster", -1, map.clusters.length - 1);
  });
  const lists = ofAll(facets["tagged"], map, "lists of tags");
  return { years, tags, clusters, ...(yield* readTagged(lists, tags.length)) };
}

function* readTagged(
  lists: readonly unknown[],
  tags: number,
): Steps<Pick<Facets, "starts" | "tagged">> {
  const starts = new Uint32Array(lists.length + 1);
  yield* each(lists, (item, i) => {
    starts[i + 1] = starts[i]! + list(item, "a poster's tags").length;
  });
  const tagged = new Uint32Array(starts[lists.length]!);
  yield* each(lists, (item, i) => {
    (item as readonly unknown[]).forEach((tag, at) => {
      tagged[starts[i]! + at] = integer(tag, "a tag", 0, tags - 1);
    });
  });
  return { starts, tagged };
}

/** Looks at each value, some thousands in one step. */
function* each(
  values: readonly unknown[],
  look: (value: unknown, place: number) => void,
): Steps<void> {
  for (let i = 0; i < values.length; i++) {
    look(values[i], i);
    if (i % STEP === STEP - 1) yield;
  }
}

/** A list over all posters. */
function ofAll(value: unknown, map: MapData, what: string): readonly unknown[] {
  const values = list(value, what);
  if (values.length !== map.count) {
    throw new ContractError(`${values.length} ${what} for ${map.count} posters`);
  }
  return values;
}

/** The address if it is a plain http or https one, else null: nothing else may become a link. */
export function webAddress(value: string): string | null {
  return /^https?:\/\//i.test(value) && isAddress(value) ? value : null;
}

/** What `URL.canParse` says, in browsers that do not have it yet. */
function isAddress(value: string): boolean {
  try {
    return new URL(value).href !== "";
  } catch {
    return false;
  }
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ContractError(`${place} is ${show(value)}, not an object`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ContractError(`${place} is ${show(value)}, not a list`);
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value !== "string") throw new ContractError(`${place} is ${show(value)}, not a text`);
  return value;
}

/** A text that is empty, or more than blanks. */
function name(value: unknown, place: string): string {
  const given = text(value, place);
  if (given !== "" && given.trim() === "") throw new ContractError(`${place} is ${show(given)}`);
  return given;
}

function texts(value: unknown, place: string): readonly string[] {
  return list(value, place).map((item) => text(item, place));
}

function flag(value: unknown, place: string): boolean {
  if (typeof value !== "boolean") throw new ContractError(`${place} is ${show(value)}`);
  return value;
}

function identifier(value: unknown): string {
  const id = text(value, "an id");
  if (!/^[a-z0-9]+$/.test(id)) throw new ContractError(`an id is ${show(id)}`);
  return id;
}

function integer(value: unknown, place: string, least = -Infinity, most = Infinity): number {
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > most) {
    throw new ContractError(`${place} is ${show(value)}`);
  }
  return Number(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").slice(0, 60);
}
