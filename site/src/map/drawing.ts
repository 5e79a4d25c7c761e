/** Drawing a box or a lasso on the map, with mouse, pen or finger -> `State.selected`. */
import type { Atlas } from "./atlas";
import L from "leaflet";
import { placeOf } from "./atlas";
import { element } from "../page/dom";
import type { Geometry, Point } from "../data/geometry";
import { cellsInBox, cellsInLasso } from "./lasso";
import type { Pen, Store } from "../state/state";
import { texts } from "../page/texts";

/** A drag shorter than this, in screen pixels, is a slip of the hand. */
const SLIP = 6;
/** Screen pixels between two corners of a lasso. */
const STEP = 3;

export class Drawing {
  /** what is to be done, and a way out of it */
  readonly hint = element("div", { class: "caption drawing-hint" });
  private readonly sheet = element("div", { class: "drawing" });
  private readonly path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  private corners: Point[] = [];
  /** what had the focus, where the panel that it is in makes way for the drawing */
  private before: HTMLElement | null = null;

  constructor(
    private readonly store: Store,
    private readonly geometry: Geometry,
    private readonly atlas: Atlas,
  ) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.append(this.path);
    this.sheet.append(svg);
    this.sheet.setAttribute("aria-hidden", "true");
    atlas.container.append(this.sheet);
    L.DomEvent.disableClickPropagation(this.sheet);
    this.hint.hidden = this.sheet.hidden = true;
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.draw(event));
    // A second finger that lifts ends nothing.
    this.sheet.addEventListener("pointerup", (event) => event.isPrimary && this.end());
    this.sheet.addEventListener("pointercancel", (event) => event.isPrimary && this.clear());
    // The map must not zoom under a line half drawn.
    this.sheet.addEventListener("wheel", (event) => {
      if (this.corners.length > 0) event.stopPropagation();
    });
    store.watch("pen", (pen) => this.take(pen));
  }

  private take(pen: Pen | null): void {
    this.clear();
    this.hint.hidden = this.sheet.hidden = pen === null;
    document.body.classList.toggle("drawing-on", pen !== null);
    if (pen === null) {
      if (this.hint.contains(document.activeElement)) (this.before ?? this.atlas.container).focus();
      this.before = null;
      return;
    }
    const cancel = element("button", { type: "button" }, texts.select.cancel);
    cancel.addEventListener("click", () => this.store.update({ pen: null }));
    const todo = pen === "box" ? texts.select.drawBox : texts.select.drawLasso;
    this.hint.replaceChildren(element("p", { role: "status" }, todo), cancel);
    this.before ??= hiddenFocus();
    if (this.before !== null) cancel.focus({ preventScroll: true });
  }

  private begin(event: PointerEvent): void {
    // One finger draws; those that join it do nothing.
    if (!event.isPrimary || event.button !== 0) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.corners = [pointOf(event)];
  }

  private draw(event: PointerEvent): void {
    const last = this.corners.at(-1);
    if (last === undefined || !event.isPrimary) return;
    const point = pointOf(event);
    if (this.store.now.pen === "box") this.corners.splice(1, 1, point);
    else if (Math.hypot(point.x - last.x, point.y - last.y) >= STEP) this.corners.push(point);
    this.path.setAttribute("d", this.shape());
  }

  private shape(): string {
    const [first, second] = this.corners;
    if (first === undefined || second === undefined) return "";
    if (this.store.now.pen === "box")
      return `M${first.x} ${first.y}H${second.x}V${second.y}H${first.x}Z`;
    return `M${this.corners.map(({ x, y }) => `${x} ${y}`).join("L")}Z`;
  }

  private end(): void {
    const { corners } = this;
    const { pen } = this.store.now;
    this.clear();
    const [first, second] = corners;
    if (first === undefined || second === undefined || isSlip(corners)) return;
    const places = corners.map(({ x, y }) =>
      placeOf(this.atlas.leaflet.containerPointToLatLng([x, y])),
    );
    const [one = first, other = second] = places;
    const selected =
      pen === "box" ? cellsInBox(this.geometry, one, other) : cellsInLasso(this.geometry, places);
    this.store.update({ selected, pen: null });
  }

  private clear(): void {
    this.corners = [];
    this.path.removeAttribute("d");
  }
}

function isSlip(corners: readonly Point[]): boolean {
  const [first] = corners;
  return corners.every(({ x, y }) => Math.hypot(x - (first?.x ?? x), y - (first?.y ?? y)) < SLIP);
}

/** What has the focus, if it is not to be seen. */
function hiddenFocus(): HTMLElement | null {
  const { activeElement } = document;
  const hidden =
    activeElement instanceof HTMLElement && activeElement.getClientRects().length === 0;
  return hidden ? activeElement : null;
}

/** Where on the map's element: it fills the window. */
function pointOf({ clientX, clientY }: PointerEvent): Point {
  return { x: clientX, y: clientY };
}
