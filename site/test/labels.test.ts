import { expect, test } from "vitest";
import type { Cluster } from "../src/data/contract";
import type { Rect } from "../src/data/geometry";
import { placeLabels } from "../src/map/placing";
import { route } from "../src/map/route";

const map = { width: 600, height: 400 };

function box(x: number, y: number, width = 100, height = 20): Rect {
  return { x, y, width, height };
}

test("labels with room between them stay where they are", () => {
  expect(placeLabels([box(10, 10), box(200, 10), box(10, 100)], map)).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 0 },
    { x: 0, y: 0 },
  ]);
});

test("of two that would overlap, or all but touch, the first stays", () => {
  expect(placeLabels([box(10, 10), box(60, 20), box(112, 10)], map)).toEqual([
    { x: 0, y: 0 },
    null,
    null,
  ]);
});

test("one that left room for none leaves none: the third may stand where the second could not", () => {
  const [, second, third] = placeLabels([box(0, 0), box(90, 0), box(150, 0)], map);
  expect(second).toBeNull();
  expect(third).toEqual({ x: 0, y: 0 });
});

test("a label over the map's edge is moved onto it", () => {
  expect(placeLabels([box(-30, -5), box(550, 395)], map)).toEqual([
    { x: 30, y: 5 },
    { x: -50, y: -15 },
  ]);
});

test("a label larger than the map is left out", () => {
  expect(placeLabels([box(0, 0, 700), box(0, 0, 100, 500)], map)).toEqual([null, null]);
});

test("however many there are, no two placed ones overlap, and all are on the map", () => {
  let state = 11;
  const next = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  const boxes = Array.from({ length: 150 }, () =>
    box(next() * 700 - 50, next() * 500 - 50, 30 + next() * 120, 20),
  );
  const placed = placeLabels(boxes, map).flatMap((move, i) => {
    const found = boxes[i];
    if (move === null || found === undefined) return [];
    return [{ ...found, x: found.x + move.x, y: found.y + move.y }];
  });
  expect(placed.length).toBeGreaterThan(10);
  for (const [i, one] of placed.entries()) {
    expect(one.x >= 0 && one.x + one.width <= map.width + 1e-9).toBe(true);
    for (const other of placed.slice(i + 1)) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + one.height <= other.y ||
        other.y + other.height <= one.y;
      expect(apart).toBe(true);
    }
  }
});

test("a tour starts at the largest cluster and goes on to the nearest that is left", () => {
  const cluster = (slug: string, size: number, x: number): Cluster => {
    return { slug, name: slug, size, cell: [x, 0] };
  };
  const clusters = [
    cluster("a", 5, 0),
    cluster("b", 9, 10),
    cluster("c", 2, 12),
    cluster("d", 3, 4),
  ];
  expect(route(clusters).map(({ slug }) => slug)).toEqual(["b", "c", "d", "a"]);
  expect(route([])).toEqual([]);
});

test("a tour of very many clusters leads to the 60 largest, and is planned in a blink", () => {
  const clusters = Array.from({ length: 5000 }, (_, i): Cluster => {
    return { slug: `c${i}`, name: "", size: i + 1, cell: [(i * 37) % 400, (i * 91) % 400] };
  });
  const start = performance.now();
  const stops = route(clusters);
  expect(performance.now() - start).toBeLessThan(1000);
  expect(stops.map(({ size }) => size).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 60 }, (_, i) => 4941 + i),
  );
});
