import { beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../src/data/catalog";
import { readFacets, readMap } from "../src/data/contract";
import { Columns } from "../src/find/columns";
import { Finder } from "../src/find/finder";
import { Geometry } from "../src/data/geometry";
import { ShardError } from "../src/data/shards";
import { Sieve } from "../src/find/sieve";
import { NO_FILTER, NO_QUERY, Store } from "../src/state/state";
import { done } from "./done";
import { value } from "./fixture";

const map = readMap(value("map"));
const geometry = new Geometry(map);

/** A catalog whose columns arrive when the test says so. */
class Waiting implements Pick<Catalog, "column" | "facets"> {
  readonly asked: string[] = [];
  broken = "";
  gate: Promise<void> = Promise.resolve();

  async column(name: string): Promise<readonly string[]> {
    this.asked.push(name);
    await this.gate;
    if (this.broken === name) throw new ShardError(`data/${name}.js`);
    return name === "title"
      ? ["Dawn", "Noon", "Dusk", "Noon again", "Night"]
      : ["A", "B", "A", "B", "C"];
  }

  async facets() {
    this.asked.push("facets");
    if (this.broken === "facets") throw new ShardError("data/facets.js");
    return done(readFacets(value("facets"), map));
  }
}

let store: Store;
let catalog: Waiting;
let sieve: Sieve;
let said: string[];

beforeEach(() => {
  store = new Store();
  catalog = new Waiting();
  said = [];
  const notice = { say: (problem: string) => void said.push(problem) };
  sieve = new Sieve(map, catalog);
  new Finder(store, geometry, new Columns(catalog), sieve, notice);
});

function search(text: string, column = "title"): void {
  store.update({ query: { text, column } });
}

/** Until the finder has nothing more to do. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve));
}

describe("the finder", () => {
  it("lights what the query finds, best first, in cells: the fourth poster is beyond the hole", async () => {
    search("noon");
    await settled();
    expect(Array.from(geometry.cells)).toEqual([0, 1, 2, 3, 5]);
    expect(store.now.found).toEqual(Uint32Array.of(1, 3));
    expect(store.now.lit).toEqual({ mask: Uint8Array.of(0, 1, 0, 1, 0, 0), count: 2 });
    search("night");
    await settled();
    expect(store.now.found).toEqual(Uint32Array.of(5));
  });

  it("loads titles for a query only, facets for a filter only, and nothing for neither", async () => {
    search(" ");
    await settled();
    expect(catalog.asked).toEqual([]);
    search("a", "director");
    await settled();
    expect(catalog.asked).toEqual(["director"]);
    store.update({ query: NO_QUERY, filter: { ...NO_FILTER, years: [1900, 1950] } });
    await settled();
    expect(catalog.asked).toEqual(["director", "facets"]);
    expect(store.now.found).toBe(null);
    expect(store.now.lit).toEqual({ mask: Uint8Array.of(1, 0, 0, 1, 0, 0), count: 2 });
  });

  it("asks for facets once, whatever else has been loaded since, and whoever else filters", async () => {
    const filter = { ...NO_FILTER, years: [1900, 1950] as const };
    store.update({ filter });
    await settled();
    store.update({ filter: { ...filter, years: [1940, 1950] } });
    await settled();
    expect(store.now.lit?.count).toBe(1);
    const known = await sieve.filters();
    expect(known.misses(filter)).toBe(known.misses(filter));
    expect(catalog.asked).toEqual(["facets"]);
  });

  it("finds by the query alone, but lights what passes the filter too", async () => {
    store.update({
      query: { text: "noon", column: "title" },
      filter: { ...NO_FILTER, years: [1940, 1950] },
    });
    await settled();
    expect(store.now.found).toEqual(Uint32Array.of(1, 3));
    expect(store.now.lit).toEqual({ mask: Uint8Array.of(0, 0, 0, 1, 0, 0), count: 1 });
  });

  it("lights all again when nothing is asked any more", async () => {
    search("noon");
    await settled();
    search("");
    await settled();
    expect(store.now.found).toBe(null);
    expect(store.now.lit).toBe(null);
  });

  it("lights none where nothing is found", async () => {
    search("zzz");
    await settled();
    expect(store.now.found).toEqual(Uint32Array.of());
    expect(store.now.lit?.count).toBe(0);
  });

  it("drops an answer that the next question has overtaken", async () => {
    let open = (): void => undefined;
    catalog.gate = new Promise((resolve) => (open = resolve));
    const answers: unknown[] = [];
    store.watch("found", (found) => answers.push(found));
    search("noon");
    await settled();
    search("dusk");
    open();
    await settled();
    expect(answers).toEqual([Uint32Array.of(2)]);
  });

  it("says which file could not be loaded, and goes on with the other", async () => {
    catalog.broken = "title";
    store.update({
      query: { text: "noon", column: "title" },
      filter: { ...NO_FILTER, years: [1900, 1950] },
    });
    await settled();
    expect(said.join()).toContain("data/title.js");
    expect(store.now.found).toBe(null);
    expect(store.now.lit?.count).toBe(2);
    catalog.broken = "";
    search("noon again");
    await settled();
    expect(store.now.found).toEqual(Uint32Array.of(3));
  });
});
