/** Tiles out of archives: which one holds a tile, and the tile's bytes by range requests. */
import { PMTiles, zxyToTileId } from "pmtiles";
import type { Point } from "./geometry";

export class Archives {
  private readonly opened = new Map<string, PMTiles>();

  /** firsts: the id of the first tile of each archive, ascending from 0. */
  constructor(
    private readonly firsts: readonly number[],
    private readonly open = (file: string): PMTiles => new PMTiles(file),
  ) {}

  /** The archive that a tile would be in: the last one that does not begin beyond it. */
  fileOf(zoom: number, { x, y }: Point): string {
    const id = zxyToTileId(zoom, x, y);
    const begun = this.firsts.filter((first) => first <= id).length;
    return `tiles/map-${begun - 1}.pmtiles`;
  }

  /** The bytes of a tile; rejects if they cannot be had, or if the signal calls it off. */
  async tile(zoom: number, tile: Point, signal: AbortSignal): Promise<ArrayBuffer> {
    const file = this.fileOf(zoom, tile);
    const archive = this.opened.get(file) ?? this.open(file);
    this.opened.set(file, archive);
    try {
      const found = await archive.getZxy(zoom, tile.x, tile.y, signal);
      if (found === undefined) throw new Error(`no tile ${zoom}/${tile.x}/${tile.y} in ${file}`);
      return found.data;
    } catch (error) {
      // PMTiles keeps in mind what it once failed to read; opened anew, the next try is one.
      if (!signal.aborted && this.opened.get(file) === archive) this.opened.delete(file);
      throw error;
    }
  }
}
