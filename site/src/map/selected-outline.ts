/** A line around the selected cells. */
import L from "leaflet";
import type { Atlas } from "./atlas";
import type { Geometry } from "../data/geometry";
import { outlineOf } from "./lasso";
import type { Store } from "../state/state";

/** Of more lines than this none is drawn: posters strewn all over have no outline, and it would take seconds. */
const MOST = 20000;

export class SelectedOutline {
  private readonly edge = line("outline outline-selected-edge");
  private readonly line = line("outline outline-selected");

  constructor(atlas: Atlas, geometry: Geometry, store: Store) {
    store.watch("selected", (selected) => {
      const segments = outlineOf(geometry, selected ?? [], MOST) ?? [];
      const lines = segments.map((ends) => ends.map(({ x, y }) => L.latLng(y, x)));
      for (const drawn of [this.edge, this.line]) {
        if (lines.length === 0) drawn.remove();
        else drawn.setLatLngs(lines).addTo(atlas.leaflet);
      }
    });
  }
}

/** Its look is the stylesheet's. */
function line(className: string): L.Polyline<never> {
  return L.polyline<never>([], { className, interactive: false, fill: false, smoothFactor: 0 });
}
