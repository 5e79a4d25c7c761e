/** Boxes of labels -> where each is put so that none stands on another or off the map. Pure. */
import type { Size } from "../data/contract";
import { clamp, type Point, type Rect } from "../data/geometry";

/** Least screen pixels between two labels: most of what one sees must be posters. */
const APART = 32;

/**
 * How far to move each box to put it on the map; null: there is no room left for it.
 *
 * The first have the first choice. A box that is wider or higher than the map is left out.
 */
export function placeLabels(boxes: readonly Rect[], map: Size): (Point | null)[] {
  const placed: Rect[] = [];
  return boxes.map((box) => {
    if (box.width > map.width || box.height > map.height) return null;
    const put = {
      ...box,
      x: clamp(box.x, 0, map.width - box.width),
      y: clamp(box.y, 0, map.height - box.height),
    };
    if (placed.some((other) => tooNear(put, other))) return null;
    placed.push(put);
    return { x: put.x - box.x, y: put.y - box.y };
  });
}

function tooNear(one: Rect, other: Rect): boolean {
  return (
    one.x < other.x + other.width + APART &&
    other.x < one.x + one.width + APART &&
    one.y < other.y + other.height + APART &&
    other.y < one.y + one.height + APART
  );
}
