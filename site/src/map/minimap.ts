/** The whole map, small, in a corner: where the view is on it, and a way to move it. */
import type { Atlas } from "./atlas";
import type { MapData } from "../data/contract";
import { element, icon, iconButton } from "../page/dom";
import type { Geometry, Point, Rect } from "../data/geometry";
import type { Pictures } from "../page/picture";
import { fits, TIGHT } from "../page/screens";
import { texts } from "../page/texts";

/** Screen pixels of its longer side. */
const SIDE = 200;
/** A hand that moved less, in screen pixels, has clicked. */
const SLIP = 3;
/** Where the session keeps whether it is folded. */
const FOLDED = "mapmaker-overview-folded";

export class Minimap {
  readonly element = element("div", { class: "minimap" });
  private readonly picture = element("div", { class: "minimap-picture", "aria-hidden": "true" });
  private readonly view = element("div", { class: "minimap-view" });
  private readonly button: HTMLButtonElement;
  private readonly size: { readonly width: number; readonly height: number };
  private painted = false;

  constructor(
    private readonly atlas: Atlas,
    private readonly geometry: Geometry,
    private readonly pictures: Pictures,
    map: MapData,
  ) {
    this.size = fitted(map.columns * map.cell.width, map.rows * map.cell.height);
    this.picture.style.width = `${this.size.width}px`;
    this.picture.style.height = `${this.size.height}px`;
    this.picture.append(this.view);
    this.button = iconButton("fold", texts.minimap.fold, () => this.fold(!this.folded));
    this.element.append(this.picture, this.button);
    this.followHand();
    this.fold(remembered());
    atlas.leaflet.on("move zoomend resize", () => this.update());
    this.update();
  }

  private get folded(): boolean {
    return this.picture.hidden === true;
  }

  private fold(folded: boolean): void {
    const label = folded ? texts.minimap.unfold : texts.minimap.fold;
    this.picture.hidden = folded;
    this.button.replaceChildren(icon(folded ? "overview" : "fold"));
    this.button.setAttribute("aria-expanded", String(!folded));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    remember(folded);
    this.update();
  }

  private update(): void {
    const map = this.atlas.mapOnScreen();
    const { x: width, y: height } = this.atlas.leaflet.getSize();
    const whole =
      map.x >= 0 && map.y >= 0 && map.x + map.width <= width && map.y + map.height <= height;
    this.element.hidden = whole;
    if (whole || this.folded || fits(TIGHT)) return;
    this.paint();
    const seen = this.seen();
    this.view.style.transform = `translate(${seen.x}px, ${seen.y}px)`;
    this.view.style.width = `${seen.width}px`;
    this.view.style.height = `${seen.height}px`;
  }

  /** The free view, in pixels of the picture. */
  private seen(): Rect {
    const [start, end] = this.atlas.corners();
    const x = this.size.width / this.geometry.columns;
    const y = this.size.height / this.geometry.rows;
    return {
      x: start.x * x,
      y: start.y * y,
      width: (end.x - start.x) * x,
      height: (end.y - start.y) * y,
    };
  }

  /** Only once it is seen, on screens that show it: it costs a tile. */
  private paint(): void {
    if (this.painted || this.picture.offsetWidth === 0) return;
    this.painted = true;
    this.picture.prepend(this.pictures.whole());
  }

  /** A click looks there; a drag takes the view along, from where it is if it began on it. */
  private followHand(): void {
    let began: Point | null = null;
    let grip: Point = { x: 0, y: 0 };
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      event.preventDefault();
      this.picture.setPointerCapture(event.pointerId);
      began = this.pointOf(event);
      grip = gripOn(this.seen(), began);
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (began === null || !event.isPrimary) return;
      const { x, y } = this.pointOf(event);
      if (isSlip(began, { x, y })) return;
      began = { x: Infinity, y: Infinity };
      this.lookAt({ x: x - grip.x, y: y - grip.y });
    });
    this.picture.addEventListener("pointerup", (event) => {
      if (began === null || !event.isPrimary) return;
      if (isSlip(began, this.pointOf(event))) this.lookAt(began);
      began = null;
    });
    this.picture.addEventListener("pointercancel", () => (began = null));
  }

  /** Where on the picture. */
  private pointOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top } = this.picture.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  private lookAt({ x, y }: Point): void {
    this.atlas.lookAt({
      x: (x / this.size.width) * this.geometry.columns,
      y: (y / this.size.height) * this.geometry.rows,
    });
  }
}

/** How far from the view's middle it is taken; one that is not taken puts its middle under the hand. */
function gripOn(view: Rect, { x, y }: Point): Point {
  const from = { x: x - view.x, y: y - view.y };
  const taken = from.x >= 0 && from.y >= 0 && from.x <= view.width && from.y <= view.height;
  return taken ? { x: from.x - view.width / 2, y: from.y - view.height / 2 } : { x: 0, y: 0 };
}

function isSlip(one: Point, other: Point): boolean {
  return Math.hypot(one.x - other.x, one.y - other.y) < SLIP;
}

function fitted(width: number, height: number): { width: number; height: number } {
  const scale = SIDE / Math.max(width, height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Pages from files, and visitors who want no storage, have none: then nothing is remembered. */
function remembered(): boolean {
  try {
    return sessionStorage.getItem(FOLDED) === "yes";
  } catch {
    return false;
  }
}

function remember(folded: boolean): void {
  try {
    sessionStorage.setItem(FOLDED, folded ? "yes" : "no");
  } catch {
    return;
  }
}
