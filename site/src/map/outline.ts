/** Hairlines around the poster under the pointer and around the chosen one. */
import L from "leaflet";
import { type Atlas, placeOf } from "./atlas";
import type { Geometry } from "../data/geometry";
import type { Store } from "../state/state";

export class Outlines {
  private readonly hovered = rectangle("outline outline-hovered");
  private readonly edge = rectangle("outline outline-edge");
  private readonly chosen = rectangle("outline outline-chosen");

  constructor(
    private readonly atlas: Atlas,
    private readonly geometry: Geometry,
    store: Store,
  ) {
    store.watch("chosen", (chosen) => {
      this.draw(this.edge, chosen?.cell ?? null);
      this.draw(this.chosen, chosen?.cell ?? null);
    });
    // A finger leaves no pointer behind: nothing to hover with.
    if (matchMedia("(hover: hover)").matches) this.followPointer();
  }

  private followPointer(): void {
    let last: number | null = null;
    const hover = (cell: number | null): void => {
      if (cell === last) return;
      last = cell;
      this.draw(this.hovered, cell);
      this.atlas.container.classList.toggle("over-poster", cell !== null);
    };
    this.atlas.leaflet.on("mousemove", (event: L.LeafletMouseEvent) =>
      hover(this.geometry.posterUnder(placeOf(event.latlng))),
    );
    this.atlas.leaflet.on("mouseout", () => hover(null));
  }

  private draw(outline: L.Rectangle, cell: number | null): void {
    if (cell === null) {
      outline.remove();
      return;
    }
    const column = this.geometry.columnOf(cell);
    const row = this.geometry.rowOf(cell);
    outline.setBounds(L.latLngBounds([row, column], [row + 1, column + 1]));
    outline.addTo(this.atlas.leaflet);
  }
}

/** Its look is the stylesheet's. */
function rectangle(className: string): L.Rectangle {
  const nowhere = L.latLngBounds([0, 0], [0, 0]);
  return L.rectangle(nowhere, { className, interactive: false, fill: false });
}
