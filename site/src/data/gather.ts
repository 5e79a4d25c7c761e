/** Cells -> posters, many at once: each file is asked for once, a few at a time. */
import type { Catalog } from "./catalog";
import type { Poster } from "./contract";
import type { Geometry } from "./geometry";

/** Files under way at once. */
const AT_ONCE = 4;

/**
 * The posters of cells, in the cells' order; rejects with ShardError if a file of theirs is missing.
 *
 * `progress` hears how many of how many files are here; an aborted signal ends the loading with its reason.
 * After a failure nothing more is asked for, and nothing more said.
 */
export async function gather(
  cells: readonly number[],
  geometry: Geometry,
  catalog: Catalog,
  progress: (done: number, all: number) => void,
  signal: AbortSignal,
): Promise<Poster[]> {
  const groups = [...byFile(cells, geometry).values()];
  const found = new Map<number, Poster>();
  let [next, done] = [0, 0];
  let over = false;
  const work = async (): Promise<void> => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) {
      signal.throwIfAborted();
      const posters = await Promise.all(group.map((cell) => catalog.poster(cell)));
      if (over) return;
      for (const poster of posters) found.set(poster.cell, poster);
      progress(++done, groups.length);
    }
  };
  progress(0, groups.length);
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    over = true;
  }
  signal.throwIfAborted();
  return cells.flatMap((cell) => found.get(cell) ?? []);
}

function byFile(cells: readonly number[], geometry: Geometry): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const cell of cells) {
    const file = geometry.posterShardOf(cell);
    const group = groups.get(file);
    if (group === undefined) groups.set(file, [cell]);
    else group.push(cell);
  }
  return groups;
}
