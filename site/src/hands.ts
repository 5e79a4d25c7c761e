/** Clicks, taps and keys on the map -> choices. */
import type L from "leaflet";
import type { Announcer } from "./page/announcer";
import { placeOf } from "./map/atlas";
import type { Card } from "./panels/card";
import type { Direction } from "./data/geometry";
import type { Mixer } from "./state/mixer";
import type { Panels } from "./panels/panels";
import { ShardError } from "./data/shards";
import { texts } from "./page/texts";
import type { Viewer } from "./map/viewer";

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
    private readonly viewer: Viewer,
    private readonly card: Card,
    private readonly announcer: Announcer,
    private readonly mixer: Mixer,
    /** null: there is none to open */
    private readonly panels: Panels | null,
  ) {
    viewer.atlas.leaflet.on("click", (event: L.LeafletMouseEvent) => this.click(event));
    viewer.atlas.leaflet.on("dblclick", () => clearTimeout(this.pending));
    // Capturing: an arrow key that walks must not reach Leaflet, which would pan.
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  private click({ latlng }: L.LeafletMouseEvent): void {
    const cell = this.viewer.geometry.posterUnder(placeOf(latlng));
    if (cell !== null) this.viewer.chooser.prepare(cell);
    clearTimeout(this.pending);
    this.pending = window.setTimeout(() => {
      if (cell !== null && this.viewer.store.now.picking) void this.mix(cell);
      else if (cell === this.viewer.store.now.chosen?.cell) return;
      else if (cell === null) this.viewer.chooser.close();
      else void this.viewer.chooser.choose(cell, "hand");
    }, DOUBLE_CLICK_MS);
  }

  private key(event: KeyboardEvent): void {
    // Some keyboards have the slash above another key.
    const shifted = event.shiftKey && event.key !== "/";
    if (event.ctrlKey || event.altKey || event.metaKey || shifted) return;
    const typing =
      event.target instanceof Element && event.target.matches("input, textarea, select");
    if (typing && event.key !== "Escape") return;
    if (this.answers(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private answers({ key, target }: KeyboardEvent): boolean {
    const open = this.viewer.store.now.chosen !== null;
    const direction = ARROWS[key];
    if (open && direction !== undefined) {
      if (!this.viewer.chooser.walk(direction)) this.announcer.say(texts.announce.edge);
      return true;
    }
    if (key === "Escape") return this.leave();
    if (key === "/" && this.panels !== null) {
      this.panels.enter("search");
      return true;
    }
    if (key === "Enter" && target === this.viewer.atlas.container) {
      if (this.viewer.store.now.picking) void this.mix(this.middle());
      else if (open) this.card.focus();
      else void this.viewer.chooser.choose(this.middle(), "hand");
      return true;
    }
    return false;
  }

  /** The poster in the middle of what is in view; the chosen one where there is one, to which arrows walk. */
  private middle(): number {
    const { store, geometry, atlas } = this.viewer;
    return store.now.chosen?.cell ?? geometry.nearest(atlas.focus());
  }

  /** A poster whose file is missing opens its card, which says so. */
  private async mix(cell: number): Promise<void> {
    try {
      await this.mixer.add(cell);
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      void this.viewer.chooser.choose(cell, "hand");
    }
  }

  /** Escape: leaves what was begun last, the card before the panel; false if there is nothing to leave. */
  private leave(): boolean {
    const { pen, picking, chosen, panel } = this.viewer.store.now;
    if (pen !== null) this.viewer.store.update({ pen: null });
    else if (picking) this.mixer.pick(false);
    else if (chosen !== null) this.viewer.chooser.close();
    else if (panel !== null) this.viewer.store.update({ panel: null });
    else return false;
    return true;
  }
}
