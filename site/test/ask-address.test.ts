/** Of the search page: every address is what it says, and what is no address of ours asks for nothing. */
import { expect, test } from "vitest";
import { parseAddress, USUAL, writeAddress } from "../src/ask/address";

const plain = { where: "", k: USUAL };

test.each([
  ["/", { what: { kind: "nothing" }, ...plain }],
  ["/?like=abc", { what: { kind: "poster", id: "abc" }, ...plain }],
  ["/?title=A+%26+B%3F", { what: { kind: "title", text: "A & B?" }, ...plain }],
  ["/?file=%2Fa+b.png", { what: { kind: "file", file: "/a b.png" }, ...plain }],
  ["/?picture=0", { what: { kind: "picture", number: 0 }, ...plain }],
  [
    "/?like=abc&where=year+%3E+1980&k=60",
    { what: { kind: "poster", id: "abc" }, where: "year > 1980", k: 60 },
  ],
] as const)("%s is written as it is read", (address, asked) => {
  expect(parseAddress(address.slice(1))).toEqual(asked);
  expect(writeAddress(asked)).toBe(address);
});

test.each(["?k=13", "?k=x", "?picture=-1", "?picture=x", "?like=", "?%", "?utm=1"])(
  "%s asks for nothing",
  (search) => {
    expect(parseAddress(search)).toEqual({ what: { kind: "nothing" }, ...plain });
  },
);
