/** Lines around the posters of a mix, and around those most like it, while its room is open. */
import L from "leaflet";
import type { Geometry } from "../data/geometry";
import type { State, Store } from "../state/state";
import type { Atlas } from "./atlas";

/** Of the posters found, so many: those first in the list. */
const FOUND = 24;

export class MixedOutlines {
  private readonly drawn = L.layerGroup();

  constructor(
    atlas: Atlas,
    private readonly geometry: Geometry,
    store: Store,
  ) {
    this.drawn.addTo(atlas.leaflet);
    for (const part of ["mix", "mixed", "panel"] as const) {
      store.watch(part, () => this.draw(store.now));
    }
    store.watch("picking", (picking) => document.body.classList.toggle("picking", picking));
  }

  private draw({ mix, mixed, panel }: State): void {
    this.drawn.clearLayers();
    if (panel !== "mix" || mix.length === 0) return;
    const found = mixed?.kind === "found" ? mixed.alike.slice(0, FOUND) : [];
    for (const { cell } of found) this.outline(cell, "outline outline-alike");
    for (const { poster } of mix) {
      this.outline(poster.cell, "outline outline-edge");
      this.outline(poster.cell, "outline outline-mixed");
    }
  }

  private outline(cell: number, className: string): void {
    const { geometry } = this;
    const [column, row] = [geometry.columnOf(cell), geometry.rowOf(cell)];
    const bounds = L.latLngBounds([row, column], [row + 1, column + 1]);
    L.rectangle(bounds, { className, interactive: false, fill: false }).addTo(this.drawn);
  }
}
