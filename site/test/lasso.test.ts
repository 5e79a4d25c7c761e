import { expect, test } from "vitest";
import type { MapData } from "../src/data/contract";
import { Geometry, type Point } from "../src/data/geometry";
import { cellsInBox, cellsInLasso, outlineOf } from "../src/map/lasso";

function geometryOf(columns: number, rows: number, holes: readonly number[] = []): Geometry {
  return new Geometry({
    columns,
    rows,
    holes,
    count: columns * rows - holes.length,
    cell: { width: 8, height: 12 },
    tiles: { size: 512, maxZoom: 3, extension: "webp", archives: null, margin: 0 },
  } as unknown as MapData);
}

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** A second witness: one ray a cell, by the even-odd rule. */
function inside(corners: readonly Point[], { x, y }: Point): boolean {
  let odd = false;
  corners.forEach((one, i) => {
    const other = corners[(i + 1) % corners.length] ?? one;
    if (one.y > y === other.y > y) return;
    if (x < one.x + ((y - one.y) / (other.y - one.y)) * (other.x - one.x)) odd = !odd;
  });
  return odd;
}

test("a box holds the cells whose middle is in it, from whichever corner it is drawn", () => {
  const geometry = geometryOf(5, 4);
  const expected = [6, 7, 11, 12];
  const [left, right, top, bottom] = [0.6, 2.9, 1.2, 2.6];
  for (const [x, otherX] of [[left, right] as const, [right, left] as const]) {
    for (const [y, otherY] of [[top, bottom] as const, [bottom, top] as const]) {
      const found = cellsInBox(geometry, { x, y }, { x: otherX, y: otherY });
      expect(found).toEqual(expected);
    }
  }
});

test("a box over more than the map holds all posters, but no hole", () => {
  const geometry = geometryOf(4, 3, [2, 7]);
  const all = cellsInBox(geometry, { x: -9, y: -9 }, { x: 99, y: 99 });
  expect(all).toEqual([0, 1, 3, 4, 5, 6, 8, 9, 10, 11]);
});

test("a box beside the map, and one without a middle in it, hold nothing", () => {
  const geometry = geometryOf(4, 3);
  expect(cellsInBox(geometry, { x: 5, y: 0 }, { x: 9, y: 3 })).toEqual([]);
  expect(cellsInBox(geometry, { x: -5, y: -5 }, { x: -1, y: 9 })).toEqual([]);
  expect(cellsInBox(geometry, { x: 1.6, y: 1.6 }, { x: 2.4, y: 2.4 })).toEqual([]);
});

test("a lasso holds what a ray through every cell says, crossing itself or not", () => {
  const next = random(7);
  const geometry = geometryOf(23, 17, [5, 40, 41, 200]);
  for (let round = 0; round < 60; round++) {
    const corners = Array.from({ length: 3 + (round % 12) }, () => ({
      x: next() * 29 - 3,
      y: next() * 23 - 3,
    }));
    const expected = Array.from(geometry.cells).filter((cell) =>
      inside(corners, geometry.middleOf(cell)),
    );
    expect(cellsInLasso(geometry, corners)).toEqual(expected);
  }
});

test("a lasso with corners at the very height of a row's middles misses and doubles none", () => {
  const geometry = geometryOf(5, 5);
  const diamond = [
    { x: 2.5, y: 0.5 },
    { x: 4.6, y: 2.5 },
    { x: 2.5, y: 4.6 },
    { x: 0.4, y: 2.5 },
  ];
  const found = cellsInLasso(geometry, diamond);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining([7, 10, 11, 12, 13, 14, 17]));
});

test("a lasso of a thousand corners over 170,000 posters is there in a blink", () => {
  const geometry = geometryOf(420, 405);
  const corners = Array.from({ length: 1000 }, (_, i) => {
    const angle = (i / 1000) * 2 * Math.PI;
    const radius = 190 + 10 * Math.sin(40 * angle);
    return { x: 210 + radius * Math.cos(angle), y: 202 + radius * Math.sin(angle) };
  });
  const start = performance.now();
  const found = cellsInLasso(geometry, corners);
  expect(performance.now() - start).toBeLessThan(2000);
  expect(found.length).toBeGreaterThan(100_000);
  expect(found.length).toBeLessThan(126_000);
});

test("the outline of a block is its four sides", () => {
  const geometry = geometryOf(5, 5);
  const block = cellsInBox(geometry, { x: 1, y: 1 }, { x: 4, y: 3 });
  const sides = outlineOf(geometry, block)?.map(([from, to]) => [from.x, from.y, to.x, to.y]);
  expect(sides?.sort()).toEqual(
    [
      [1, 1, 4, 1],
      [1, 3, 4, 3],
      [1, 1, 1, 3],
      [4, 1, 4, 3],
    ].sort(),
  );
});

test("an outline has every edge between inside and outside once, and no other", () => {
  const next = random(3);
  const geometry = geometryOf(9, 7);
  const cells = Array.from({ length: 63 }, (_, cell) => cell).filter(() => next() < 0.5);
  const expected = new Set<string>();
  for (const cell of cells) {
    const [x, y] = [cell % 9, Math.floor(cell / 9)];
    const edges = [
      [x, y - 1, `${x},${y} across`],
      [x, y + 1, `${x},${y + 1} across`],
      [x - 1, y, `${x},${y} down`],
      [x + 1, y, `${x + 1},${y} down`],
    ] as const;
    for (const [column, row, edge] of edges) {
      const outside = column < 0 || row < 0 || column > 8 || row > 6;
      if (outside || !cells.includes(row * 9 + column)) expected.add(edge);
    }
  }
  const found = outlineOf(geometry, cells)?.flatMap(([from, to]) => {
    const across = from.y === to.y;
    const length = to.x - from.x + (to.y - from.y);
    return Array.from({ length }, (_, i) =>
      across ? `${from.x + i},${from.y} across` : `${from.x},${from.y + i} down`,
    );
  });
  expect(found?.sort()).toEqual([...expected].sort());
});

test("an outline of too many lines is given up early, one of as many as may be is not", () => {
  const geometry = geometryOf(420, 405);
  const strewn = Array.from(geometry.cells).filter((cell) => (cell + Math.floor(cell / 420)) % 2);
  const seconds = (most: number): number => {
    const start = performance.now();
    outlineOf(geometry, strewn, most);
    return performance.now() - start;
  };
  expect(outlineOf(geometry, strewn, 20_000)).toBeNull();
  expect(seconds(20_000)).toBeLessThan(seconds(Infinity) / 2);
  expect(outlineOf(geometry, [0, 1, 420], 6)).toHaveLength(6);
  expect(outlineOf(geometry, [0, 1, 420], 5)).toBeNull();
});
