import { describe, expect, it } from "vitest";
import { meanOf, nearest, percentBelow } from "../src/find/likeness";
import { done } from "./done";

/** Rows as they are, row i in cell 2 * i; a row of null is on no map. */
function looked(rows: readonly (readonly number[] | null)[]) {
  const numbers = rows.find((row) => row !== null)?.length ?? 0;
  const flat = rows.map((row) => row ?? new Array<number>(numbers).fill(0));
  return {
    numbers,
    values: Int8Array.from(flat.flat()),
    scales: Float32Array.from(flat, (row) => 1 / (Math.hypot(...row) || Infinity)),
    cells: Int32Array.from(rows, (row, i) => (row === null ? -1 : 2 * i)),
    rowOf: (cell: number) => (cell % 2 === 0 && rows[cell / 2] ? cell / 2 : -1),
  };
}

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const many = (() => {
  const next = random(7);
  return Array.from({ length: 400 }, (_, i) =>
    i % 9 === 4 ? null : Array.from({ length: 12 }, () => Math.round(254 * next() - 127)),
  );
})();

describe("the nearest", () => {
  it("are those that looking at all, and sorting, finds", () => {
    const vectors = looked(many);
    const mixes = [
      [{ cell: 0, weight: 50 }],
      [
        { cell: 0, weight: 70 },
        { cell: 22, weight: 30 },
      ],
    ];
    for (const parts of mixes) {
      const mean = new Array<number>(12).fill(0);
      for (const { cell, weight } of parts) {
        const row = many[cell / 2]!;
        row.forEach((value, i) => (mean[i]! += (weight * value) / Math.hypot(...row)));
      }
      const expected = many
        .flatMap((row, i) => {
          if (row === null || parts.some(({ cell }) => cell === 2 * i)) return [];
          const dot = row.reduce((sum, value, at) => sum + value * mean[at]!, 0);
          return { cell: 2 * i, likeness: dot / Math.hypot(...row) / Math.hypot(...mean) };
        })
        .sort((one, other) => other.likeness - one.likeness)
        .slice(0, 10);
      const cells = parts.map(({ cell }) => cell);
      const found = done(nearest(vectors, meanOf(vectors, parts)!, 10, cells));
      expect(found.map(({ cell }) => cell)).toEqual(expected.map(({ cell }) => cell));
      found.forEach(({ likeness }, i) => expect(likeness).toBeCloseTo(expected[i]!.likeness, 5));
    }
  });

  it("are neither what was asked with, nor copies of it, nor others than are wanted", () => {
    const one = [127, 3];
    const vectors = looked([one, [127, 4], one, [127, -90], [-127, 0], null, [0, 0]]);
    const place = meanOf(vectors, [{ cell: 0, weight: 1 }])!;
    const found = (wanted?: (cell: number) => boolean) =>
      done(nearest(vectors, place, 9, [0], wanted)).map(({ cell }) => cell);
    expect(found()).toEqual([2, 6, 12, 8]);
    expect(found((cell) => cell !== 6)).toEqual([2, 12, 8]);
  });

  it("come in the order of rows where they are equally near", () => {
    const vectors = looked([
      [127, 0],
      [90, 127],
      [0, 1],
      [90, 127],
      [90, -127],
    ]);
    const place = meanOf(vectors, [{ cell: 0, weight: 1 }])!;
    expect(done(nearest(vectors, place, 2, [0])).map(({ cell }) => cell)).toEqual([2, 6]);
  });
});

describe("the mean", () => {
  const vectors = looked([
    [100, 0],
    [0, 10],
    [-127, 0],
    [0, 0],
  ]);

  it("is one of directions, of length 1", () => {
    const even = meanOf(vectors, [
      { cell: 0, weight: 10 },
      { cell: 2, weight: 10 },
    ])!;
    expect(even[0]).toBeCloseTo(Math.SQRT1_2);
    expect(even[1]).toBeCloseTo(Math.SQRT1_2);
  });

  it("is none where directions cancel out, or nothing counts, or nothing has a direction", () => {
    const none = [
      [
        { cell: 0, weight: 10 },
        { cell: 4, weight: 10 },
      ],
      [{ cell: 0, weight: 0 }],
      [{ cell: 6, weight: 10 }],
    ];
    for (const parts of none) expect(meanOf(vectors, parts)).toBeNull();
  });
});

describe("the share of random pairs that are less alike", () => {
  const quantiles = Array.from({ length: 1001 }, (_, i) => i - 500);

  it("is told to a tenth of a percent, and never more than it is", () => {
    expect(percentBelow(quantiles, -0.9)).toBe(0);
    expect(percentBelow(quantiles, 0)).toBe(49.9);
    expect(percentBelow(quantiles, 0.2503)).toBe(74.9);
    expect(percentBelow(quantiles, 0.9)).toBe(99.9);
  });

  it("is not known of a map with one poster", () => {
    expect(percentBelow([], 0.5)).toBeNull();
  });
});
