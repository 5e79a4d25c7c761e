/** Posters -> CSV or JSON text, every column in it. Pure. */
import type { Cluster, Poster } from "./contract";

/** What spreadsheets take for the start of a formula, which could do harm. */
const FORMULA = /^(?=[=+\-@\t\r])/;
/**
 * The same after what a spreadsheet may take for the end of a field, as ";" where numbers have a decimal
 * comma. Quotes are no help there: they do not stand at the start of what it takes for a field.
 */
const FORMULA_WITHIN = /([;\t\r\n])(?=[=+\-@])/g;
/** Excel takes a file without one for another encoding than UTF-8. */
const BYTE_ORDER_MARK = "\uFEFF";

/** RFC 4180, in UTF-8 with a byte order mark; all texts in quotes; one that would be a formula gets an apostrophe before it. */
export function toCsv(posters: readonly Poster[], clusters: readonly Cluster[]): string {
  const further = furtherColumns(posters);
  const lines = posters.map((poster) => {
    const more = new Map(poster.more);
    return [
      poster.id,
      poster.title,
      poster.year,
      poster.tags.join("|"),
      poster.url,
      clusters[poster.cluster]?.name ?? "",
      ...further.map((name) => more.get(name) ?? ""),
    ];
  });
  const header = distinct(["id", "title", "year", "tags", "url", "cluster", ...further]);
  return (
    BYTE_ORDER_MARK + [header, ...lines].map((line) => line.map(field).join(",") + "\r\n").join("")
  );
}

export function toJson(posters: readonly Poster[], clusters: readonly Cluster[]): string {
  const records = posters.map(({ id, title, year, tags, url, cluster, more }) => ({
    id,
    title,
    year,
    tags,
    url,
    cluster: clusters[cluster]?.name ?? null,
    more: Object.fromEntries(more),
  }));
  return JSON.stringify(records, null, 1) + "\n";
}

/** A file's name from the map's title, safe on every system. */
export function fileName(title: string, what: string, extension: string): string {
  const safe = title
    .replace(/[\p{Cc}\p{Cf}\\/:*?"<>|]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    // No more than 60 characters, none cut in two.
    .replace(/^(.{60}).*$/u, "$1")
    .replace(/[. ]+$/, "");
  return `${safe === "" ? what : `${safe} ${what}`}.${extension}`;
}

/** The further columns of all posters, in the order in which they come up. */
function furtherColumns(posters: readonly Poster[]): string[] {
  return [...new Set(posters.flatMap(({ more }) => more.map(([name]) => name)))];
}

/** A name that is taken gets a number: a map's own column may be called as one of ours. */
function distinct(names: readonly string[]): string[] {
  const [all, taken] = [new Set(names), new Set<string>()];
  return names.map((name) => {
    let free = name;
    for (let i = 2; taken.has(free) || (free !== name && all.has(free)); i++)
      free = `${name} (${i})`;
    taken.add(free);
    return free;
  });
}

function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const harmless = value.replace(FORMULA_WITHIN, "$1'").replace(FORMULA, "'");
  return `"${harmless.replaceAll('"', '""')}"`;
}
