/** Style sheets and script agree on when a window is narrow, low or roomy. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CROWDED, LOW, NARROW, ROOMY, SHALLOW } from "../src/page/screens";

const folder = join(import.meta.dirname, "../src/style");

/** The media queries of a style sheet that ask for a size, a line each. */
function sizesIn(css: string): string[] {
  const queries = [...css.matchAll(/@media ([^{]+)\{/g)].map(([, query = ""]) => query);
  const lines = queries.map((query) => query.trim().replace(/\s+/g, " "));
  return lines.filter((query) => /width|height/.test(query));
}

/** What is left of a list of queries without the layouts. */
function withoutLayouts(query: string): string {
  const rest = [NARROW, LOW, ROOMY, CROWDED, SHALLOW].reduce(
    (left, layout) => left.replace(layout, ""),
    query,
  );
  return rest.replaceAll(", ", "");
}

test("every style sheet of the viewer knows the same layouts", () => {
  // The list beside the map and the galleries have no script, the search page has no map: they have their own.
  const own = ["list.css", "galleries.css", "ask.css"];
  const sheets = readdirSync(folder).filter((name) => !own.includes(name));
  const sizes = sheets.flatMap((name) => sizesIn(readFileSync(join(folder, name), "utf8")));
  expect(sizes.length).toBeGreaterThan(5);
  expect(sizes.filter((query) => withoutLayouts(query) !== "")).toEqual([]);
});
