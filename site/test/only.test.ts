import { describe, expect, it } from "vitest";
import { asksOnly, onlyTag, onlyYear, toggled } from "../src/state/only";
import { type Filter, NO_FILTER } from "../src/state/state";

const filter: Filter = {
  years: [1950, 1960],
  tags: ["Drama", "Noir"],
  tagMode: "none",
  clusters: ["day"],
};

describe("a filter by one tag or year only", () => {
  it("takes the place of other tags or years, leaves the other parts, and can be taken away", () => {
    const noir = toggled(filter, onlyTag("Noir"));
    expect(noir).toEqual({ ...filter, tags: ["Noir"], tagMode: "any" });
    expect(toggled(noir, onlyTag("Noir"))).toEqual({ ...filter, tags: [], tagMode: "any" });
    const year = toggled(filter, onlyYear(1955));
    expect(year).toEqual({ ...filter, years: [1955, 1955] });
    expect(toggled(year, onlyYear(1955))).toEqual({ ...filter, years: null });
  });

  it("is told from none, from more, and from its opposite", () => {
    const one = { ...NO_FILTER, tags: ["Noir"] };
    expect(asksOnly(one, onlyTag("Noir"))).toBe(true);
    expect(asksOnly({ ...one, tagMode: "all" }, onlyTag("Noir"))).toBe(true);
    expect(asksOnly({ ...one, tagMode: "none" }, onlyTag("Noir"))).toBe(false);
    expect(asksOnly(one, onlyTag("Drama"))).toBe(false);
    expect(asksOnly({ ...one, tags: ["Noir", "Drama"] }, onlyTag("Noir"))).toBe(false);
    expect(asksOnly(NO_FILTER, onlyTag("Noir"))).toBe(false);
    expect(asksOnly(NO_FILTER, onlyYear(1950))).toBe(false);
    expect(asksOnly(filter, onlyYear(1950))).toBe(false);
  });
});
