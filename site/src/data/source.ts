/** Where tiles come from: a file each, or archives. Into an image they come alike. */
import { Archives } from "./archives";
import type { Tiles } from "./contract";
import type { Geometry, Point } from "./geometry";

export class TileSource {
  private readonly archives: Archives | null;
  private readonly type: string;

  constructor(
    tiles: Tiles,
    private readonly geometry: Geometry,
  ) {
    this.archives = tiles.archives === null ? null : new Archives(tiles.archives);
    this.type = `image/${tiles.extension === "jpg" ? "jpeg" : tiles.extension}`;
  }

  /** The file that a tile is in, for messages. */
  fileOf(zoom: number, tile: Point): string {
    return this.archives?.fileOf(zoom, tile) ?? this.geometry.tileFile(zoom, tile);
  }

  /** Fills an image with a tile; the image's load or error event says how it ended. */
  fill(
    image: HTMLImageElement,
    zoom: number,
    tile: Point,
    signal = new AbortController().signal,
  ): void {
    if (this.archives === null) image.src = this.geometry.tileFile(zoom, tile);
    else void this.unpack(image, this.archives.tile(zoom, tile, signal), signal);
  }

  private async unpack(
    image: HTMLImageElement,
    bytes: Promise<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const blob = new Blob([await bytes], { type: this.type });
      if (signal.aborted) return;
      const address = URL.createObjectURL(blob);
      for (const end of ["load", "error"]) {
        image.addEventListener(end, () => URL.revokeObjectURL(address), { once: true });
      }
      image.src = address;
    } catch {
      if (!signal.aborted) image.dispatchEvent(new Event("error"));
    }
  }
}
