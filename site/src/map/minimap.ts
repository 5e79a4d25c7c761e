/** The whole map, small, in a corner: where the view is on it, and a way to move it. */
import type { Atlas } from "./atlas";
import type { MapData } from "../data/contract";
import { element, icon, iconButton } from "../page/dom";
import type { Geometry, Point } from "../data/geometry";
import type { Pictures } from "../page/picture";
import { texts } from "../page/texts";

/** Screen pixels of its longer side. */
const SIDE = 200;
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
    if (whole || this.folded) return;
    this.paint();
    const scale = this.size.width / map.width;
    this.view.style.transform = `translate(${-map.x * scale}px, ${-map.y * scale}px)`;
    this.view.style.width = `${width * scale}px`;
    this.view.style.height = `${height * scale}px`;
  }

  /** Only once it is seen, on screens that show it: it costs a tile. */
  private paint(): void {
    if (this.painted || this.picture.offsetWidth === 0) return;
    this.painted = true;
    this.picture.prepend(this.pictures.whole());
  }

  private followHand(): void {
    const go = (event: PointerEvent): void => {
      const { left, top } = this.picture.getBoundingClientRect();
      this.center({ x: event.clientX - left, y: event.clientY - top });
    };
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.picture.setPointerCapture(event.pointerId);
      go(event);
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (this.picture.hasPointerCapture(event.pointerId)) go(event);
    });
  }

  private center({ x, y }: Point): void {
    this.atlas.show({
      zoom: this.atlas.leaflet.getZoom(),
      x: (x / this.size.width) * this.geometry.columns,
      y: (y / this.size.height) * this.geometry.rows,
    });
  }
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
