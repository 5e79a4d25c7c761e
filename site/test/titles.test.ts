import { describe, expect, it } from "vitest";
import { fold, Titles, wordsOf } from "../src/find/titles";
import { done } from "./done";

function found(texts: readonly string[], query: string): string[] {
  const titles = done(Titles.read(texts));
  return Array.from(done(titles.search(query)), (index) => texts[index] ?? "?");
}

const FILMS = [
  "Metropolis",
  "The Kid",
  "The Night of the Hunter",
  "Night and the City",
  "Schindler's List",
  "Le Fabuleux Destin d'Amélie Poulain",
  "L’Été meurtrier",
  "Ønskefilmen",
  "Straße der Sünde",
  "2001: A Space Odyssey",
  "Spider-Man",
  "Kid Galahad",
  "The Skidder",
  "Броненосец «Потёмкин»",
  "東京物語",
  "となりのトトロ",
  "기생충",
  "[REC]",
  "C++ (a love story)",
  "???",
];

describe("a query", () => {
  it.each([
    ["metropolis", "Metropolis"],
    ["METRO", "Metropolis"],
    ["polis", "Metropolis"],
    ["amelie", "Le Fabuleux Destin d'Amélie Poulain"],
    ["AMÉLIE fabuleux", "Le Fabuleux Destin d'Amélie Poulain"],
    ["schindlers", "Schindler's List"],
    ["schindler’s", "Schindler's List"],
    ["lete", "L’Été meurtrier"],
    ["onske", "Ønskefilmen"],
    ["strasse", "Straße der Sünde"],
    ["odyssey 2001", "2001: A Space Odyssey"],
    ["hunter night", "The Night of the Hunter"],
    ["spider man", "Spider-Man"],
    ["потемкин", "Броненосец «Потёмкин»"],
    ["物語", "東京物語"],
    ["トトロ", "となりのトトロ"],
    ["기생", "기생충"],
    ["[rec]", "[REC]"],
    ["c++", "C++ (a love story)"],
    ["???", "???"],
  ])("“%s” finds %s first", (query, title) => expect(found(FILMS, query)[0]).toBe(title));

  it.each([
    ["metroplis", "Metropolis"],
    ["metropoliss", "Metropolis"],
    ["metorpolis", "Metropolis"],
    ["metrapolis", "Metropolis"],
    ["odissey", "2001: A Space Odyssey"],
    ["schindlr list", "Schindler's List"],
    ["броненосиц", "Броненосец «Потёмкин»"],
    ["hunetr of nihgt", "The Night of the Hunter"],
  ])("“%s”, mistyped, finds %s", (query, title) => expect(found(FILMS, query)).toEqual([title]));

  it.each(["", "  ", "zzz", "metropolis kid", "\\", "(((", "2002"])("“%s” finds nothing", (query) =>
    expect(found(FILMS, query)).toEqual([]),
  );

  it("finds what is that, begins so, holds the word, begins a word so, and holds it inside, in this order", () => {
    const texts = ["Skidder", "A Kidnapping", "The Kid", "Kidnapped", "Kid Galahad", "Kid"];
    expect(found(texts, "kid")).toEqual([
      "Kid",
      "Kid Galahad",
      "The Kid",
      "Kidnapped",
      "A Kidnapping",
      "Skidder",
    ]);
  });

  it("finds exact matches before mistyped ones", () => {
    expect(found(["Matrix", "Matrxi", "The Matrix"], "matrix")).toEqual([
      "Matrix",
      "The Matrix",
      "Matrxi",
    ]);
  });

  it("finds the same after another, whether it narrows that one down or not", () => {
    const titles = done(Titles.read(FILMS));
    for (const query of [
      "n",
      "ni",
      "nig",
      "night",
      "night c",
      "kid",
      "k",
      "the",
      "the kid",
      "he",
    ]) {
      expect(done(titles.search(query))).toEqual(done(done(Titles.read(FILMS)).search(query)));
    }
  });

  it("puts first, of more than anyone reads, those that begin with it, and leaves the others as they are", () => {
    const texts = Array.from({ length: 30_000 }, (_, i) => (i % 7 === 5 ? "k" : "a k") + ` ${i}`);
    const begin = texts.filter((text) => text.startsWith("k"));
    const others = texts.filter((text) => !text.startsWith("k"));
    const shortest = [...begin].sort((a, b) => a.length - b.length);
    expect(found(texts, "k")).toEqual([...shortest, ...others]);
  });

  it("finds every text that holds all its words, and without typing errors no other", () => {
    const syllables = ["ka", "lo", "mi", "ren", "tor", "sha"];
    const texts = Array.from({ length: 2000 }, (_, i) =>
      [i % 6, Math.floor(i / 6) % 6, Math.floor(i / 36) % 6, i % 5]
        .map((n, at) => (at === 2 ? " " : "") + (syllables[n] ?? ""))
        .join(""),
    );
    for (const query of ["ka", "tor lo", "mi ren", "aka"]) {
      const words = query.split(" ");
      const expected = texts.filter((text) => words.every((word) => text.includes(word)));
      expect(expected.length).toBeGreaterThan(8);
      expect(found(texts, query).sort()).toEqual(expected.sort());
    }
  });

  it("stands up to texts and queries of any length", () => {
    const long = "long ".repeat(2000);
    expect(found([long, "short"], "long")).toEqual([long]);
    expect(found([long, "short"], long)).toEqual([long]);
    expect(found(["a".repeat(199)], "a".repeat(10_000))).toEqual([]);
    expect(found([`${"ab ".repeat(66)}ab`], "ab ".repeat(3000))).toHaveLength(1);
    expect(found(FILMS, "kid ".repeat(1000) + "the")).toContain("The Kid");
  });
});

describe("folding", () => {
  it("keeps what differs by more than an accent apart", () => {
    expect(fold("が")).not.toBe(fold("か"));
    expect(fold("कि")).not.toBe(fold("क"));
    expect(fold("Ｆｕｌｌ ﬁlm Ï")).toBe("full film i");
  });

  it("gives each word once, and signs only where there is nothing else", () => {
    expect(wordsOf("The the, (THE) kid?")).toEqual(["the", "kid"]);
    expect(wordsOf(" ?! ")).toEqual(["?!"]);
  });
});
