import { describe, expect, it } from "vitest";
import { isAnswered, NO_FILTER, Store } from "../src/state/state";

describe("a watcher", () => {
  it("hears once of what one before it changes in turn, and of both changes as they are by then", () => {
    const store = new Store();
    const heard: unknown[] = [];
    store.watch("touring", () => store.update({ panel: null }));
    store.watch("touring", (now) => heard.push(["touring", now]));
    store.watch("panel", (now, before) => heard.push([now, before]));
    store.update({ panel: "search" });
    store.update({ touring: true });
    expect(heard).toEqual([
      ["search", null],
      ["touring", true],
      [null, "search"],
    ]);
  });

  it("that changes what it watches hears of that too", () => {
    const store = new Store();
    const heard: unknown[] = [];
    store.watch("panel", (now) => {
      heard.push(now);
      if (now === "search") store.update({ panel: "filter" });
    });
    store.update({ panel: "search" });
    expect(heard).toEqual(["search", "filter"]);
    expect(store.now.panel).toBe("filter");
  });
});

describe("what is asked", () => {
  it("is answered when query and filter are, and no file is missing", () => {
    const store = new Store();
    expect(isAnswered(store.now)).toBe(true);
    const filter = { ...NO_FILTER, tags: ["Drama"] };
    store.update({ filter });
    expect(isAnswered(store.now)).toBe(false);
    store.update({ answeredFilter: filter });
    expect(isAnswered(store.now)).toBe(true);
    store.update({ lacking: true });
    expect(isAnswered(store.now)).toBe(false);
  });
});
