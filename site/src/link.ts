/** The address's hash <-> a link: a place, a poster, or both. */
import type { Point } from "./geometry";

/** What the view shows: zoom, and the cell coordinates of its middle. */
export interface Place extends Point {
  readonly zoom: number;
}

export interface Link {
  readonly place: Place | null;
  /** A poster's id. */
  readonly poster: string | null;
}

/** Hash with or without its `#`; what is no link of ours is the link to the whole map. */
export function parseLink(hash: string): Link {
  const parts = decode(hash.replace(/^#/, "")).split("/");
  const poster = parts.length === 1 || parts.length === 4 ? parts.at(-1) : undefined;
  const named = poster !== undefined && /^[a-z0-9]+$/.test(poster) ? poster : null;
  return {
    place: parts.length >= 3 && parts.length <= 4 ? parsePlace(parts) : null,
    poster: named,
  };
}

function parsePlace(parts: readonly string[]): Place | null {
  const numbers = parts.slice(0, 3).map((part) => (/^-?\d+(\.\d+)?$/.test(part) ? +part : NaN));
  const [zoom = NaN, x = NaN, y = NaN] = numbers;
  return Number.isFinite(zoom + x + y) ? { zoom, x, y } : null;
}

export function formatLink({ place, poster }: Link): string {
  const parts = place === null ? [] : [place.zoom, place.x, place.y].map(short);
  if (poster !== null) parts.push(poster);
  return parts.length === 0 ? "" : `#${parts.join("/")}`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100 || 0);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
