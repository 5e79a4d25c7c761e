import { describe, expect, it } from "vitest";
import { Catalog } from "../src/data/catalog";
import { Chooser } from "../src/state/chooser";
import { readMap } from "../src/data/contract";
import { Geometry } from "../src/data/geometry";
import { Shards } from "../src/data/shards";
import { Store } from "../src/state/state";
import { message, names, value } from "./fixture";

/** The viewer without its page, on the shared fixture less the files that are `gone`. */
function viewer(gone: string[] = []) {
  const map = readMap(value("map"));
  const geometry = new Geometry(map);
  const shards: Shards = new Shards((file) => {
    const name = file.replace(/^data\/|\.js$/g, "");
    if (gone.includes(name) || !names.includes(name)) return Promise.reject(new Error("404"));
    shards.receive(message(name));
    return Promise.resolve();
  });
  const store = new Store();
  const catalog = new Catalog(map, geometry, shards);
  return { store, catalog, chooser: new Chooser(store, geometry, catalog) };
}

describe("the catalog", () => {
  it("finds posters by cell and cells by id", async () => {
    const { catalog } = viewer();
    expect((await catalog.poster(2)).id).toBe("d4");
    expect(await catalog.cellOf("e5")).toBe(5);
  });

  it("tells an id whose poster is gone from one that never was", async () => {
    const { catalog } = viewer();
    expect(await catalog.cellOf("gone")).toBe("gone");
    expect(await catalog.cellOf("zz")).toBe("unknown");
  });

  it("blames the file when a poster is not in it", async () => {
    await expect(viewer().catalog.poster(4)).rejects.toMatchObject({ file: "data/posters/0-0.js" });
  });
});

describe("choosing", () => {
  it("is at once, and the poster follows", async () => {
    const { store, chooser } = viewer();
    const done = chooser.choose(0, "hand");
    expect(store.now.chosen).toMatchObject({ cell: 0, poster: null });
    await done;
    expect(store.now.chosen).toMatchObject({ cell: 0, poster: { title: "Metropolis" } });
  });

  it("again drops the poster that comes late", async () => {
    const { store, chooser } = viewer();
    await Promise.all([chooser.choose(0, "hand"), chooser.choose(2, "hand")]);
    expect(store.now.chosen).toMatchObject({ cell: 2, poster: { id: "d4" } });
  });

  it("says which file is missing, and can be tried again", async () => {
    const gone = ["posters/1-0"];
    const { store, chooser } = viewer(gone);
    await chooser.choose(2, "hand");
    expect(store.now.chosen).toMatchObject({ poster: null, missing: "data/posters/1-0.js" });
    gone.length = 0;
    chooser.retry();
    await expect.poll(() => store.now.chosen?.poster?.id).toBe("d4");
  });

  it("can be undone while the poster loads", async () => {
    const { store, chooser } = viewer();
    const done = chooser.choose(0, "hand");
    chooser.close();
    await done;
    expect(store.now.chosen).toBeNull();
  });

  it("can go on from poster to poster, across holes, to the edge", () => {
    const { store, chooser } = viewer();
    expect(chooser.walk("right")).toBe(false);
    void chooser.choose(3, "hand");
    expect(chooser.walk("right")).toBe(true);
    expect(store.now.chosen).toMatchObject({ cell: 5, origin: "walk" });
    expect(chooser.walk("right")).toBe(false);
  });
});

describe("the store", () => {
  it("tells who watches a part what is and what was, until they stop watching", () => {
    const store = new Store();
    const heard: unknown[] = [];
    const stop = store.watch("chosen", (now, before) => heard.push([now?.cell, before]));
    store.update({ chosen: { cell: 1, origin: "hand", poster: null, missing: null } });
    store.update({});
    stop();
    store.update({ chosen: null });
    expect(heard).toEqual([[1, null]]);
  });
});
