/** The address's query <-> what is asked: a walk from poster to poster has an address each. */

export type What =
  | { readonly kind: "nothing" }
  /** posters with a title like this one */
  | { readonly kind: "title"; readonly text: string }
  /** like the poster of this id */
  | { readonly kind: "poster"; readonly id: string }
  /** like a file of the server's machine */
  | { readonly kind: "file"; readonly file: string }
  /** like a picture that this page holds, by its number */
  | { readonly kind: "picture"; readonly number: number };

export interface Asked {
  readonly what: What;
  /** only posters that fulfil it */
  readonly where: string;
  /** how many */
  readonly k: number;
}

export const COUNTS = [12, 24, 60, 120] as const;
export const USUAL = 24;

/** What is no address of ours asks for nothing. */
export function parseAddress(search: string): Asked {
  const said = new URLSearchParams(search);
  const k = Number(said.get("k"));
  return {
    what: parseWhat(said),
    where: said.get("where") ?? "",
    k: COUNTS.find((count) => count === k) ?? USUAL,
  };
}

function parseWhat(said: URLSearchParams): What {
  const { like, title, file, picture } = Object.fromEntries(said);
  if (like) return { kind: "poster", id: like };
  if (title) return { kind: "title", text: title };
  if (file) return { kind: "file", file };
  if (picture && /^\d{1,6}$/.test(picture)) return { kind: "picture", number: Number(picture) };
  return { kind: "nothing" };
}

export function writeAddress({ what, where, k }: Asked): string {
  const said = new URLSearchParams();
  if (what.kind === "poster") said.set("like", what.id);
  if (what.kind === "title") said.set("title", what.text);
  if (what.kind === "file") said.set("file", what.file);
  if (what.kind === "picture") said.set("picture", String(what.number));
  if (where !== "") said.set("where", where);
  if (k !== USUAL) said.set("k", String(k));
  const text = said.toString();
  return text === "" ? "/" : `/?${text}`;
}
