/**
 * A filter -> which posters it leaves, and how many each further choice would leave.
 *
 * Each poster has one byte of bits, one for each part of what is asked that it misses. None set: it is left.
 * Only the bit of the years set: it would count for its year, if the years were not asked for.
 */
import { type Facets, NO_YEAR } from "../data/contract";
import type { Filter } from "../state/state";

const YEARS = 1;
const TAGS = 2;
const CLUSTERS = 4;
const QUERY = 8;

/** How many posters are left, and would be with each year, tag or cluster instead of those chosen now. */
export interface Counts {
  readonly left: number;
  /** counts[i] is of the year `Filters.firstYear + i` */
  readonly years: Uint32Array;
  /** by index into Facets.tags; where all tags are asked for: with this tag too */
  readonly tags: Uint32Array;
  /** by index into MapData.clusters */
  readonly clusters: Uint32Array;
}

export class Filters {
  /** null where no poster has a year */
  readonly span: readonly [first: number, last: number] | null;
  private readonly tagOf: ReadonlyMap<string, number>;
  private readonly clusterOf: ReadonlyMap<string, number>;
  private last: { readonly filter: Filter; readonly missed: Uint8Array } | null = null;

  constructor(
    private readonly facets: Facets,
    slugs: readonly string[],
  ) {
    this.tagOf = new Map(facets.tags.map((tag, i) => [tag, i]));
    this.clusterOf = new Map(slugs.map((slug, i) => [slug, i]));
    this.span = spanOf(facets.years);
  }

  /** The names of all tags. */
  get tags(): readonly string[] {
    return this.facets.tags;
  }

  /**
   * What each poster misses, 0 for nothing; `found`: what the query finds, 1 or 0 a poster, null for no query.
   * Not to be written to: who asks for the same filter again gets the same array.
   */
  misses(filter: Filter, found: Uint8Array | null = null): Uint8Array {
    if (this.last?.filter !== filter) this.last = { filter, missed: this.computed(filter) };
    if (found === null) return this.last.missed;
    return this.last.missed.map((bits, i) => (found[i] === 0 ? bits | QUERY : bits));
  }

  private computed(filter: Filter): Uint8Array {
    const missed = new Uint8Array(this.facets.years.length);
    if (filter.years !== null) this.missYears(missed, filter.years);
    this.missTags(missed, filter);
    this.missClusters(missed, filter.clusters);
    return missed;
  }

  /** The counts beside each choice; `misses` is what the method of that name says. */
  counts(missed: Uint8Array, filter: Filter): Counts {
    const { years, clusters, tags } = this.facets;
    const [first, last] = this.span ?? [0, -1];
    const counts = {
      left: 0,
      years: new Uint32Array(last - first + 1),
      tags: new Uint32Array(tags.length),
      clusters: new Uint32Array(this.clusterOf.size),
    };
    const besideTags = filter.tagMode === "all" ? 0 : TAGS;
    for (let i = 0; i < missed.length; i++) {
      const bits = missed[i]!;
      if (bits === 0) counts.left++;
      if ((bits & ~YEARS) === 0 && years[i] !== NO_YEAR) counts.years[years[i]! - first]!++;
      if ((bits & ~CLUSTERS) === 0 && clusters[i]! >= 0) counts.clusters[clusters[i]!]!++;
      if ((bits & ~besideTags) === 0) this.countTags(counts.tags, i);
    }
    return counts;
  }

  private countTags(counts: Uint32Array, poster: number): void {
    const { starts, tagged } = this.facets;
    for (let at = starts[poster]!; at < starts[poster + 1]!; at++) counts[tagged[at]!]!++;
  }

  private missYears(missed: Uint8Array, [first, last]: readonly [number, number]): void {
    const { years } = this.facets;
    for (let i = 0; i < missed.length; i++) {
      const year = years[i]!;
      if (year === NO_YEAR || year < first || year > last) missed[i]! |= YEARS;
    }
  }

  private missTags(missed: Uint8Array, { tags, tagMode }: Filter): void {
    const asked = chosen(tags, this.tagOf);
    if (asked === null) return;
    const { starts, tagged } = this.facets;
    const enough = tagMode === "all" ? asked.count : 1;
    for (let i = 0; i < missed.length; i++) {
      let held = 0;
      for (let at = starts[i]!; at < starts[i + 1]!; at++) held += asked.marks[tagged[at]!]!;
      if (held >= enough === (tagMode === "none")) missed[i]! |= TAGS;
    }
  }

  private missClusters(missed: Uint8Array, slugs: readonly string[]): void {
    const asked = chosen(slugs, this.clusterOf);
    if (asked === null) return;
    const { clusters } = this.facets;
    for (let i = 0; i < missed.length; i++) {
      if (clusters[i]! < 0 || asked.marks[clusters[i]!] === 0) missed[i]! |= CLUSTERS;
    }
  }
}

/** A 1 for each name asked for that is known; null if none is. */
function chosen(
  names: readonly string[],
  known: ReadonlyMap<string, number>,
): { marks: Uint8Array; count: number } | null {
  const marks = new Uint8Array(known.size);
  let count = 0;
  for (const name of new Set(names)) {
    const index = known.get(name);
    if (index === undefined) continue;
    marks[index] = 1;
    count++;
  }
  return count === 0 ? null : { marks, count };
}

function spanOf(years: Int16Array): readonly [number, number] | null {
  let [first, last] = [Infinity, -Infinity];
  for (const year of years) {
    if (year === NO_YEAR) continue;
    if (year < first) first = year;
    if (year > last) last = year;
  }
  return first > last ? null : [first, last];
}
