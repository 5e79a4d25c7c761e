import { describe, expect, it } from "vitest";
import { type Facets, NO_YEAR } from "../src/data/contract";
import { Filters } from "../src/find/facets";
import { barsOf, barWidth } from "../src/panels/histogram";
import { type Filter, NO_FILTER, type TagMode } from "../src/state/state";

interface Poster {
  readonly year: number | null;
  readonly tags: readonly string[];
  readonly cluster: string | null;
}

const TAGS = ["Drama", "Western", "Noir", "Comedy"];
const SLUGS = ["day", "night", "sea"];

function posters(count: number): Poster[] {
  let seed = 7;
  const chance = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => ({
    year: chance() < 0.2 ? null : 1950 + Math.floor(chance() * 9),
    tags: TAGS.filter(() => chance() < 0.4),
    cluster: SLUGS[Math.floor(chance() * 4)] ?? null,
  }));
}

function facetsOf(all: readonly Poster[]): Facets {
  const starts = [0];
  for (const { tags } of all) starts.push((starts.at(-1) ?? 0) + tags.length);
  return {
    years: Int16Array.from(all, ({ year }) => year ?? NO_YEAR),
    tags: TAGS,
    starts: Uint32Array.from(starts),
    tagged: Uint32Array.from(all.flatMap(({ tags }) => tags.map((tag) => TAGS.indexOf(tag)))),
    clusters: Int32Array.from(all, ({ cluster }) =>
      cluster === null ? -1 : SLUGS.indexOf(cluster),
    ),
  };
}

/** The second witness: what a filter means, as one would say it. */
function passes({ year, tags, cluster }: Poster, filter: Filter): boolean {
  const { years, tagMode } = filter;
  if (years !== null && (year === null || year < years[0] || year > years[1])) return false;
  if (filter.clusters.length > 0 && !filter.clusters.includes(cluster ?? "")) return false;
  if (filter.tags.length === 0) return true;
  if (tagMode === "any") return filter.tags.some((tag) => tags.includes(tag));
  if (tagMode === "all") return filter.tags.every((tag) => tags.includes(tag));
  return !filter.tags.some((tag) => tags.includes(tag));
}

const all = posters(500);
const known = new Filters(facetsOf(all), SLUGS);

function count(keeps: (poster: Poster) => boolean): number {
  return all.filter(keeps).length;
}

const cases: Filter[] = [
  NO_FILTER,
  { ...NO_FILTER, years: [1952, 1954] },
  { ...NO_FILTER, clusters: ["night", "sea"] },
  ...(["any", "all", "none"] as TagMode[]).flatMap((tagMode) => [
    { ...NO_FILTER, tagMode, tags: ["Noir"] },
    { ...NO_FILTER, tagMode, tags: ["Drama", "Comedy"] },
    { years: [1951, 1957] as const, tagMode, tags: ["Drama", "Noir"], clusters: ["day"] },
  ]),
];

describe.each(cases)("the filter %j", (filter) => {
  const missed = known.misses(filter);
  const counts = known.counts(missed, filter);

  it("leaves the posters that it describes", () => {
    expect(Array.from(missed, (bits) => bits === 0)).toEqual(all.map((p) => passes(p, filter)));
    expect(counts.left).toBe(count((p) => passes(p, filter)));
  });

  it("counts for each year and cluster what that one instead would leave", () => {
    const [first = 0, last = 0] = known.span ?? [];
    expect([first, last]).toEqual([1950, 1958]);
    for (let year = first; year <= last; year++) {
      const instead = { ...filter, years: [year, year] as const };
      expect(counts.years[year - first]).toBe(count((p) => passes(p, instead)));
    }
    SLUGS.forEach((slug, i) => {
      const instead = { ...filter, clusters: [slug] };
      expect(counts.clusters[i]).toBe(count((p) => passes(p, instead)));
    });
  });

  it("counts for each tag what has it beside the other parts, and with all the tags too", () => {
    const others = { ...filter, tags: filter.tagMode === "all" ? filter.tags : [] };
    TAGS.forEach((tag, i) => {
      expect(counts.tags[i]).toBe(count((p) => passes(p, others) && p.tags.includes(tag)));
    });
  });
});

describe("a filter", () => {
  it("counts only what the query finds", () => {
    const found = Uint8Array.from(all, (_, i) => Number(i % 3 === 0));
    const filter = { ...NO_FILTER, clusters: ["day"] };
    const counts = known.counts(known.misses(filter, found), filter);
    expect(counts.left).toBe(all.filter((p, i) => i % 3 === 0 && p.cluster === "day").length);
    expect(counts.clusters[1]).toBe(
      all.filter((p, i) => i % 3 === 0 && p.cluster === "night").length,
    );
  });

  it("asks nothing by names that the map does not have", () => {
    const missed = known.misses({ ...NO_FILTER, tags: ["?"], clusters: ["?"], tagMode: "all" });
    expect(missed.every((bits) => bits === 0)).toBe(true);
  });

  it("has no span of years where no poster has one", () => {
    const none = new Filters(facetsOf([{ year: null, tags: [], cluster: null }]), SLUGS);
    expect(none.span).toBe(null);
    expect(none.counts(none.misses(NO_FILTER), NO_FILTER).left).toBe(1);
  });
});

describe("the histogram", () => {
  it("has at most sixty bars, and every poster in one of them", () => {
    for (const span of [
      [1950, 1950],
      [1895, 2024],
      [1950, 2009],
      [1950, 2010],
      [-500, 2024],
    ] as const) {
      const counts = new Uint32Array(span[1] - span[0] + 1).fill(1);
      const bars = barsOf(span, counts);
      expect(bars.length).toBeLessThanOrEqual(61);
      expect(bars.reduce((sum, bar) => sum + bar, 0)).toBe(counts.length);
    }
  });

  it("begins its bars at whole decades where a bar is one", () => {
    expect(barWidth([1495, 2024])).toBe(10);
    expect(barsOf([1495, 2024], new Uint32Array(530).fill(1))[0]).toBe(5);
  });
});
