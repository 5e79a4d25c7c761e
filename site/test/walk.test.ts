import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Asked, USUAL, type What } from "../src/ask/address";
import { sample } from "../src/ask/sample";
import { texts } from "../src/ask/texts";
import { type Page, SOME, STRETCH, Walk } from "../src/ask/walk";

const about = { posters: 500, on_map: 480, pictures: "ready", why: "", files: true, largest: 99 };
const alien = poster(7, "Alien");

function poster(place: number, title = `Film ${place}`) {
  return { id: `p${place}`, title, year: 1979, cell: null, picture: "", map: null };
}

let requested: string[];
/** Says the answer to an address: a value, or a refusal of the server's. */
let answers: (path: string, said: URLSearchParams) => unknown;
let pages: Page[];
let walk: Walk;

class Refused {
  constructor(readonly error: string) {}
}

beforeEach(() => {
  requested = [];
  pages = [];
  walk = new Walk((now) => pages.push(now));
  answers = (path, said) => {
    if (path === "/v1/about") return about;
    if (path === "/v1/posters/p7") return alien;
    if (path.endsWith("similar")) {
      const asked = path === "/v1/similar" ? [{ id: null, title: "" }] : [alien];
      return { asked, found: [{ ...poster(1), similarity: 0.9, percentile: 100 }], notes: [] };
    }
    const total = said.has("where") ? 300 : 500;
    const [first, limit] = [Number(said.get("offset")), Number(said.get("limit"))];
    return { total, posters: Array.from({ length: limit }, (_, i) => poster(first + i)) };
  };
  vi.stubGlobal("fetch", async (address: string, { signal }: { signal: AbortSignal }) => {
    requested.push(address);
    const { pathname, searchParams } = new URL(address, "http://localhost");
    const value = await answers(pathname, searchParams);
    signal.throwIfAborted();
    const refused = value instanceof Refused;
    return { ok: !refused, json: () => Promise.resolve(refused ? { error: value.error } : value) };
  });
});

afterEach(() => vi.unstubAllGlobals());

function asked(what: What, where = ""): Asked {
  return { what, where, k: USUAL };
}

const nothing: What = { kind: "nothing" };
const like = (id: string): What => ({ kind: "poster", id });
const titled = (text: string): What => ({ kind: "title", text });

describe("the walk", () => {
  it("begins with some posters of all, in one request, and says how many the map has", async () => {
    expect(await walk.ask(asked(nothing))).toBe(true);
    expect(requested).toHaveLength(2);
    const { posters, state, name } = walk.page;
    expect(new Set(posters.map(({ id }) => id)).size).toBe(SOME);
    expect(state).toBe("480 posters on this map. Start with any of them:");
    expect(name).toBeNull();
  });

  it("begins with those that fulfil the condition", async () => {
    await walk.ask(asked(nothing, "year > 1980"));
    const [, counted = "", drawn = ""] = requested;
    expect(counted).toContain("where=year+%3E+1980&limit=1");
    expect(drawn).toContain("where=year+%3E+1980");
    const offset = Number(new URLSearchParams(drawn.split("?")[1]).get("offset"));
    expect(offset).toBeLessThanOrEqual(300 - STRETCH);
    expect(walk.page.state).toBe("300 posters fulfil the condition. Start with any of them:");
  });

  it("lists titles of those that fulfil the condition", async () => {
    await walk.ask(asked(titled("ali en"), "year > 1980"));
    expect(requested).toEqual(["/v1/posters?q=ali+en&where=year+%3E+1980&limit=60"]);
    answers = () => ({ total: 0, posters: [] });
    await walk.ask(asked(titled("zzz"), "year > 1980"));
    expect(walk.page.state).toBe(texts.noneOfThose);
    await walk.ask(asked(titled("zzz")));
    expect(walk.page.state).toBe(texts.none);
  });

  it("draws any poster of those that fulfil the condition", async () => {
    await walk.ask(asked(like("p7"), "year > 1980"));
    requested = [];
    expect(await walk.any()).toMatchObject({ kind: "poster" });
    expect(requested.every((address) => address.includes("where=year+%3E+1980"))).toBe(true);
    answers = () => ({ total: 0, posters: [] });
    expect(await walk.any()).toBeUndefined();
    expect(walk.page.state).toBe(texts.nothingFound);
  });

  it("leads on to what is like a poster, and keeps the last list until that is there", async () => {
    await walk.ask(asked(nothing));
    const { posters } = walk.page;
    const going = walk.ask(asked(like("p7")));
    expect(walk.page).toMatchObject({ busy: true, state: texts.asking, posters });
    expect(await going).toBe(true);
    expect(walk.page).toMatchObject({ busy: false, name: "Like Alien (1979)", problem: null });
    expect(walk.page.with).toEqual({ kind: "poster", poster: alien, recognised: false });
    expect(walk.page.state).toBe("1 poster, the most similar first");
  });

  it("drops an answer that was overtaken", async () => {
    let late: (value: unknown) => void = () => undefined;
    const usual = answers;
    answers = (path, said) =>
      said.get("q") === "slow" ? new Promise((done) => (late = done)) : usual(path, said);
    const slow = walk.ask(asked(titled("slow")));
    expect(await walk.ask(asked(titled("quick")))).toBe(true);
    late({ total: 0, posters: [] });
    expect(await slow).toBe(false);
    expect(walk.page.heading).toBe("Posters called “quick”");
  });

  it("says what the server refuses, and goes on", async () => {
    answers = () => new Refused("no poster has the id 'p9'");
    expect(await walk.ask(asked(like("p9")))).toBe(false);
    expect(walk.page).toMatchObject({ heading: texts.noAnswer, posters: [], state: "" });
    expect(walk.page.problem).toEqual({ text: "No poster has the id 'p9'", again: false });
    answers = () => Promise.reject(new TypeError("offline"));
    await walk.ask(asked(titled("a")));
    expect(walk.page.problem).toEqual({ text: texts.silent, again: true });
    answers = () => ({ total: 1, posters: [alien] });
    await walk.ask(asked(titled("a")));
    expect(walk.page).toMatchObject({ problem: null, busy: false, posters: [alien] });
  });

  it("says why it does not take a picture", async () => {
    expect(walk.takes(100)).toBe(true); // nobody has said yet what is too large
    await walk.about(new AbortController().signal);
    expect(walk.takes(99)).toBe(true);
    expect(walk.takes(100)).toBe(false);
    expect(walk.page.problem?.text).toContain("Make it smaller");
    expect(walk.takes(0)).toBe(false);
    expect(walk.page.problem?.text).toBe(texts.empty);
  });

  it("reads a file's path where files are taken, but not while it is typed", async () => {
    expect(walk.readTitle("/a.png", false)).toEqual(titled("/a.png"));
    await walk.about(new AbortController().signal);
    expect(walk.readTitle("/a.png", true)).toBeNull();
    expect(walk.readTitle("/a.png", false)).toEqual({ kind: "file", file: "/a.png" });
    expect(walk.readTitle("Alien", true)).toEqual(titled("Alien"));
    expect(walk.readTitle("", true)).toEqual(nothing);
  });

  it("asks with a file, and says where it is a poster's picture", async () => {
    await walk.ask(asked({ kind: "file", file: "/a.png" }));
    expect(walk.page).toMatchObject({ heading: "Like /a.png", with: null });
    answers = (path) => (path === "/v1/similar" ? { asked: [alien], found: [], notes: [] } : alien);
    await walk.ask(asked({ kind: "file", file: "/a.png" }));
    expect(walk.page.with).toEqual({ kind: "poster", poster: alien, recognised: true });
    expect(walk.page.state).toBe(texts.nothingFound);
  });
});

it("a sample has no one twice, and all where more are wanted than there are", () => {
  expect(sample(2, [1, 2, 3], () => 0.99)).toEqual([3, 2]);
  expect(sample(9, [1, 2, 3]).sort()).toEqual([1, 2, 3]);
});

describe("the texts", () => {
  it.each([
    [100, "above 99.98%"],
    [99.5, "above 99.5%"],
    [98.96, "above 98%"],
    [0, "above 0%"],
    [null, ""],
  ])("%s percent of pairs is never said to be more", (percentile, said) => {
    const found = { ...alien, similarity: 1, percentile };
    expect(texts.worth(found)).toBe(said);
  });

  it("say how large a picture is so that it is more than what is taken", () => {
    expect(texts.large(34_000_000, 2 ** 25)).toContain("has 32.5 MiB; at most 32 are taken");
    expect(texts.large(2 ** 25 + 1, 2 ** 25)).toContain("has 32.1 MiB");
  });

  it.each([
    ["where = 'yeer > 3': no column yeer", "where = 'yeer > 3': no column yeer"],
    ["where: a condition of 1,200 characters", "where: a condition of 1,200 characters"],
    ["notes.txt: not an image", "notes.txt: not an image"],
    ["no poster has the id 'x'", "No poster has the id 'x'"],
  ])("call %s what it is called", (line, said) => {
    expect(texts.refusal(line)).toBe(said);
  });
});
