/**
 * Vectors and a place among them -> the posters nearest to it, and what their likeness is worth. Pure.
 *
 * As `mapmaker similar` and `mapmaker mix` do it: likeness is the cosine, a mix the weighted mean of directions; what was
 * asked with is left out, and so are exact copies of it.
 */
import type { Steps } from "../data/slices";
import type { Vectors } from "../data/vectors";
import type { Alike } from "../state/state";

/** Numbers looked at in one step, some milliseconds. */
const STEP = 2 ** 21;
/** Length of a mean below which its direction is chance. */
const NOTHING = 1e-6;

/** What is looked among. */
type Looked = Pick<Vectors, "numbers" | "values" | "scales" | "cells" | "rowOf">;

/** A cell, and how much it counts. */
export interface Weighed {
  readonly cell: number;
  readonly weight: number;
}

/** The weighted mean of cells' directions, of length 1; null where they cancel out, or count nothing. */
export function meanOf(vectors: Looked, parts: readonly Weighed[]): Float32Array | null {
  const { numbers, values, scales } = vectors;
  const mean = new Float64Array(numbers);
  const all = parts.reduce((sum, { weight }) => sum + weight, 0);
  for (const { cell, weight } of parts) {
    const row = vectors.rowOf(cell);
    if (row < 0) continue;
    const share = (weight / all) * scales[row]!;
    for (let i = 0; i < numbers; i++) mean[i]! += share * values[row * numbers + i]!;
  }
  const length = Math.hypot(...mean);
  // Not a number where nothing counts.
  return length >= NOTHING ? Float32Array.from(mean, (value) => value / length) : null;
}

/** The `most` posters nearest to a place, nearest first; not those `without`, nor whom `wanted` refuses. */
export function* nearest(
  vectors: Looked,
  place: Float32Array,
  most: number,
  without: readonly number[],
  wanted: (cell: number) => boolean = () => true,
): Steps<Alike[]> {
  const { numbers, values, scales, cells } = vectors;
  const asked = without.map((cell) => vectors.rowOf(cell)).filter((row) => row >= 0);
  const best: { row: number; likeness: number }[] = [];
  let least = -Infinity;
  const rowsAStep = Math.max(1, Math.floor(STEP / numbers));
  for (let row = 0; row < cells.length; row++) {
    if (row % rowsAStep === rowsAStep - 1) yield;
    const cell = cells[row]!;
    if (cell < 0) continue;
    let sum = 0;
    for (let i = 0, at = row * numbers; i < numbers; i++, at++) sum += place[i]! * values[at]!;
    const likeness = sum * scales[row]!;
    if (best.length === most && likeness <= least) continue;
    if (!wanted(cell) || asked.some((other) => same(vectors, row, other))) continue;
    insert(best, { row, likeness });
    if (best.length > most) best.pop();
    least = best.at(-1)!.likeness;
  }
  return best.map(({ row, likeness }) => ({
    cell: cells[row]!,
    likeness: Math.min(1, Math.max(-1, likeness)),
  }));
}

/** Into a list that descends, behind its equals. */
function insert<T extends { readonly likeness: number }>(best: T[], one: T): void {
  let [low, high] = [0, best.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (best[middle]!.likeness >= one.likeness) low = middle + 1;
    else high = middle;
  }
  best.splice(low, 0, one);
}

/** Whether two rows are one, or copies of each other. */
function same({ numbers, values }: Looked, row: number, other: number): boolean {
  if (row === other) return true;
  for (let i = 0; i < numbers; i++) {
    if (values[row * numbers + i] !== values[other * numbers + i]) return false;
  }
  return true;
}

/**
 * How many percent of random pairs of the map's posters are less alike, to a tenth, never more than it is and at most
 * 99.9; null where nobody knows.
 */
export function percentBelow(quantiles: readonly number[], likeness: number): number | null {
  if (quantiles.length < 2) return null;
  const thousandths = Math.round(likeness * 1000);
  let [low, high] = [0, quantiles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! < thousandths) low = middle + 1;
    else high = middle;
  }
  const share = Math.max(0, low - 1) / (quantiles.length - 1);
  return Math.min(99.9, Math.floor(share * 1000 + 1e-9) / 10);
}
