/** The layer of tiles: Leaflet's, asking only for tiles that exist, and for sharp ones. */
import L from "leaflet";
import type { MapData } from "../data/contract";
import type { Geometry } from "../data/geometry";
import type { TileSource } from "../data/source";

/** How far a tile may be stretched before the next deeper zoom is shown instead: 2 ** 0.2. */
const STRETCH = 0.2;

export class PosterTiles extends L.TileLayer {
  /** 1 on dense screens, where the next deeper tiles are shown at half their size; else 0. */
  private readonly deeper: number;
  /** what calls a tile off that is no longer wanted */
  private readonly underway = new WeakMap<HTMLElement, AbortController>();

  constructor(
    map: MapData,
    private readonly geometry: Geometry,
    private readonly source: TileSource,
    maxZoom: number,
  ) {
    const deeper = window.devicePixelRatio > 1 ? 1 : 0;
    // No address: tiles are filled by `createTile`.
    super("", {
      // shown size of a tile; half of its own on dense screens
      tileSize: map.tiles.size / 2 ** deeper,
      // any zoom may be shown, by scaling those that exist
      minZoom: -30,
      maxZoom,
      minNativeZoom: -deeper,
      maxNativeZoom: map.tiles.maxZoom - deeper,
      noWrap: true,
      keepBuffer: 1,
    });
    this.deeper = deeper;
    this.on("tileunload tileabort", ({ tile }: L.LeafletEvent & { tile?: HTMLElement }) => {
      if (tile !== undefined) this.underway.get(tile)?.abort();
    });
  }

  /** The file of a tile in Leaflet's coordinates, for messages. */
  fileOf(coords: L.Coords): string {
    return this.source.fileOf(coords.z + this.deeper, coords);
  }

  /** As Leaflet's own, but for where the picture comes from. */
  protected override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const tile = document.createElement("img");
    tile.alt = "";
    tile.addEventListener("load", () => this._tileOnLoad(done, tile));
    tile.addEventListener("error", () =>
      this._tileOnError(done, tile, new Error(`${this.fileOf(coords)} could not be loaded`)),
    );
    const control = new AbortController();
    this.underway.set(tile, control);
    this.source.fill(tile, coords.z + this.deeper, coords, control.signal);
    return tile;
  }

  /** Leaflet asks before it makes a tile; by default it compares bounds only, and in floats. */
  protected _isValidTile(coords: L.Coords): boolean {
    return this.geometry.tileExists(coords.z + this.deeper, coords);
  }

  /**
   * Between two zooms, Leaflet shows the nearer one's tiles, stretched by up to 1.4. First have it
   * choose the deeper one's, then place them for the true zoom.
   */
  protected _setView(center: L.LatLng, zoom: number, noPrune?: boolean, noUpdate?: boolean): void {
    const inner = L.TileLayer.prototype as unknown as PosterTiles;
    inner._setView.call(this, center, Math.ceil(zoom - STRETCH), noPrune, noUpdate);
    this._setZoomTransforms(center, zoom);
  }
}

/** Leaflet's own, which its types leave out. */
export interface PosterTiles {
  _setZoomTransforms(center: L.LatLng, zoom: number): void;
}
