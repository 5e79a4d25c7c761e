/** The shared fixture: names -> values, by running its scripts as a page would. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

export const fixture = join(import.meta.dirname, "fixture");
const folder = join(fixture, "data");

/** Names as the contract has them: paths below data/ without .js. */
export const names: readonly string[] = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".js"))
  .map((path) => path.replaceAll("\\", "/").replace(/\.js$/, ""));

export function source(name: string, kind = "data"): string {
  return readFileSync(join(fixture, kind, `${name}.js`), "utf8");
}

/** The message that a script of the fixture pushes. */
export function message(
  name: string,
  kind?: string,
): [name: string, value: Record<string, unknown>] {
  const context: { mapmaker?: unknown[] } = {};
  runInNewContext(source(name, kind), Object.assign(context, { self: context }));
  // Through JSON, since another context's objects have another prototype.
  return JSON.parse(JSON.stringify(context.mapmaker?.[0])) as [string, Record<string, unknown>];
}

export function value(name: string, kind?: string): Record<string, unknown> {
  return message(name, kind)[1];
}
