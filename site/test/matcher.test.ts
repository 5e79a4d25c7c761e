import { beforeEach, describe, expect, it } from "vitest";
import { type Poster, readMap, readPosterShard } from "../src/data/contract";
import { Geometry } from "../src/data/geometry";
import { Catalog } from "../src/data/catalog";
import { Shards } from "../src/data/shards";
import { MANY_BYTES, Matcher } from "../src/find/matcher";
import { Mixer, MOST_MIXED } from "../src/state/mixer";
import { type Mixed, Store } from "../src/state/state";
import { value } from "./fixture";

const map = readMap(value("map"));
const posters = new Map([
  ...readPosterShard(value("posters/0-0"), map),
  ...readPosterShard(value("posters/1-0"), map),
]);

let store: Store;
let mixer: Mixer;
let matcher: Matcher;
let missing: Set<string>;
let asked: string[];

function start(told = map): void {
  store = new Store();
  asked = [];
  missing = new Set();
  const shards: Shards = new Shards((file) => {
    asked.push(file);
    if (missing.has(file)) return Promise.reject(new Error("404"));
    const name = file.replace(/^data\/|\.js$/g, "");
    shards.receive([name, value(name)]);
    return Promise.resolve();
  });
  const catalog = new Catalog(told, new Geometry(told), shards);
  mixer = new Mixer(store, catalog);
  matcher = new Matcher(store, catalog);
}

beforeEach(() => start());

function poster(cell: number): Poster {
  return posters.get(cell)!;
}

/** Until the matcher has nothing more to do. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setTimeout(resolve));
}

/** Cells found; the kind of answer if it is another. */
function answer(): unknown {
  const { mixed } = store.now;
  return mixed?.kind === "found" ? mixed.alike.map(({ cell }) => cell) : mixed?.kind;
}

function like(...cells: readonly number[]): void {
  store.update({ panel: "mix" });
  mixer.begin(cells.map((cell) => ({ poster: poster(cell), weight: 50 })));
}

describe("the matcher", () => {
  it("loads vectors when its room is open and something is mixed, and finds what is like it", async () => {
    store.update({ panel: "search" });
    mixer.begin([{ poster: poster(0), weight: 50 }]);
    await settled();
    expect(asked).toEqual([]);
    store.update({ panel: "mix" });
    await settled();
    expect(answer()).toEqual([3, 5, 1, 2]);
    expect((store.now.mixed as Extract<Mixed, { kind: "found" }>).alike[0]?.likeness).toBeCloseTo(
      0.6,
      2,
    );
  });

  it("finds what lies between, by weight", async () => {
    like(0, 2);
    await settled();
    expect(answer()).toEqual([3, 5, 1]);
    mixer.weigh(0, 0);
    await settled();
    expect(answer()).toEqual([3, 5, 1]);
    mixer.weigh(2, 0);
    await settled();
    expect(answer()).toBe("weightless");
    mixer.remove(0);
    await settled();
    expect(answer()).not.toBe("weightless"); // one alone counts
    mixer.remove(2);
    await settled();
    expect(store.now.mixed).toBeNull();
  });

  it("looks among those that are lit only", async () => {
    like(0);
    store.update({ lit: { mask: Uint8Array.of(1, 1, 1, 0, 0, 0), count: 3 } });
    await settled();
    expect(answer()).toEqual([1, 2]);
  });

  it("says which file is missing, and finds it when asked again", async () => {
    missing.add("data/vectors/0.js");
    like(0);
    await settled();
    expect(store.now.mixed).toEqual({ kind: "missing", file: "data/vectors/0.js" });
    missing.clear();
    matcher.retry();
    await settled();
    expect(answer()).toEqual([3, 5, 1, 2]);
  });

  it("asks before it loads many bytes", async () => {
    const rows = Math.ceil((MANY_BYTES * 3) / 4 / 7) + 1;
    start({ ...map, vectors: { numbers: 3, rows, shard: rows } });
    like(0);
    await settled();
    expect(answer()).toBe("large");
    expect(asked).toEqual([]);
    matcher.agree();
    await settled();
    expect(asked).toEqual(["data/vectors/cells.js"]);
  });
});

describe("the mixer", () => {
  it("adds nobody twice, and not more than can be told apart", async () => {
    like(0);
    mixer.pick(true);
    await mixer.add(0);
    expect(store.now).toMatchObject({ picking: false });
    expect(store.now.mix).toHaveLength(1);
    await mixer.add(5);
    expect(store.now.mix.map((share) => share.poster.id)).toEqual(["a1", "e5"]);
    const many = Array.from({ length: 12 }, (_, cell) => ({
      poster: { ...poster(0), cell },
      weight: 50,
    }));
    mixer.begin(many);
    expect(store.now.mix).toHaveLength(MOST_MIXED);
    mixer.put({ ...poster(0), cell: 99 });
    expect(store.now.mix).toHaveLength(MOST_MIXED);
  });
});
