/** The server's API, as far as this page asks it; /v1/openapi.json tells all. */

export interface Poster {
  readonly id: string;
  readonly title: string;
  readonly year: number | null;
  readonly cell: readonly [number, number] | null;
  readonly picture: string;
  readonly map: string | null;
}

export interface Found extends Poster {
  readonly similarity: number;
  readonly percentile: number | null;
}

export interface Similar {
  readonly asked: readonly { readonly id: string | null; readonly title: string }[];
  readonly found: readonly Found[];
  readonly notes: readonly string[];
}

export interface Posters {
  readonly total: number;
  readonly posters: readonly Poster[];
}

export interface About {
  /** in the folder; those that triage left out are not on the map */
  readonly posters: number;
  readonly on_map: number;
  readonly columns: readonly string[];
  readonly pictures: "loading" | "ready" | "none";
  readonly why: string;
  readonly files: boolean;
  readonly largest: number;
}

/** What the server says no with: a line fit to be shown. */
export class Refusal extends Error {}

/** Nobody answers. */
export class Silence extends Error {}

async function ask<T>(path: string, signal: AbortSignal, sent: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...sent, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Silence();
  }
  const value = (await response.json().catch(() => ({}))) as { error?: string };
  if (!response.ok) throw new Refusal(value.error ?? `the server says ${response.status}`);
  signal.throwIfAborted(); // which an answer of which half has come does not say
  return value as T;
}

interface How {
  readonly where: string;
  readonly k: number;
}

interface Listed {
  readonly q?: string;
  readonly where: string;
  readonly offset?: number;
  readonly limit: number;
}

function said({ where, k }: How): string {
  return new URLSearchParams(where === "" ? { k: `${k}` } : { k: `${k}`, where }).toString();
}

export function about(signal: AbortSignal): Promise<About> {
  return ask("/v1/about", signal);
}

/** Posters that fulfil a condition, and have a title like `q` if there is one. */
export function posters(
  { q = "", where, offset = 0, limit }: Listed,
  signal: AbortSignal,
): Promise<Posters> {
  const all = { q, where, offset: offset === 0 ? "" : `${offset}`, limit: `${limit}` };
  const said = Object.entries(all).filter(([, text]) => text !== "");
  return ask(`/v1/posters?${new URLSearchParams(said)}`, signal);
}

export function poster(id: string, signal: AbortSignal): Promise<Poster> {
  return ask(`/v1/posters/${encodeURIComponent(id)}`, signal);
}

export function likePoster(id: string, how: How, signal: AbortSignal): Promise<Similar> {
  return ask(`/v1/posters/${encodeURIComponent(id)}/similar?${said(how)}`, signal);
}

export function likePicture(picture: Blob, how: How, signal: AbortSignal): Promise<Similar> {
  const headers = { "content-type": "application/octet-stream" };
  return ask(`/v1/similar?${said(how)}`, signal, { method: "POST", body: picture, headers });
}

export function likeFile(file: string, how: How, signal: AbortSignal): Promise<Similar> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ file });
  return ask(`/v1/similar?${said(how)}`, signal, { method: "POST", body, headers });
}
