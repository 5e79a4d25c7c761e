import { expect, test } from "vitest";
import type { Catalog } from "../src/data/catalog";
import type { Cluster, MapData, Poster } from "../src/data/contract";
import { gather } from "../src/data/gather";
import { Geometry } from "../src/data/geometry";
import { fileName, toCsv, toJson } from "../src/data/selection";
import { ShardError } from "../src/data/shards";

const clusters: readonly Cluster[] = [{ slug: "noir", name: "Noir", size: 2, cell: [0, 0] }];

function poster(parts: Partial<Poster> = {}): Poster {
  const rest = { cell: 0, id: "a1", title: "One", year: 1999, tags: [], url: "", cluster: -1 };
  return { ...rest, more: [], similar: [], alike: null, ...parts };
}

/** A second witness: RFC 4180, read letter by letter; quotes mean something at a field's start only. */
function parse(csv: string, separator = ","): string[][] {
  const rows: string[][] = [[]];
  let field = "";
  let quoted = false;
  const text = csv.replace(/^\uFEFF/, "");
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text.charAt(i + 1) === '"') field += text.charAt(i++);
      else quoted = false;
    } else if (letter === '"' && field === "") quoted = true;
    else if (letter === separator) {
      rows.at(-1)?.push(field);
      field = "";
    } else if (text.startsWith("\r\n", i)) {
      rows.at(-1)?.push(field);
      field = "";
      rows.push([]);
      i++;
    } else field += letter;
  }
  expect(quoted).toBe(false);
  expect(rows.pop()).toEqual([]);
  return rows;
}

test("a CSV has a byte order mark, a header, and a line a poster, ended as RFC 4180 says", () => {
  const csv = toCsv(
    [poster({ tags: ["Drama", "War"], cluster: 0, url: "https://e.org/" })],
    clusters,
  );
  expect(csv).toBe(
    '\uFEFF"id","title","year","tags","url","cluster"\r\n' +
      '"a1","One",1999,"Drama|War","https://e.org/","Noir"\r\n',
  );
});

test("what a CSV's marks are made of comes back whole", () => {
  const titles = ['say "hi"', "a,b", "two\nlines", "cr\r\nlf", '"', "", "ünïcode \u202e", "a;b"];
  const csv = toCsv(
    titles.map((title) => poster({ title })),
    clusters,
  );
  expect(parse(csv).map((row) => row[1])).toEqual(["title", ...titles]);
});

test("no field can be taken for a formula", () => {
  const starts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=cmd|"/C calc"!A1'];
  const posters = starts.map((title) =>
    poster({ title, tags: [title], more: [[`=${title}`, title]] }),
  );
  for (const row of parse(toCsv(posters, clusters))) {
    for (const value of row) expect(value).not.toMatch(/^[=+\-@\t\r]/);
  }
});

test("nor can a part of a field, where semicolons or tabs end fields", () => {
  const titles = ["x;=1+1", "x\t@SUM(A1)", "x\n=1+1", "\t=1", ";+1;-1", '";=1+1'];
  const csv = toCsv(
    titles.map((title) => poster({ title })),
    clusters,
  );
  for (const separator of [";", "\t"]) {
    // As a spreadsheet does, which ends a line at any line break that is not in quotes.
    const rows = parse(csv.replace(/\r?\n/g, "\r\n"), separator);
    for (const value of rows.flat()) expect(value).not.toMatch(/^[=+\-@]/);
  }
});

test("a further column called as one of ours, or as what that would become, has a name of its own", () => {
  const more = ["id", "title", "id (2)", "Cluster"].map((name) => [name, `my ${name}`] as const);
  const [header, row] = parse(toCsv([poster({ more })], clusters));
  expect(header?.slice(6)).toEqual(["id (3)", "title (2)", "id (2)", "Cluster"]);
  expect(row?.slice(6)).toEqual(["my id", "my title", "my id (2)", "my Cluster"]);
});

test("a year before our era stays a number", () => {
  expect(parse(toCsv([poster({ year: -44 })], clusters))[1]?.[2]).toBe("-44");
});

test("further columns of all posters are there, empty where a poster has none", () => {
  const posters = [
    poster({ more: [["director", "Jane"]] }),
    poster({
      more: [
        ["country", "FR"],
        ["director", "Joe"],
      ],
    }),
    poster({ year: null }),
  ];
  const rows = parse(toCsv(posters, clusters)).map((row) => row.slice(6));
  expect(rows).toEqual([
    ["director", "country"],
    ["Jane", ""],
    ["Joe", "FR"],
    ["", ""],
  ]);
});

test("JSON holds the same, with types", () => {
  const more = [["__proto__", "x"]] as const;
  const [first, second] = JSON.parse(
    toJson([poster({ cluster: 0, more, tags: ["a"] }), poster({ year: null })], clusters),
  ) as Record<string, unknown>[];
  expect(first).toMatchObject({ id: "a1", title: "One", year: 1999, tags: ["a"], cluster: "Noir" });
  expect(Object.entries(first?.["more"] ?? {})).toEqual([["__proto__", "x"]]);
  expect(second).toMatchObject({ year: null, cluster: null });
});

test("a file's name is safe whatever the map is called", () => {
  expect(fileName("Polish posters", "selection", "csv")).toBe("Polish posters selection.csv");
  expect(fileName('../a\\b:"c"\n', "selection", "csv")).toBe(".. a b c selection.csv");
  expect(fileName("\u202e///", "selection", "json")).toBe("selection.json");
  expect(fileName("x".repeat(500), "selection", "json").length).toBeLessThan(80);
  const cut = fileName(`x${"\u{1F3AC}".repeat(80)}`, "selection", "json");
  expect(cut).toBe(`x${"\u{1F3AC}".repeat(59)} selection.json`);
});

function library(log: string[]): { geometry: Geometry; catalog: Catalog } {
  const map = { columns: 8, rows: 4, holes: [], shardSide: 2, tiles: { margin: 0 }, cell: {} };
  const geometry = new Geometry(map as unknown as MapData);
  const catalog = {
    poster: async (cell: number) => {
      log.push(geometry.posterShardOf(cell));
      await Promise.resolve();
      return poster({ cell });
    },
  };
  return { geometry, catalog: catalog as unknown as Catalog };
}

test("posters are gathered file by file, and come in the order of the cells", async () => {
  const log: string[] = [];
  const { geometry, catalog } = library(log);
  const cells = [0, 1, 2, 3, 8, 9, 10, 11, 31];
  const said: string[] = [];
  const tell = (done: number, all: number) => void said.push(`${done}/${all}`);
  const found = await gather(cells, geometry, catalog, tell, new AbortController().signal);
  expect(found.map(({ cell }) => cell)).toEqual(cells);
  expect(log.filter((file, i) => file !== log[i - 1])).toEqual([...new Set(log)]);
  expect(said).toEqual(["0/3", "1/3", "2/3", "3/3"]);
});

test("what is no longer wanted is not gathered", async () => {
  const { geometry, catalog } = library([]);
  const control = new AbortController();
  control.abort();
  const gathered = gather([0, 9], geometry, catalog, () => undefined, control.signal);
  await expect(gathered).rejects.toThrow();
});

test("after a file has failed, no other is asked for, and nothing more is said", async () => {
  const { geometry } = library([]);
  const asked: number[] = [];
  const said: string[] = [];
  const catalog = {
    poster: async (cell: number) => {
      asked.push(cell);
      if (cell === 0) throw new ShardError("data/posters/0-0.js");
      await new Promise((resolve) => setTimeout(resolve, 1));
      return poster({ cell });
    },
  } as unknown as Catalog;
  const cells = [0, 2, 4, 6, 16, 18, 20, 22];
  const tell = (done: number, all: number) => void said.push(`${done}/${all}`);
  const gathered = gather(cells, geometry, catalog, tell, new AbortController().signal);
  await expect(gathered).rejects.toThrow(ShardError);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked).toEqual([0, 2, 4, 6]);
  expect(said).toEqual(["0/8"]);
});
