import { describe, expect, it } from "vitest";
import { formatLink, parseLink } from "../src/link";

const whole = { place: null, poster: null };

describe("a link", () => {
  it.each([
    ["#abc1", { place: null, poster: "abc1" }],
    ["#123", { place: null, poster: "123" }],
    ["#3/1.5/2", { place: { zoom: 3, x: 1.5, y: 2 }, poster: null }],
    ["#-0.25/1/2.75/p9", { place: { zoom: -0.25, x: 1, y: 2.75 }, poster: "p9" }],
    ["", whole],
  ])("%s is read, and written the same", (hash, link) => {
    expect(parseLink(hash)).toEqual(link);
    expect(formatLink(link)).toBe(hash);
  });

  it.each(["#", "#1/2", "#a/b/c", "#1/2/3/4/5", "#Ü", "#1e9/0/0", "#NaN/0/0", "#%E0", "#../x"])(
    "%s that is none of ours is the whole map",
    (hash) => expect(parseLink(hash)).toEqual(whole),
  );

  it("is read where a messenger has escaped it", () => {
    expect(parseLink("#3%2F1%2F2%2Fp9")).toEqual(parseLink("#3/1/2/p9"));
  });

  it("to a place keeps the place when its poster is no id", () => {
    expect(parseLink("#3/1/2/<b>")).toEqual(parseLink("#3/1/2"));
  });

  it("has at most two decimals, and no minus zero", () => {
    expect(formatLink({ place: { zoom: 1.23456, x: 10 / 3, y: -0.001 }, poster: null })).toBe(
      "#1.23/3.33/0",
    );
  });
});
