/** What the build promises to older browsers: it rewrites syntax for them, but adds nothing that they lack. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");

/** Newer than Chrome 105, Firefox 110 or Safari 15.4, the targets of build.mjs. */
const NEWER = [
  /URL\.(canParse|parse)\b/,
  /\.(toSorted|toReversed|toSpliced)\(/,
  /\b(requestIdleCallback|groupBy|withResolvers|fromAsync|checkVisibility)\b/,
  /AbortSignal\.(any|timeout)\b/,
  /\(\?<[=!]/,
  /:has\(/,
  /\b(color-mix|light-dark|oklch)\(/,
  /@(container|scope|starting-style)\b/,
  /\btext-wrap\b/,
  /\d[ds]v[hw]\b/,
];

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) =>
  /\.(ts|css)$/.test(path),
);

test.each(files)("%s uses nothing that the browsers it is built for do not have", (path) => {
  const text = readFileSync(join(source, path), "utf8").replace(/\/\*.*?\*\//gs, "");
  expect(NEWER.filter((feature) => feature.test(text))).toEqual([]);
});
