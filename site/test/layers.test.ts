/** Folders of src/, lowest first: each imports only from itself and from those before it. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");
const LAYERS = ["data", "state", "page", "find", "map", "panels", "ask", ""];

function folderOf(file: string): string {
  const parts = relative(src, file).split(sep);
  return parts.length > 1 ? (parts[0] ?? "") : "";
}

test("every folder is a layer, and imports go downwards", () => {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(files.length).toBeGreaterThan(40);
  const upwards = files.flatMap((name) => {
    const file = join(src, name);
    const layer = LAYERS.indexOf(folderOf(file));
    const imports = [...readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)];
    return imports
      .map(([, path = ""]) => join(dirname(file), path))
      .filter((target) => layer < 0 || LAYERS.indexOf(folderOf(target + ".ts")) > layer)
      .map((target) => `${name} imports ${relative(src, target)}`);
  });
  expect(upwards).toEqual([]);
});
