import { describe, expect, it } from "vitest";
import {
  ContractError,
  NO_YEAR,
  readFacets,
  readIdShard,
  readMap,
  readPosterShard,
  readSearch,
  webAddress,
} from "../src/data/contract";
import { done } from "./done";
import { message, names, source, value } from "./fixture";

const map = readMap(value("map"));
const { tiles } = map;

describe("the shared fixture", () => {
  it("has a file of every kind", () => {
    expect([...names].sort()).toEqual([
      "facets",
      "ids/all",
      "map",
      "posters/0-0",
      "posters/1-0",
      "search/0",
      "search/1",
      "search/2",
      "vectors/0",
      "vectors/cells",
    ]);
  });

  it.each(names)("%s is written as the contract says, to the byte", (name) => {
    const json = JSON.stringify(message(name))
      .replaceAll("<", "\\u003c")
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029");
    expect(source(name)).toBe(`(self.mapmaker??=[]).push(${json});\n`);
    expect(message(name)[0]).toBe(name);
  });
});

describe("what can be searched and filtered", () => {
  it("is a text of every poster, and its year, tags and cluster", () => {
    expect(map.search).toEqual(["title", "director", "page"]);
    const directors = value("search/1") as unknown;
    expect(readSearch(directors, map)).toEqual(["Fritz Lang", "", "", "Marcel Carné", ""]);
    const facets = done(readFacets(value("facets"), map));
    expect([...facets.years]).toEqual([1927, NO_YEAR, 2001, 1945, NO_YEAR]);
    expect(facets.tags).toEqual(["<b>tag</b>", "Animation", "Drama", "Sci-Fi"]);
    expect([...facets.starts]).toEqual([0, 2, 3, 4, 4, 4]);
    expect([...facets.tagged]).toEqual([2, 3, 0, 1]);
    expect([...facets.clusters]).toEqual([0, -1, 1, 0, 1]);
  });

  it.each([
    ["a text too few", () => readSearch(["a"], map), "1 texts for 5 posters"],
    ["a year too many", () => facetsWith({ years: [1, 2, 3, 4, 5, 6] }), "6 years for 5 posters"],
    ["a tag that is none", () => facetsWith({ tagged: [[4], [], [], [], []] }), "a tag is 4"],
    [
      "a cluster beyond the last",
      () => facetsWith({ clusters: [2, 0, 0, 0, 0] }),
      "a cluster is 2",
    ],
    ["half a year", () => facetsWith({ years: [1.5, 1, 1, 1, 1] }), "a year is 1.5"],
  ])("is refused with %s", (_, read, message) => {
    expect(read).toThrow(ContractError);
    expect(read).toThrow(message);
  });

  function facetsWith(change: object): unknown {
    return done(readFacets({ ...value("facets"), ...change }, map));
  }
});

function clusterNamed(name: unknown): object {
  return { slug: "a", name, size: 1, cell: [0, 0] };
}

describe("a map", () => {
  it("is read", () => {
    expect(map).toMatchObject({ title: "Six cells & <five> posters", count: 5, holes: [4] });
    expect(map.clusters[0]).toEqual({ slug: "foret", name: "Forêt", size: 2, cell: [0, 0] });
    expect(map.clusters[1]).toEqual({ slug: "2", name: "", size: 2, cell: [2, 1] });
    const shaded = { slug: "2", name: "", size: 2, cell: [2, 1], shade: "Red and black" };
    expect(readMap({ ...value("map"), clusters: [shaded] }).clusters[0]).toEqual(shaded);
  });

  it("has its tiles in files, or in archives that begin at given ids", () => {
    expect(map.tiles.archives).toBeNull();
    const packed = readMap(value("map", "archives"));
    expect(packed.tiles).toEqual({
      size: 16,
      maxZoom: 1,
      extension: "webp",
      archives: [0, 3],
      margin: 0,
    });
    expect({ ...packed, tiles }).toEqual(map);
  });

  it("has a margin where it says so", () => {
    expect(map.tiles.margin).toBe(0);
    const told = value("map");
    const spaced = { ...told, tiles: { ...(told["tiles"] as object), margin: 32 } };
    expect(readMap(spaced).tiles.margin).toBe(32);
  });

  it("leads to a page on quality where it says that there is one", () => {
    expect(map.quality).toBe(false);
    expect(readMap({ ...value("map"), quality: true }).quality).toBe(true);
  });

  it("has a gallery of each cluster where it says so", () => {
    expect(map.galleries).toBe(false);
    expect(readMap({ ...value("map"), galleries: true }).galleries).toBe(true);
  });

  it("has vectors, and tells what likeness is worth, where it says so", () => {
    expect(map.vectors).toEqual({ numbers: 3, rows: 6, shard: 4096 });
    expect(map.quantiles).toHaveLength(1001);
    const { vectors, quantiles, ...without } = value("map");
    expect([vectors, quantiles]).not.toContain(undefined);
    expect(readMap(without)).toMatchObject({ vectors: null, quantiles: [] });
  });

  it("tells whom to name where it says so", () => {
    expect(map.attribution).toEqual({ lines: [], others: 0 });
    const attribution = { lines: ["B & <b>", "A"], others: 3 };
    expect(readMap({ ...value("map"), attribution }).attribution).toEqual(attribution);
  });

  it.each([
    ["an attribution of no text", { attribution: { lines: [1], others: 0 } }, "attribution.lines"],
    ["fewer than none", { attribution: { lines: [], others: -1 } }, "attribution.others is -1"],
    ["vectors of nothing", { vectors: { numbers: 0, rows: 1, shard: 1 } }, "vectors.numbers is 0"],
    ["vectors that are none", { vectors: true }, "vectors is true, not an object"],
    ["quantiles that fall", { quantiles: [3, 2] }, "quantiles is [3,2], not ascending"],
    ["quantiles beyond", { quantiles: [1001] }, "quantiles is 1001"],
    ["galleries that are perhaps there", { galleries: 1 }, "galleries is 1"],
    ["a page on quality that is perhaps there", { quality: "yes" }, 'quality is "yes"'],
    ["no object", [], "the map is [], not an object"],
    ["another version", { version: 2 }, "version is 2, this viewer reads 3"],
    ["no version", { version: undefined }, "version is missing"],
    ["a fraction", { columns: 1.5 }, "columns is 1.5"],
    ["a hole beyond it", { holes: [6] }, "a hole is 6"],
    ["a count that does not add up", { count: 6 }, "6 posters and 1 holes do not fill 3 x 2 cells"],
    ["no title", { title: 7 }, "title is 7, not a text"],
    ["no cell", { cell: null }, "cell is null, not an object"],
    [
      "an extension that leads elsewhere",
      { tiles: { size: 1, maxZoom: 0, extension: "../x" } },
      "x",
    ],
    ["archives that are none", { tiles: { ...tiles, archives: 3 } }, "tiles.archives is 3, not a"],
    ["no archive at all", { tiles: { ...tiles, archives: [] } }, "tiles.archives is []"],
    ["archives in disorder", { tiles: { ...tiles, archives: [0, 5, 5] } }, "is [0,5,5], not asc"],
    [
      "no archive for the first tile",
      { tiles: { ...tiles, archives: [1] } },
      "not ascending from 0",
    ],
    ["an archive of half a tile", { tiles: { ...tiles, archives: [0, 1.5] } }, "id is 1.5"],
    ["a margin inwards", { tiles: { ...tiles, archives: [0], margin: -1 } }, "tiles.margin is -1"],
    ["too long an id prefix", { idPrefix: 5 }, "idPrefix is 5"],
    [
      "a shade that nobody sees",
      { clusters: [{ slug: "a", name: "", size: 1, cell: [0, 0], shade: " " }] },
      `a cluster's shade is " "`,
    ],
    ["a name that nobody sees", { clusters: [clusterNamed(" ")] }, `a cluster's name is " "`],
    ["a cluster without a word on its name", { clusters: [clusterNamed(undefined)] }, "is missing"],
    ["clusters that are none", { clusters: {} }, "clusters is {}, not a list"],
  ])("with %s is refused, and the message says why", (_, change, problem) => {
    const wrong = Array.isArray(change) ? change : { ...value("map"), ...change };
    expect(() => readMap(wrong)).toThrow(ContractError);
    expect(() => readMap(wrong)).toThrow(problem);
  });
});

describe("a poster shard", () => {
  const poster = (change: object): unknown => ({
    columns: ["director", "page"],
    posters: [{ ...(value("posters/0-0")["posters"] as object[])[0], ...change }],
  });

  it("gives posters by cell, with their further columns named", () => {
    const shard = readPosterShard(value("posters/0-0"), map);
    expect([...shard.keys()]).toEqual([0, 1, 3]);
    expect(shard.get(3)?.more).toEqual([["director", "Marcel Carné"]]);
    expect(shard.get(1)).toMatchObject({ year: null, url: "", cluster: -1 });
    expect(shard.get(0)).toMatchObject({ similar: [3, 1], alike: [600, 0] });
  });

  it("need not say how alike posters are", () => {
    expect(readPosterShard(poster({ alike: undefined }), map).get(0)?.alike).toBeNull();
  });

  it("keeps hostile text as it is, for others to show as text", () => {
    const title = readPosterShard(value("posters/0-0"), map).get(1)?.title;
    expect(title).toContain("</script><img src=x onerror=alert(1)>");
    expect(title).toContain("\u2028line\u2029end \u202e");
  });

  it("has no links but to the web", () => {
    const shard = readPosterShard(poster({ url: "javascript:alert(1)" }), map);
    expect(shard.get(0)?.url).toBe("");
  });

  it.each([
    ["an id that is none", { id: "../a" }],
    ["a year in words", { year: "1927" }],
    ["a cluster that is not on the map", { cluster: 2 }],
    ["too few further values", { more: ["one"] }],
    ["a cell that is not on the map", { cell: 6 }],
    ["tags that are no texts", { tags: [1] }],
    ["likeness to too few", { alike: [600] }],
    ["likeness beyond", { alike: [600, 1001] }],
  ])("with %s is refused", (_, change) => {
    expect(() => readPosterShard(poster(change), map)).toThrow(ContractError);
  });
});

describe("an id shard", () => {
  it("gives cells by id", () => {
    expect(readIdShard(value("ids/all"), map).get("d4")).toBe(2);
  });

  it("tells which posters are gone", () => {
    expect(readIdShard(value("ids/all"), map).get("gone")).toBe("gone");
  });

  it.each([6, -2, -1.5, "gone", null])("with %j for a cell is refused", (cell) => {
    expect(() => readIdShard({ a1: cell }, map)).toThrow(
      `the cell of a1 is ${JSON.stringify(cell)}`,
    );
  });
});

describe("a web address", () => {
  it.each(["https://example.org/a?b#c", "http://localhost:1", "HTTPS://EXAMPLE.ORG"])(
    "%s is one",
    (text) => expect(webAddress(text)).toBe(text),
  );
  it.each([
    "javascript:alert(1)",
    "//example.org",
    "data:text/html,x",
    " https://x",
    "https://",
    "",
  ])("%j is none", (text) => expect(webAddress(text)).toBeNull());
});
