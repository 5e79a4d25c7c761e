/**
 * Boxes and lassos -> cells: those that hold a poster and whose middle is inside, ascending. Pure.
 *
 * Row by row: a line through the middles of a row's cells crosses the lasso an even number of times, and
 * is inside between the first crossing and the second, the third and the fourth. So the cost is rows
 * times corners, however many posters there are.
 */
import type { Geometry, Point, Rect } from "../data/geometry";

/** The cells inside a closed line, in cell coordinates; where it crosses itself, the even-odd rule holds. */
export function cellsInLasso(geometry: Geometry, corners: readonly Point[]): number[] {
  const rows = corners.map(({ y }) => y);
  const found: number[] = [];
  for (let row = firstMiddle(least(rows)); row < geometry.rows && row + 0.5 < most(rows); row++) {
    const crossings = crossingsOf(corners, row + 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      addRun(found, geometry, row, crossings[i] ?? 0, crossings[i + 1] ?? 0);
    }
  }
  return found;
}

/** The cells inside the box between two of its corners. */
export function cellsInBox(geometry: Geometry, one: Point, other: Point): number[] {
  return cellsInLasso(geometry, [one, { x: other.x, y: one.y }, other, { x: one.x, y: other.y }]);
}

/** Adds the cells of a row with their middle from `start` to before `end`. */
function addRun(
  found: number[],
  geometry: Geometry,
  row: number,
  start: number,
  end: number,
): void {
  const last = Math.min(geometry.columns, Math.ceil(end - 0.5));
  for (let column = firstMiddle(start); column < last; column++) {
    const cell = geometry.posterAt(column, row);
    if (cell !== null) found.push(cell);
  }
}

/** Where the closed line crosses a height, ascending. */
function crossingsOf(corners: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  let before = corners.at(-1);
  for (const corner of corners) {
    // Half open, so that a corner at this very height counts once.
    if (before !== undefined && before.y <= y !== corner.y <= y) {
      const along = (y - before.y) / (corner.y - before.y);
      crossings.push(before.x + along * (corner.x - before.x));
    }
    before = corner;
  }
  return crossings.sort((a, b) => a - b);
}

/** The first column or row on the map whose middle is not before `at`. */
function firstMiddle(at: number): number {
  return Math.max(0, Math.ceil(at - 0.5));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

export type Segment = readonly [from: Point, to: Point];

/**
 * The outline of some cells: all edges between one of them and one that is not, joined along each line.
 * null: there are more than `most`; then it ends early.
 */
export function outlineOf(
  geometry: Geometry,
  cells: readonly number[],
  most = Infinity,
): Segment[] | null {
  const inside = new Set(cells);
  const { columns } = geometry;
  const left = (cell: number): boolean => cell % columns > 0 && inside.has(cell - 1);
  const right = (cell: number): boolean => (cell + 1) % columns > 0 && inside.has(cell + 1);
  const edges = new Edges(columns);
  for (const cell of cells) {
    const [x, y] = [geometry.columnOf(cell), geometry.rowOf(cell)];
    if (!inside.has(cell - columns)) edges.across(x, y);
    if (!inside.has(cell + columns)) edges.across(x, y + 1);
    if (!left(cell)) edges.down(x, y);
    if (!right(cell)) edges.down(x + 1, y);
    if (edges.count > most) return null;
  }
  return edges.segments;
}

/** Edges of cells, of which one that goes on where another ends is made one with it. */
class Edges {
  private readonly found: { x: number; y: number; width: number; height: number }[] = [];
  /** by corner: which edge ends there */
  private readonly acrossEnds = new Map<number, number>();
  private readonly downEnds = new Map<number, number>();

  constructor(private readonly columns: number) {}

  get count(): number {
    return this.found.length;
  }

  across(x: number, y: number): void {
    this.add(this.acrossEnds, { x, y, width: 1, height: 0 });
  }

  down(x: number, y: number): void {
    this.add(this.downEnds, { x, y, width: 0, height: 1 });
  }

  get segments(): Segment[] {
    return this.found.map(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]);
  }

  private add(ends: Map<number, number>, edge: Rect): void {
    const from = this.corner(edge.x, edge.y);
    const to = this.corner(edge.x + edge.width, edge.y + edge.height);
    const number = ends.get(from);
    const known = number === undefined ? undefined : this.found[number];
    if (known === undefined || number === undefined) {
      ends.set(to, this.found.push({ ...edge }) - 1);
      return;
    }
    known.width += edge.width;
    known.height += edge.height;
    ends.delete(from);
    ends.set(to, number);
  }

  private corner(x: number, y: number): number {
    return y * (this.columns + 1) + x;
  }
}
