import { describe, expect, it } from "vitest";
import { askAlike, formatLink, type Link, parseLink, within, withinKnown } from "../src/state/link";
import { NO_FILTER, NO_QUERY } from "../src/state/state";

const whole: Link = { place: null, poster: null, query: NO_QUERY, filter: NO_FILTER, mix: [] };

function link(parts: Partial<Link>): Link {
  return { ...whole, ...parts };
}

const western = { ...NO_FILTER, tags: ["Western", "Film noir"], tagMode: "all" } as const;

describe("a link", () => {
  it.each([
    ["#abc1", link({ poster: "abc1" })],
    ["#123", link({ poster: "123" })],
    ["#3/1.5/2", link({ place: { zoom: 3, x: 1.5, y: 2 } })],
    ["#-0.25/1/2.75/p9", link({ place: { zoom: -0.25, x: 1, y: 2.75 }, poster: "p9" })],
    ["", whole],
    ["#?q=the+kid", link({ query: { text: "the kid", column: "title" } })],
    [
      "#p9?q=%3F%23%26&in=director",
      link({ poster: "p9", query: { text: "?#&", column: "director" } }),
    ],
    ["#?years=1950-1970", link({ filter: { ...NO_FILTER, years: [1950, 1970] } })],
    ["#?years=-50--10", link({ filter: { ...NO_FILTER, years: [-50, -10] } })],
    ["#?all=Western&all=Film+noir", link({ filter: western })],
    ["#?none=Drama", link({ filter: { ...NO_FILTER, tags: ["Drama"], tagMode: "none" } })],
    ["#?mix=a1", link({ mix: [{ id: "a1", weight: 50 }] })],
    [
      "#p9?q=kid&mix=a1-70&mix=b2-30",
      link({
        poster: "p9",
        query: { text: "kid", column: "title" },
        mix: [
          { id: "a1", weight: 70 },
          { id: "b2", weight: 30 },
        ],
      }),
    ],
    ["#?cluster=night&cluster=day", link({ filter: { ...NO_FILTER, clusters: ["night", "day"] } })],
  ])("%s is read, and written the same", (hash, link) => {
    expect(parseLink(hash)).toEqual(link);
    expect(formatLink(link)).toBe(hash);
  });

  it.each([
    ..."# #1/2 #a/b/c #1/2/3/4/5 #Ü #1e9/0/0 #NaN/0/0 #%E0 #../x".split(" "),
    ..."#? #?x=1 #?q= #?q=+ #?years=1970-1950 #?years=x #?years=1950 #?in=director #?mix=a1-101 #?mix=A-1 #?mix=a1-".split(
      " ",
    ),
  ])("%s that is none of ours is the whole map, with nothing asked", (hash) => {
    expect(formatLink(parseLink(hash))).toBe("");
  });

  it("is read where a messenger has escaped it", () => {
    expect(parseLink("#3%2F1%2F2%2Fp9")).toEqual(parseLink("#3/1/2/p9"));
    expect(parseLink("#p9%3Fq%3Dkid%26any%3DDrama")).toEqual(parseLink("#p9?q=kid&any=Drama"));
  });

  it("asks once for what it says twice", () => {
    const twice = parseLink("#?any=Drama&any=Noir&any=Drama&cluster=day&cluster=day");
    expect(formatLink(twice)).toBe("#?any=Drama&any=Noir&cluster=day");
  });

  it("mixes who is named twice once, and tells no weights where all are the same", () => {
    const mix = (hash: string) => formatLink(link({ mix: parseLink(hash).mix }));
    expect(mix("#?mix=a1&mix=b2&mix=a1-70")).toBe("#?mix=a1&mix=b2");
    expect(mix("#?mix=a1-70&mix=b2-70")).toBe("#?mix=a1&mix=b2");
    expect(mix("#?mix=a1-0&mix=b2-0")).toBe("#?mix=a1-0&mix=b2-0");
    expect(mix("#?mix=a1-20&mix=b2")).toBe("#?mix=a1-20&mix=b2-50");
  });

  it("to a place keeps the place when its poster is no id", () => {
    expect(parseLink("#3/1/2/<b>")).toEqual(parseLink("#3/1/2"));
  });

  it("has at most two decimals, and no minus zero", () => {
    expect(formatLink(link({ place: { zoom: 1.23456, x: 10 / 3, y: -0.001 } }))).toBe(
      "#1.23/3.33/0",
    );
  });

  it("carries any text there and back", () => {
    for (const text of ["a&b=c", "100%", "???", "дом 東京", "a+b  c", '"<b>"', "#?/#"]) {
      const asked = link({
        query: { text, column: "title" },
        filter: { ...NO_FILTER, tags: [text], clusters: [text] },
      });
      expect(parseLink(formatLink(asked))).toEqual(asked);
    }
  });

  it("leaves out columns and clusters that the map does not have", () => {
    const map = {
      search: ["title", "director"],
      clusters: [{ slug: "day", name: "Day", size: 1, cell: [0, 0] as const }],
      vectors: null,
    };
    const known = parseLink("#?q=kid&in=director&cluster=day");
    expect(within(known, map)).toEqual(known);
    const foreign = parseLink("#?q=kid&in=actor&cluster=day&cluster=night");
    expect(within(foreign, map)).toEqual(parseLink("#?q=kid&cluster=day"));
    const mixed = parseLink("#?q=kid&mix=a1&mix=b2");
    expect(within(mixed, map)).toEqual(parseLink("#?q=kid"));
    const vectors = { numbers: 4, rows: 9, shard: 9 };
    expect(within(mixed, { ...map, vectors })).toEqual(mixed);
  });

  it("leaves out tags that no poster has, and years before the first and after the last", () => {
    const known = { tags: ["Drama", "Noir"], span: [1920, 1999] } as const;
    const kept = (hash: string) =>
      formatLink(link({ filter: withinKnown(parseLink(hash).filter, known) }));
    expect(kept("#?any=nonsense")).toBe("");
    expect(kept("#?all=Drama&all=nonsense&cluster=day")).toBe("#?all=Drama&cluster=day");
    expect(kept("#?years=1800-1949&any=Noir")).toBe("#?years=1920-1949&any=Noir");
    expect(kept("#?years=1800-2100")).toBe("#?years=1920-1999");
    expect(kept("#?years=1800-1919")).toBe("");
    const { filter } = parseLink("#?years=1920-1999&none=Drama&cluster=day");
    expect(withinKnown(filter, known)).toBe(filter);
    expect(withinKnown(filter, { tags: [], span: null })).toEqual({
      ...filter,
      years: null,
      tags: [],
    });
  });

  it("asks like another wherever both may lead", () => {
    expect(askAlike(parseLink("#p9?q=kid"), parseLink("#3/1/2?q=kid"))).toBe(true);
    expect(askAlike(parseLink("#p9?q=kid"), parseLink("#p9?q=kids"))).toBe(false);
    expect(askAlike(parseLink("#?any=a"), parseLink("#?all=a"))).toBe(false);
  });
});
