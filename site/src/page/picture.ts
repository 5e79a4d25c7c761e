/**
 * Posters cut from tiles: large ones from the deepest, thumbnails from those that are just sharp enough.
 *
 * Canvases, not images in clipped boxes: scaled, those show a seam wherever a tile ends.
 */
import type { MapData } from "../data/contract";
import { element } from "./dom";
import type { Geometry, Point } from "../data/geometry";
import type { TileSource } from "../data/source";

/** Hears of each tile's file whether it came. */
export interface Arrivals {
  came(file: string): void;
  missing(file: string): void;
}

export class Pictures {
  /** fills thumbnails when they come into view */
  private readonly seen: IntersectionObserver;
  private readonly waiting = new WeakMap<Element, () => void>();

  constructor(
    private readonly map: MapData,
    private readonly geometry: Geometry,
    private readonly source: TileSource,
    private readonly tell: Arrivals,
  ) {
    this.seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        this.seen.unobserve(target);
        this.waiting.get(target)?.();
        this.waiting.delete(target);
      }
    });
  }

  /** A poster as large as the tiles have it. */
  large(cell: number): HTMLCanvasElement {
    const canvas = this.blank(this.map.tiles.maxZoom);
    this.fill(canvas, cell, this.map.tiles.maxZoom);
    return canvas;
  }

  /** A poster at least so many screen pixels (CSS) wide, if the tiles have it; filled when it comes into view. */
  thumbnail(cell: number, width: number): HTMLCanvasElement {
    const zoom = this.geometry.zoomOfWidth(width * window.devicePixelRatio);
    const canvas = this.blank(zoom);
    this.waiting.set(canvas, () => this.fill(canvas, cell, zoom));
    this.seen.observe(canvas);
    return canvas;
  }

  /** All posters, as small as in the one tile of zoom 0. */
  whole(): HTMLCanvasElement {
    const shrink = 2 ** this.map.tiles.maxZoom;
    const margin = this.map.tiles.margin / shrink;
    const width = (this.map.columns * this.map.cell.width) / shrink;
    const height = (this.map.rows * this.map.cell.height) / shrink;
    const size = { width: String(Math.ceil(width)), height: String(Math.ceil(height)) };
    const canvas = element("canvas", size);
    this.load(0, { x: 0, y: 0 }, (image) =>
      canvas
        .getContext("2d")
        ?.drawImage(image, margin, margin, width, height, 0, 0, canvas.width, canvas.height),
    );
    return canvas;
  }

  private blank(zoom: number): HTMLCanvasElement {
    const shrink = 2 ** (this.map.tiles.maxZoom - zoom);
    const { width, height } = this.map.cell;
    return element("canvas", { width: String(width / shrink), height: String(height / shrink) });
  }

  private fill(canvas: HTMLCanvasElement, cell: number, zoom: number): void {
    const context = canvas.getContext("2d");
    for (const { tile, from, to, width: w, height: h } of this.geometry.crops(cell, zoom)) {
      this.load(zoom, tile, (image) =>
        context?.drawImage(image, from.x, from.y, w, h, to.x, to.y, w, h),
      );
    }
  }

  private load(zoom: number, tile: Point, draw: (image: HTMLImageElement) => void): void {
    const image = new Image();
    image.onload = () => {
      draw(image);
      this.tell.came(this.source.fileOf(zoom, tile));
    };
    image.onerror = () => this.tell.missing(this.source.fileOf(zoom, tile));
    this.source.fill(image, zoom, tile);
  }
}
