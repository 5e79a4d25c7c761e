import { describe, expect, it } from "vitest";
import { readMap } from "../src/data/contract";
import { ShardError, Shards } from "../src/data/shards";
import { Vectors } from "../src/data/vectors";
import { value } from "./fixture";

const map = readMap(value("map"));

/** The fixture's vectors, some files changed or missing, and the files that were asked for. */
function over(change: Record<string, unknown> = {}, told = map.vectors!) {
  const asked: string[] = [];
  const shards: Shards = new Shards((file) => {
    asked.push(file);
    const name = file.replace(/^data\/|\.js$/g, "");
    const held = name in change ? change[name] : value(name);
    if (held === undefined) return Promise.reject(new Error("404"));
    shards.receive([name, held]);
    return Promise.resolve();
  });
  return { vectors: new Vectors(map, told, shards), asked };
}

describe("vectors", () => {
  it("are those of the contract, by the rows of cells", async () => {
    const { vectors, asked } = over();
    const told: string[] = [];
    await vectors.load((done, all) => told.push(`${done}/${all}`));
    expect(told).toEqual(["0/2", "1/2", "2/2"]);
    expect(asked).toEqual(["data/vectors/cells.js", "data/vectors/0.js"]);
    expect(Array.from(vectors.cells)).toEqual([-1, 5, 0, 1, 3, 2]);
    expect([0, 1, 2, 3, 4, 5, 99].map((cell) => vectors.rowOf(cell))).toEqual([
      2, 3, 5, 4, -1, 1, -1,
    ]);
    expect(Array.from(vectors.values.subarray(3 * 3, 5 * 3))).toEqual([0, -127, 64, 95, 127, 0]);
    expect(vectors.scales[0]).toBe(0);
    expect(vectors.scales[4]).toBeCloseTo(1 / Math.hypot(95, 127));
    expect(vectors.whole).toBe(true);
    await vectors.load(() => told.push("again"));
    expect(asked).toHaveLength(2);
    expect(told).toHaveLength(3);
  });

  it("are in as many files as it takes", async () => {
    const cut = (from: number, to: number) =>
      btoa(atob(value("vectors/0") as never).slice(from, to));
    const parts = { "vectors/0": cut(0, 12), "vectors/1": cut(12, 18) };
    const { vectors } = over(parts, { numbers: 3, rows: 6, shard: 4 });
    const { vectors: whole } = over();
    await Promise.all([vectors.load(() => undefined), whole.load(() => undefined)]);
    expect(vectors.values).toEqual(whole.values);
  });

  it("say which file is missing, and ask for it again, and for no other", async () => {
    const change: Record<string, unknown> = { "vectors/0": undefined };
    const { vectors, asked } = over(change);
    await expect(vectors.load(() => undefined)).rejects.toMatchObject({
      file: "data/vectors/0.js",
    });
    expect(vectors.whole).toBe(false);
    delete change["vectors/0"];
    await vectors.load(() => undefined);
    expect(vectors.whole).toBe(true);
    expect(asked.filter((file) => file.includes("cells"))).toHaveLength(1);
  });

  it.each([
    ["vectors/0", "AAAA"],
    ["vectors/0", "?"],
    ["vectors/0", 7],
    ["vectors/cells", btoa("\xff".repeat(24))],
    ["vectors/cells", btoa("\0".repeat(24))],
    ["vectors/cells", btoa("\x09\0\0\0" + "\xff".repeat(20))],
  ])("are refused where %s is %j", async (name, wrong) => {
    const { vectors } = over({ [name]: wrong });
    await expect(vectors.load(() => undefined)).rejects.toThrow(ShardError);
  });
});
