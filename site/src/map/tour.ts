/** The tour: from cluster to cluster, each named in a caption, until it is over or anyone touches anything. */
import type { Atlas } from "./atlas";
import type { Cluster, MapData } from "../data/contract";
import { element, lessMotion } from "../page/dom";
import { galleryLink } from "../page/gallery-link";
import { route } from "./route";
import type { Store } from "../state/state";
import { texts } from "../page/texts";

/** A stop, its flight included. */
const STOP_SECONDS = 6;
const FLIGHT_SECONDS = 2.2;
/** Whoever touches these means the tour itself: the caption, and the button that starts it. */
const OWN = ".tour, .tour-button";

export class Tour {
  readonly element = element("div", { class: "caption tour", role: "group" });
  private readonly said = element("p", { role: "status" });
  private readonly gallery = element("span");
  private readonly next = element("button", { type: "button" }, texts.tour.next);
  /** empty until the first tour: most visitors take none */
  private stops: readonly Cluster[] = [];
  private turn = 0;
  private timer: number | undefined;
  private control = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly atlas: Atlas,
    private readonly map: MapData,
  ) {
    const stop = element("button", { type: "button" }, texts.tour.stop);
    stop.addEventListener("click", () => store.update({ touring: false }));
    this.next.addEventListener("click", () => this.visit(this.turn + 1));
    this.element.setAttribute("aria-label", texts.tour.label);
    this.element.append(this.said, this.gallery, this.next, stop);
    this.element.hidden = true;
    store.watch("touring", (touring) => (touring ? this.start() : this.end()));
  }

  private start(): void {
    // Before anything else hears of it; but what was touched then does what it always does.
    this.control = new AbortController();
    const options = { capture: true, passive: true, signal: this.control.signal };
    const stop = (): void => this.store.update({ touring: false });
    window.addEventListener("pointerdown", (event) => isOwn(event) || stop(), options);
    window.addEventListener("wheel", stop, options);
    window.addEventListener("keydown", (event) => this.key(event), options);
    this.store.update({ chosen: null, panel: null, pen: null });
    this.element.hidden = false;
    if (this.stops.length === 0) this.stops = route(this.map.clusters);
    this.visit(0);
  }

  private key(event: KeyboardEvent): void {
    if (["Tab", "Shift"].includes(event.key)) return;
    if (["Enter", " "].includes(event.key) && isOwn(event)) return;
    // Escape has done its work then; other keys do what they always do.
    if (event.key === "Escape") event.stopPropagation();
    this.store.update({ touring: false });
  }

  private visit(turn: number): void {
    const cluster = this.stops[turn];
    if (cluster === undefined) {
      this.store.update({ touring: false });
      this.atlas.home(true);
      return;
    }
    this.turn = turn;
    const place = texts.tour.at(turn + 1, this.stops.length, cluster.size);
    this.said.replaceChildren(
      element("strong", { dir: "auto" }, texts.cluster(cluster)),
      " ",
      element("span", { class: "quiet" }, place),
    );
    if (this.map.galleries) this.gallery.replaceChildren(galleryLink(cluster));
    this.atlas.visit(cluster, FLIGHT_SECONDS);
    // Who wants less motion says when to go on.
    this.next.hidden = !lessMotion();
    clearTimeout(this.timer);
    if (!lessMotion()) {
      this.timer = window.setTimeout(() => this.visit(turn + 1), STOP_SECONDS * 1000);
    }
  }

  private end(): void {
    clearTimeout(this.timer);
    this.control.abort();
    this.atlas.leaflet.stop();
    const focused = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (focused) this.atlas.container.focus({ preventScroll: true });
  }
}

function isOwn({ target }: Event): boolean {
  return target instanceof Element && target.closest(OWN) !== null;
}
