/** Posters -> CSV or JSON text, every column in it. Pure. */
import type { Cluster, Poster } from "./contract";

/** What spreadsheets take for the start of a formula, which could do harm. */
const FORMULA = /^[=+\-@\t\r]/;
/** Excel takes a file without one for another encoding than UTF-8. */
const BYTE_ORDER_MARK = "\uFEFF";

/** RFC 4180, in UTF-8 with a byte order mark; a text that would be a formula gets an apostrophe before it. */
export function toCsv(posters: readonly Poster[], clusters: readonly Cluster[]): string {
  const further = furtherColumns(posters);
  const lines = posters.map((poster) => {
    const more = new Map(poster.more);
    return [
      poster.id,
      poster.title,
      poster.year ?? "",
      poster.tags.join("|"),
      poster.url,
      clusters[poster.cluster]?.name ?? "",
      ...further.map((name) => more.get(name) ?? ""),
    ];
  });
  const header = ["id", "title", "year", "tags", "url", "cluster", ...further];
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
    .slice(0, 60)
    .replace(/[. ]+$/, "");
  return `${safe === "" ? what : `${safe} ${what}`}.${extension}`;
}

/** The further columns of all posters, in the order in which they come up. */
function furtherColumns(posters: readonly Poster[]): string[] {
  return [...new Set(posters.flatMap(({ more }) => more.map(([name]) => name)))];
}

function field(value: string | number): string {
  if (typeof value === "number") return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
