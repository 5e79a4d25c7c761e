/**
 * Darkness over the posters that are not lit: a canvas of one pixel a cell, scaled over the tiles.
 *
 * Leaflet moves and scales it with the tiles, as one element; it is drawn anew only for other posters lit
 * or other colours.
 */
import L from "leaflet";
import type { Atlas } from "./atlas";
import type { Geometry } from "../data/geometry";
import { turn } from "../data/slices";
import type { Lit, Store } from "../state/state";

/** How dark, of 255: what is under it can still be told. */
const ALPHA = 208;

export class Shade {
  private readonly canvas = document.createElement("canvas");
  private latest: Lit | null = null;

  constructor(
    atlas: Atlas,
    private readonly geometry: Geometry,
    store: Store,
  ) {
    this.canvas.width = geometry.columns;
    this.canvas.height = geometry.rows;
    this.canvas.className = "shade";
    atlas.leaflet.createPane("shade").classList.add("shade-pane");
    new CanvasOverlay(this.canvas, geometry, atlas.tiles).addTo(atlas.leaflet);
    store.watch("lit", (lit) => void this.showSoon(lit));
    const scheme = matchMedia("(prefers-color-scheme: light)");
    scheme.addEventListener("change", () => this.show(store.now.lit));
  }

  /** Lists and counts are to be seen first: they take less time. */
  private async showSoon(lit: Lit | null): Promise<void> {
    this.latest = lit;
    await turn();
    if (this.latest === lit) this.show(lit);
  }

  private show(lit: Lit | null): void {
    this.canvas.classList.toggle("shade-on", lit !== null);
    if (lit !== null) this.draw(lit.mask);
  }

  private draw(mask: Uint8Array): void {
    const { columns, rows, cells } = this.geometry;
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const dark = darkness(this.canvas);
    for (const cell of cells) if (mask[cell] === 0) pixels[cell] = dark;
    this.canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}

/** The page's colour, nearly opaque, as a pixel of this machine's byte order. */
function darkness(element: Element): number {
  const { color } = getComputedStyle(element);
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  const [pixel = 0] = new Uint32Array(new Uint8Array([red, green, blue, ALPHA]).buffer);
  return pixel;
}

/** Leaflet's own, which its types leave out. */
interface CanvasOverlay {
  _image: HTMLElement;
  _bounds: L.LatLngBounds;
  _zoomAnimated: boolean;
}

/** A zoom's tiles on the screen: where pixel [0, 0] of the first is, in pixels of that zoom. */
interface Level {
  readonly zoom: number;
  readonly origin: L.Point;
}

/** Leaflet's image overlay, for a canvas; placed like the tiles, to their very fraction of a pixel. */
class CanvasOverlay extends L.ImageOverlay {
  constructor(
    private readonly canvas: HTMLCanvasElement,
    { columns, rows }: Geometry,
    private readonly tiles: L.GridLayer,
  ) {
    super("", L.latLngBounds([0, 0], [rows, columns]), { pane: "shade", interactive: false });
  }

  protected _initImage(): void {
    this._image = this.canvas;
    this._image.classList.add("leaflet-image-layer");
    if (this._zoomAnimated) this._image.classList.add("leaflet-zoom-animated");
  }

  /** Leaflet's own rounds the corners; tiles are scaled first, and then rounded. */
  protected _reset(): void {
    const map = this._map;
    const { _level: level } = this.tiles as unknown as { _level?: Level };
    const zoom = level?.zoom ?? map.getZoom();
    const origin = level?.origin ?? map.getPixelOrigin();
    const scale = map.getZoomScale(map.getZoom(), zoom);
    const shift = origin.multiplyBy(scale).subtract(map.getPixelOrigin()).round();
    const onScreen = (place: L.LatLng): L.Point =>
      map.project(place, zoom).subtract(origin).multiplyBy(scale).add(shift);
    const start = onScreen(this._bounds.getSouthWest());
    const end = onScreen(this._bounds.getNorthEast());
    L.DomUtil.setPosition(this._image, start);
    this._image.style.width = `${end.x - start.x}px`;
    this._image.style.height = `${end.y - start.y}px`;
  }
}
