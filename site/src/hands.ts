/** Clicks, taps and keys on the map -> choices. */
import type L from "leaflet";
import type { Announcer } from "./announcer";
import { type Atlas, placeOf } from "./atlas";
import type { Card } from "./card";
import type { Chooser } from "./chooser";
import type { Direction, Geometry } from "./geometry";
import type { Store } from "./state";
import { texts } from "./texts";

/** A click waits this long, in case it is the first half of a double click, which zooms. */
const DOUBLE_CLICK_MS = 220;

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export class Hands {
  private pending: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly geometry: Geometry,
    private readonly chooser: Chooser,
    private readonly atlas: Atlas,
    private readonly card: Card,
    private readonly announcer: Announcer,
  ) {
    atlas.leaflet.on("click", (event: L.LeafletMouseEvent) => this.click(event));
    atlas.leaflet.on("dblclick", () => clearTimeout(this.pending));
    // Capturing: an arrow key that walks must not reach Leaflet, which would pan.
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  private click({ latlng }: L.LeafletMouseEvent): void {
    const cell = this.geometry.posterUnder(placeOf(latlng));
    if (cell !== null) this.chooser.prepare(cell);
    clearTimeout(this.pending);
    this.pending = window.setTimeout(() => {
      if (cell === this.store.now.chosen?.cell) return;
      if (cell === null) this.chooser.close();
      else void this.chooser.choose(cell, "hand");
    }, DOUBLE_CLICK_MS);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.matches("input, textarea, select")) return;
    if (this.answers(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private answers({ key, target }: KeyboardEvent): boolean {
    const open = this.store.now.chosen !== null;
    const direction = ARROWS[key];
    if (open && direction !== undefined) {
      if (!this.chooser.walk(direction)) this.announcer.say(texts.announce.edge);
      return true;
    }
    if (open && key === "Escape") {
      this.close();
      return true;
    }
    if (key === "Enter" && target === this.atlas.container) {
      if (open) this.card.focus();
      else void this.chooser.choose(this.geometry.nearest(this.atlas.focus()), "hand");
      return true;
    }
    return false;
  }

  /** Closes the card; a focus that was in it goes back to the map. */
  close(): void {
    const focused = this.card.hasFocus;
    this.chooser.close();
    if (focused) this.atlas.container.focus({ preventScroll: true });
  }
}
