/**
 * One poster, large: cut from the deepest tiles.
 *
 * A canvas, not images in a clipped box: scaled, those show a seam wherever a tile ends.
 */
import type { MapData } from "./contract";
import { element } from "./dom";
import type { Geometry } from "./geometry";
import type { TileSource } from "./source";

export function picture(
  map: MapData,
  geometry: Geometry,
  source: TileSource,
  cell: number,
  onMissing: (file: string) => void,
): HTMLCanvasElement {
  const { width, height } = map.cell;
  const canvas = element("canvas", { width: String(width), height: String(height) });
  const context = canvas.getContext("2d");
  for (const { tile, from, to, width: w, height: h } of geometry.crops(cell)) {
    const image = new Image();
    const { maxZoom } = map.tiles;
    image.onload = () => context?.drawImage(image, from.x, from.y, w, h, to.x, to.y, w, h);
    image.onerror = () => onMissing(source.fileOf(maxZoom, tile));
    source.fill(image, maxZoom, tile);
  }
  return canvas;
}
