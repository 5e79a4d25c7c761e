import { describe, expect, it } from "vitest";
import { askedFor } from "../src/panels/asked";
import { parseLink } from "../src/state/link";

const clusters = [
  { slug: "day", name: "By day", size: 1, cell: [0, 0] as const },
  { slug: "night", name: "By night", size: 1, cell: [1, 0] as const },
  { slug: "7", name: "", size: 1, cell: [2, 0] as const },
  { slug: "8", name: "", size: 1, cell: [3, 0] as const, shade: "Pale blue" },
];

describe("what is asked for", () => {
  it.each([
    ["#", ""],
    ["#?q=+", ""],
    ["#?q=river+&years=1950-1960&any=Drama", "“river”, 1950 to 1960, Drama"],
    ["#?q=river&in=director", "director: “river”"],
    ["#?years=1950-1950", "1950"],
    ["#?any=Drama&any=Noir", "Drama or Noir"],
    ["#?all=Drama&all=Noir&cluster=day&cluster=night", "Drama and Noir, By day or By night"],
    ["#?any=Drama&cluster=7&cluster=day", "Drama, Cluster 7 or By day"],
    ["#?cluster=8", "Pale blue"],
    ["#?none=Drama&none=Noir", "not Drama, not Noir"],
  ])("by %s is said in words", (hash, said) => {
    expect(askedFor(parseLink(hash), { clusters })).toBe(said);
  });
});
