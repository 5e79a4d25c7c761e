/**
 * Where things are: cell numbers, places, tiles. Pure; the planes are those of docs/map-data.md.
 *
 * A place is in cell coordinates: { x: 2.5, y: 0.5 } is the middle of cell [2, 0].
 */
import type { MapData } from "./contract";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export type Direction = "left" | "right" | "up" | "down";

/** One tile's share of a cell: draw `from` of the tile at `to` of the cell, in pixels of the tile. */
export interface Crop {
  readonly tile: Point;
  readonly from: Point;
  readonly to: Point;
  readonly width: number;
  readonly height: number;
}

const STEPS: Record<Direction, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

export class Geometry {
  readonly columns: number;
  readonly rows: number;
  /** The whole map in pixels of the deepest zoom, its margin included. */
  readonly width: number;
  readonly height: number;
  private readonly holes: ReadonlySet<number>;
  private order: Uint32Array | null = null;

  constructor(private readonly map: MapData) {
    this.columns = map.columns;
    this.rows = map.rows;
    this.width = map.columns * map.cell.width + 2 * map.tiles.margin;
    this.height = map.rows * map.cell.height + 2 * map.tiles.margin;
    this.holes = new Set(map.holes);
  }

  /** The cell of each poster, ascending: the order in which data/search/ and data/facets.js list them. */
  get cells(): Uint32Array {
    this.order ??= this.held();
    return this.order;
  }

  private held(): Uint32Array {
    const cells = new Uint32Array(this.map.count);
    let index = 0;
    for (let cell = 0; cell < this.columns * this.rows; cell++) {
      if (!this.holes.has(cell)) cells[index++] = cell;
    }
    return cells;
  }

  /** A poster's place in `cells`. */
  indexOf(cell: number): number {
    const { cells } = this;
    let [low, high] = [0, cells.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cells[middle] ?? 0) < cell) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  columnOf(cell: number): number {
    return cell % this.columns;
  }

  rowOf(cell: number): number {
    return Math.floor(cell / this.columns);
  }

  middleOf(cell: number): Point {
    return { x: this.columnOf(cell) + 0.5, y: this.rowOf(cell) + 0.5 };
  }

  /** The cell [column, row] if it is on the map and holds a poster. */
  posterAt(column: number, row: number): number | null {
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return null;
    const cell = row * this.columns + column;
    return this.holes.has(cell) ? null : cell;
  }

  /** The poster that covers a place. */
  posterUnder(place: Point): number | null {
    return this.posterAt(Math.floor(place.x), Math.floor(place.y));
  }

  holds(cell: number): boolean {
    return this.posterAt(this.columnOf(cell), this.rowOf(cell)) === cell;
  }

  /** The next poster in a direction, across holes; null at the edge. */
  next(cell: number, direction: Direction): number | null {
    const [right, down] = STEPS[direction];
    let column = this.columnOf(cell) + right;
    let row = this.rowOf(cell) + down;
    while (column >= 0 && row >= 0 && column < this.columns && row < this.rows) {
      const found = this.posterAt(column, row);
      if (found !== null) return found;
      column += right;
      row += down;
    }
    return null;
  }

  /** The poster nearest to a place, in rings around its cell; a map has at least one. */
  nearest(place: Point): number {
    const column = clamp(Math.floor(place.x), 0, this.columns - 1);
    const row = clamp(Math.floor(place.y), 0, this.rows - 1);
    for (let radius = 0; radius < Math.max(this.columns, this.rows); radius++) {
      const found = this.nearestOnRing(column, row, radius);
      if (found !== null) return found;
    }
    throw new Error("a map without a poster");
  }

  private nearestOnRing(column: number, row: number, radius: number): number | null {
    let best: number | null = null;
    let least = Infinity;
    for (let y = -radius; y <= radius; y++) {
      const step = Math.abs(y) === radius ? 1 : Math.max(1, 2 * radius);
      for (let x = -radius; x <= radius; x += step) {
        const cell = this.posterAt(column + x, row + y);
        if (cell !== null && x * x + y * y < least) [best, least] = [cell, x * x + y * y];
      }
    }
    return best;
  }

  /** Whether a tile exists: whether a cell that holds a poster reaches into it. */
  tileExists(zoom: number, tile: Point): boolean {
    const { cell, tiles } = this.map;
    if (zoom < 0 || zoom > tiles.maxZoom || tile.x < 0 || tile.y < 0) return false;
    const side = tiles.size * 2 ** (tiles.maxZoom - zoom);
    const columnAt = (x: number) => (x * side - tiles.margin) / cell.width;
    const rowAt = (y: number) => (y * side - tiles.margin) / cell.height;
    const right = Math.min(this.columns, Math.ceil(columnAt(tile.x + 1)));
    const bottom = Math.min(this.rows, Math.ceil(rowAt(tile.y + 1)));
    for (let row = Math.max(0, Math.floor(rowAt(tile.y))); row < bottom; row++) {
      for (let column = Math.max(0, Math.floor(columnAt(tile.x))); column < right; column++) {
        if (this.posterAt(column, row) !== null) return true;
      }
    }
    return false;
  }

  /** The shallowest zoom at which a cell is at least `pixels` wide, and begins and ends at whole pixels. */
  zoomOfWidth(pixels: number): number {
    const { cell, tiles } = this.map;
    let zoom = tiles.maxZoom;
    while (
      zoom > 0 &&
      whole(cell.width, cell.height, tiles.margin, 2 ** (tiles.maxZoom - zoom + 1))
    ) {
      if (cell.width / 2 ** (tiles.maxZoom - zoom + 1) < pixels) break;
      zoom--;
    }
    return zoom;
  }

  /** How to put a cell's picture together from the tiles of a zoom where cells are whole pixels. */
  crops(cell: number, zoom = this.map.tiles.maxZoom): Crop[] {
    const shrink = 2 ** (this.map.tiles.maxZoom - zoom);
    const { size } = this.map.tiles;
    const margin = this.map.tiles.margin / shrink;
    const [width, height] = [this.map.cell.width / shrink, this.map.cell.height / shrink];
    const left = margin + this.columnOf(cell) * width;
    const top = margin + this.rowOf(cell) * height;
    const found: Crop[] = [];
    for (let y = Math.floor(top / size); y * size < top + height; y++) {
      for (let x = Math.floor(left / size); x * size < left + width; x++) {
        const [x0, x1] = [Math.max(left, x * size), Math.min(left + width, (x + 1) * size)];
        const [y0, y1] = [Math.max(top, y * size), Math.min(top + height, (y + 1) * size)];
        found.push({
          tile: { x, y },
          from: { x: x0 - x * size, y: y0 - y * size },
          to: { x: x0 - left, y: y0 - top },
          width: x1 - x0,
          height: y1 - y0,
        });
      }
    }
    return found;
  }

  /** The address of a tile, relative to the page. */
  tileFile(zoom: number, tile: Point): string {
    return `tiles/${zoom}/${tile.x}/${tile.y}.${this.map.tiles.extension}`;
  }

  posterShardOf(cell: number): string {
    const { shardSide } = this.map;
    const x = Math.floor(this.columnOf(cell) / shardSide);
    const y = Math.floor(this.rowOf(cell) / shardSide);
    return `posters/${x}-${y}`;
  }

  idShardOf(id: string): string {
    return `ids/${id.slice(0, this.map.idPrefix) || "all"}`;
  }

  /** The zoom at which a box of deepest pixels just fits into a room of screen pixels. */
  zoomToFit(
    box: { width: number; height: number },
    room: { width: number; height: number },
  ): number {
    const scale = Math.min(room.width / box.width, room.height / box.height);
    return this.map.tiles.maxZoom + Math.log2(Math.max(scale, Number.EPSILON));
  }
}

/** How far to push the view so that `rect` lies in `free`; its start wins if it is too large. */
export function nudge(rect: Rect, free: Rect): Point {
  return {
    x: nudgeAlong(rect.x, rect.x + rect.width, free.x, free.x + free.width),
    y: nudgeAlong(rect.y, rect.y + rect.height, free.y, free.y + free.height),
  };
}

function whole(width: number, height: number, margin: number, by: number): boolean {
  return width % by === 0 && height % by === 0 && margin % by === 0;
}

function nudgeAlong(start: number, end: number, from: number, to: number): number {
  if (start < from) return start - from;
  return Math.max(0, Math.min(end - to, start - from));
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
