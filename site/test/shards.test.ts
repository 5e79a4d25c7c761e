import { describe, expect, it } from "vitest";
import { ShardError, Shards } from "../src/data/shards";

/** Shards over a folder of values, the files they asked for, and those that they said have come. */
function over(values: Record<string, unknown>, keep?: number) {
  const asked: string[] = [];
  const came: string[] = [];
  const load = (file: string): Promise<void> => {
    asked.push(file);
    const name = file.replace(/^data\/|\.js$/g, "");
    if (!(name in values)) return Promise.reject(new Error("404"));
    shards.receive([name, values[name]]);
    return Promise.resolve();
  };
  const shards = new Shards(load, (file) => came.push(file), keep);
  return { shards, asked, came };
}

const same = (value: unknown): unknown => value;

describe("shards", () => {
  it("take what came with the page, once", () => {
    const { shards } = over({});
    shards.receive(["map", 1]);
    expect(shards.take("map")).toBe(1);
    expect(shards.take("map")).toBeUndefined();
  });

  it("let lie what is no message", () => {
    const { shards } = over({});
    for (const odd of [null, "map", [], [1, 2], { 0: "map" }]) shards.receive(odd);
    expect(shards.take("map")).toBeUndefined();
  });

  it("load a file once, however often it is asked for", async () => {
    const { shards, asked } = over({ "ids/all": 7 });
    const [one, two] = [shards.get("ids/all", same), shards.get("ids/all", same)];
    expect([await one, await two, await shards.get("ids/all", same)]).toEqual([7, 7, 7]);
    expect(asked).toEqual(["data/ids/all.js"]);
  });

  it("name the file that is missing, and try again when asked again", async () => {
    const values: Record<string, unknown> = {};
    const { shards, came } = over(values);
    await expect(shards.get("ids/a", same)).rejects.toThrow(ShardError);
    await expect(shards.get("ids/a", same)).rejects.toMatchObject({ file: "data/ids/a.js" });
    values["ids/a"] = 1;
    expect(came).toEqual([]);
    expect(await shards.get("ids/a", same)).toBe(1);
    expect(came).toEqual(["data/ids/a.js"]);
  });

  it("name the file whose value is refused", async () => {
    const { shards, came } = over({ x: 1 });
    const refuse = (): never => {
      throw new Error("no");
    };
    await expect(shards.get("x", refuse)).rejects.toMatchObject({ file: "data/x.js" });
    const later = (): Promise<never> => Promise.reject(new Error("no"));
    await expect(shards.get("x", later)).rejects.toMatchObject({ file: "data/x.js" });
    expect(came).toEqual([]);
  });

  it("keep the last used ones only", async () => {
    const { shards, asked } = over({ a: 1, b: 2, c: 3 }, 2);
    for (const name of ["a", "b", "a", "c", "a", "b"]) await shards.get(name, same);
    expect(asked).toEqual(["data/a.js", "data/b.js", "data/c.js", "data/b.js"]);
  });
});
