/** The Leaflet map: what part of the posters is seen, and how one gets from part to part. */
import L from "leaflet";
import type { Cluster, MapData, Size } from "../data/contract";
import { lessMotion } from "../page/dom";
import { FINGERS, fits } from "../page/screens";
import { clamp, type Geometry, nudge, type Point, type Rect } from "../data/geometry";
import type { Place } from "../state/link";
import type { TileSource } from "../data/source";
import { PosterTiles } from "./tiles";

/** How many zooms beyond the deepest tiles one may go, by enlarging them. */
const BEYOND = 1;
/** Room around the whole map, in screen pixels, on a screen of 1000. */
const MARGIN = 0.024;
/** A flight ends where about this many posters fit across the free view. */
const FLIGHT_POSTERS = 3.5;
const FLIGHT_SECONDS = 0.9;
/** How much wider than a square of all its posters a region is taken to be. */
const REGION = 1.3;

/** Room the whole map is given at least, in screen pixels, however much is covered. */
const LEAST_ROOM = 64;

/** A flight under way. */
interface Flight {
  /** where it ends */
  readonly place: Place;
  /** flies to the same again, in the view as it is now */
  readonly again: () => void;
}

/** Screen pixels at the view's edges that something covers. */
export interface Covered {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

const NOTHING: Covered = { left: 0, right: 0, bottom: 0 };

/** From the whole map, one step leads to the next whole zoom, unless less than this is left to it. */
const LEAST_STEP = 0.25;

/**
 * A map whose outermost zoom may lie between two whole ones, so that the whole map just fits the
 * view, while all others are whole, so that tiles are shown pixel by pixel.
 */
class SnappingMap extends L.Map {
  protected _limitZoom(zoom: number): number {
    const [least, most] = [this.getMinZoom(), this.getMaxZoom()];
    const snap = this.options.zoomSnap ?? 1;
    if (zoom < least + 0.01) return least;
    const whole = snap > 0 ? Math.round(zoom / snap - LEAST_STEP) * snap : zoom;
    return clamp(whole, least, most);
  }
}

export class Atlas {
  readonly leaflet: L.Map;
  readonly tiles: PosterTiles;
  private flight: Flight | null = null;
  /** while it glides home */
  private homing = false;
  /** what was last shown: the view is taken to be there still while rounding alone has moved it */
  private shown: Place | null = null;
  /** What was covered when the whole map was last fitted. */
  private around = NOTHING;

  constructor(
    readonly container: HTMLElement,
    private readonly map: MapData,
    private readonly geometry: Geometry,
    source: TileSource,
    private readonly covered: () => Covered,
  ) {
    const maxZoom = map.tiles.maxZoom + BEYOND;
    this.leaflet = new SnappingMap(container, mapOptions(map, maxZoom));
    this.tiles = new PosterTiles(map, geometry, source, maxZoom);
    this.fit();
    this.home();
    this.tiles.addTo(this.leaflet);
    this.leaflet.on("resize", () => this.refit());
    this.leaflet.on("movestart moveend", () => (this.flight = null));
    this.leaflet.on("moveend", () => (this.homing = false));
    this.leaflet.on("moveend", () => this.tether());
  }

  /** The view, for a link; during a flight the one it ends in, and the whole map as if nothing covered it. */
  get place(): Place {
    if (this.flight !== null) return this.flight.place;
    if (this.atHome) return { zoom: this.wholeZoom(NOTHING), ...this.middle() };
    if (this.shown !== null && this.isAt(latLng(this.shown), this.shown.zoom)) return this.shown;
    return { zoom: this.leaflet.getZoom(), ...placeOf(this.leaflet.getCenter()) };
  }

  get atHome(): boolean {
    return this.isAt(this.homeCenter(), this.leaflet.getMinZoom());
  }

  /** Whether the view is there, to the pixel: a window that changes its size moves it by a part of one. */
  private isAt(center: L.LatLng, zoom: number): boolean {
    const seen = this.leaflet.project(this.leaflet.getCenter(), zoom);
    const { x, y } = seen.subtract(this.leaflet.project(center, zoom));
    return this.leaflet.getZoom() === zoom && Math.max(Math.abs(x), Math.abs(y)) < 2;
  }

  /** Screen pixels a cell is wide. */
  get cellWidth(): number {
    return this.map.cell.width * 2 ** (this.leaflet.getZoom() - this.map.tiles.maxZoom);
  }

  /** Shows the whole map, in the free view. */
  home(glide = false): void {
    const animate = glide && !lessMotion();
    this.homing = animate;
    this.leaflet.setView(this.homeCenter(), this.leaflet.getMinZoom(), { animate });
  }

  /** Call when something else may be covered: the whole map goes where there is room, a flight too, other views stay. */
  makeRoom(): void {
    const covered = this.covered();
    if (alike(covered, this.around)) return;
    const wasHome = this.flight === null && !this.homing && this.atHome;
    this.around = covered;
    this.fit();
    if (wasHome) this.home();
    // Leaflet takes no other zoom while one is under way.
    else if (this.homing) this.leaflet.once("moveend", () => this.home(true));
    this.flight?.again();
    this.leaflet.fire("zoomlevelschange");
  }

  /** Puts a place, or the map's nearest to it, into the middle of the free view. */
  lookAt(place: Point): void {
    const zoom = this.leaflet.getZoom();
    const center = this.centerFor(this.onMap(place), zoom, this.covered());
    this.leaflet.setView(center, zoom, { animate: false });
  }

  /** Shows a place, or the map's nearest to it: a link may name any number. */
  show({ zoom, ...center }: Place): void {
    const target = clamp(zoom, this.leaflet.getMinZoom(), this.leaflet.getMaxZoom());
    this.shown = { zoom: target, ...center };
    const covered = this.covered();
    const focus = this.onMap(this.focusFor(center, target, covered));
    this.leaflet.setView(this.centerFor(focus, target, covered), target, { animate: false });
  }

  /** Flies to a poster, into the middle of the free view. */
  fly(cell: number): void {
    const again = (): void => this.fly(cell);
    this.flyTo(this.geometry.middleOf(cell), this.flightZoom(), again);
  }

  /** Flies to a cluster: a region of so many posters around its cell. */
  visit(cluster: Cluster, seconds = FLIGHT_SECONDS): void {
    const {
      cell: [column, row],
      size,
    } = cluster;
    const side = REGION * Math.sqrt(size * this.map.cell.width * this.map.cell.height);
    const zoom = Math.round(this.geometry.zoomToFit({ width: side, height: side }, this.free()));
    const again = (): void => this.visit(cluster, seconds);
    this.flyTo({ x: column + 0.5, y: row + 0.5 }, this.flightLimit(zoom), again, seconds);
  }

  private flyTo(place: Point, zoom: number, again: () => void, duration = FLIGHT_SECONDS): void {
    const center = this.centerFor(place, zoom, this.covered());
    if (lessMotion()) {
      this.leaflet.setView(center, zoom, { animate: false });
    } else {
      this.leaflet.flyTo(center, zoom, { duration });
      this.flight = { place: { zoom, ...placeOf(center) }, again };
    }
  }

  get flying(): boolean {
    return this.flight !== null;
  }

  /** Moves just as far as needed for a poster to lie in the free view, clear of its edges. */
  reveal(cell: number, glide = true): void {
    if (this.flight !== null) {
      this.fly(cell);
      return;
    }
    const rect = this.rectOf(cell);
    const margin = Math.min(rect.width, 64) / 2;
    const { x: width, y: height } = this.leaflet.getSize();
    const { left, right, bottom } = this.covered();
    const push = nudge(rect, {
      x: left + margin,
      y: margin,
      width: width - left - right - 2 * margin,
      height: height - bottom - 2 * margin,
    });
    if (push.x !== 0 || push.y !== 0) {
      this.leaflet.panBy([push.x, push.y], { animate: glide && !lessMotion() });
    }
  }

  /** Call when there is less room: a poster that was in the view stays in it, unless it is on its way elsewhere. */
  keep(cell: number): void {
    if (this.flight === null && !this.homing && this.sees(cell)) this.reveal(cell);
  }

  /** The place in the middle of the free view. */
  focus(): Point {
    const { x: width, y: height } = this.leaflet.getSize();
    const { left, right, bottom } = this.covered();
    const middle = L.point((left + width - right) / 2, (height - bottom) / 2);
    return placeOf(this.leaflet.containerPointToLatLng(middle));
  }

  /** Two opposite corners of the free view. */
  corners(): readonly [Point, Point] {
    const { left } = this.covered();
    const { width, height } = this.free();
    const corner = (x: number, y: number): Point =>
      placeOf(this.leaflet.containerPointToLatLng([x, y]));
    return [corner(left, 0), corner(left + width, height)];
  }

  /** Where all cells together are on the screen. */
  mapOnScreen(): Rect {
    return this.onScreen({ x: 0, y: 0, width: this.geometry.columns, height: this.geometry.rows });
  }

  /** Whether any of a poster is in the view, covered or not. */
  private sees(cell: number): boolean {
    const { x, y, width, height } = this.rectOf(cell);
    const view = this.leaflet.getSize();
    return x + width > 0 && y + height > 0 && x < view.x && y < view.y;
  }

  private rectOf(cell: number): Rect {
    const [x, y] = [this.geometry.columnOf(cell), this.geometry.rowOf(cell)];
    return this.onScreen({ x, y, width: 1, height: 1 });
  }

  private onScreen({ x, y, width, height }: Rect): Rect {
    const start = this.leaflet.latLngToContainerPoint([y, x]);
    const end = this.leaflet.latLngToContainerPoint([y + height, x + width]);
    return { x: start.x, y: start.y, width: end.x - start.x, height: end.y - start.y };
  }

  private middle(): Point {
    return { x: this.geometry.columns / 2, y: this.geometry.rows / 2 };
  }

  private homeCenter(): L.LatLng {
    return this.centerFor(this.middle(), this.leaflet.getMinZoom(), this.around);
  }

  /** The view's middle at which a place is in the middle of what is not covered. */
  private centerFor(place: Point, zoom: number, covered: Covered): L.LatLng {
    const middle = this.leaflet.project(latLng(place), zoom);
    return this.leaflet.unproject(middle.add(aside(covered)), zoom);
  }

  /** The place in the middle of what is not covered, where the view's middle is at `center`. */
  private focusFor(center: Point, zoom: number, covered: Covered): Point {
    const middle = this.leaflet.project(latLng(center), zoom);
    return placeOf(this.leaflet.unproject(middle.subtract(aside(covered)), zoom));
  }

  /** Makes the zoom that just shows the whole map the outermost one. */
  private fit(): void {
    this.leaflet.options.minZoom = this.wholeZoom(this.around);
  }

  private wholeZoom(covered: Covered): number {
    const { x, y } = this.leaflet.getSize();
    const margin = Math.round(Math.max(x, y) * MARGIN);
    const { width, height } = this.free(covered);
    const room = {
      width: Math.max(LEAST_ROOM, width - 2 * margin),
      height: Math.max(LEAST_ROOM, height - 2 * margin),
    };
    return Math.min(this.geometry.zoomToFit(this.geometry, room), this.leaflet.getMaxZoom());
  }

  private refit(): void {
    const wasHome = !this.flight && this.leaflet.getZoom() === this.leaflet.getMinZoom();
    this.around = this.covered();
    this.fit();
    if (this.flight !== null) this.flight.again();
    else if (wasHome || this.leaflet.getZoom() < this.leaflet.getMinZoom()) this.home();
    this.leaflet.fire("zoomlevelschange");
  }

  /** Keeps the map from being lost: the middle of the free view is always on it. */
  private tether(): void {
    const seen = this.leaflet.latLngToContainerPoint(latLng(this.focus()));
    const wanted = this.leaflet.latLngToContainerPoint(latLng(this.onMap(this.focus())));
    const push = wanted.subtract(seen);
    if (push.x !== 0 || push.y !== 0) this.leaflet.panBy(push, { animate: !lessMotion() });
  }

  private onMap({ x, y }: Point): Point {
    return { x: clamp(x, 0, this.geometry.columns), y: clamp(y, 0, this.geometry.rows) };
  }

  /** Screen pixels of the view that nothing covers. */
  private free({ left, right, bottom }: Covered = this.covered()): Size {
    const { x: width, y: height } = this.leaflet.getSize();
    return { width: width - left - right, height: height - bottom };
  }

  private flightZoom(): number {
    const box = {
      width: this.map.cell.width * FLIGHT_POSTERS,
      height: (this.map.cell.height * FLIGHT_POSTERS) / 1.5,
    };
    return this.flightLimit(Math.round(this.geometry.zoomToFit(box, this.free())));
  }

  private flightLimit(zoom: number): number {
    return clamp(zoom, this.leaflet.getMinZoom(), this.map.tiles.maxZoom);
  }
}

export function placeOf({ lat, lng }: L.LatLng): Point {
  return { x: lng, y: lat };
}

/** Screen pixels from the middle of what is not covered to that of the view. */
function aside({ left, right, bottom }: Covered): L.Point {
  return L.point((right - left) / 2, bottom / 2);
}

function alike(one: Covered, other: Covered): boolean {
  return one.left === other.left && one.right === other.right && one.bottom === other.bottom;
}

function latLng({ x, y }: Point): L.LatLng {
  return L.latLng(y, x);
}

/** Leaflet's latitude is our row and its longitude our column, both counted in cells. */
function cellCoordinates({ cell, tiles }: MapData): L.CRS {
  const scale = 2 ** tiles.maxZoom;
  const before = tiles.margin / scale;
  const transformation = L.transformation(cell.width / scale, before, cell.height / scale, before);
  return L.Util.extend({}, L.CRS.Simple, { transformation });
}

function mapOptions(map: MapData, maxZoom: number): L.MapOptions {
  const still = lessMotion();
  const fingers = fits(FINGERS);
  return {
    crs: cellCoordinates(map),
    maxZoom,
    // Two fingers stop anywhere; a wheel stops at whole zooms, where tiles are pixel by pixel.
    zoomSnap: fingers ? 0 : 1,
    zoomControl: false,
    attributionControl: false,
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
    // pixels a second; without a limit, one flick sends the map gliding for many seconds
    inertiaMaxSpeed: 1500,
    keyboardPanDelta: 120,
  };
}
