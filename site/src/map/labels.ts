/** Names of clusters that have one, over their regions, as long as the posters are too small to speak for themselves. */
import L from "leaflet";
import type { Atlas } from "./atlas";
import type { Cluster, MapData } from "../data/contract";
import { element } from "../page/dom";
import type { Rect } from "../data/geometry";
import { placeLabels } from "./placing";
import type { Store } from "../state/state";

/** Screen pixels a cell is wide from which on there are no labels. */
const LARGE_ENOUGH = 40;
/** More would be noise, and cost time. */
const MOST = 150;
/** Classes of size; the largest cluster has the highest. */
const RANKS = 3;

interface Label {
  readonly text: HTMLElement;
  readonly marker: L.Marker;
  /** screen pixels */
  width: number;
  height: number;
}

/**
 * Not in the accessibility tree, nor in the order of focus: the card, the tour and the panel about the
 * map lead to clusters too, without a hundred stops on the way.
 */
export class Labels {
  private readonly pane: HTMLElement;
  private readonly labels: readonly Label[];

  constructor(
    private readonly atlas: Atlas,
    map: MapData,
    store: Store,
    private readonly visit: (cluster: Cluster) => void,
  ) {
    this.pane = atlas.leaflet.createPane("labels");
    this.pane.setAttribute("aria-hidden", "true");
    const named = map.clusters.filter(({ name }) => name !== "");
    const clusters = named.sort((a, b) => b.size - a.size).slice(0, MOST);
    const largest = clusters[0]?.size ?? 1;
    this.labels = clusters.map((cluster) => this.make(cluster, largest));
    for (const label of this.labels) {
      label.width = label.text.offsetWidth;
      label.height = label.text.offsetHeight;
    }
    atlas.leaflet.on("zoomend resize zoomlevelschange", () => this.place());
    // Names would stand before the few posters that are lit.
    store.watch("lit", (lit) => this.pane.classList.toggle("labels-back", lit !== null));
    this.place();
  }

  private make(cluster: Cluster, largest: number): Label {
    const rank = Math.max(1, Math.ceil(RANKS * Math.sqrt(cluster.size / largest)));
    const text = element("span", { class: `label label-${rank}`, dir: "auto" }, cluster.name);
    const icon = L.divIcon({ html: text, className: "label-spot", iconSize: [0, 0] });
    const [column, row] = cluster.cell;
    const options = { icon, pane: "labels", keyboard: false, zIndexOffset: cluster.size };
    const marker = L.marker([row + 0.5, column + 0.5], options).addTo(this.atlas.leaflet);
    marker.on("click", () => this.visit(cluster));
    return { text, marker, width: 0, height: 0 };
  }

  /** Once a zoom, not while panning: labels keep their distances then. */
  private place(): void {
    const gone = this.atlas.cellWidth > LARGE_ENOUGH;
    this.pane.classList.toggle("labels-gone", gone);
    if (gone) return;
    const map = this.atlas.mapOnScreen();
    const moves = placeLabels(
      this.labels.map((label) => this.boxOf(label, map)),
      map,
    );
    this.labels.forEach(({ text }, i) => {
      const move = moves[i] ?? null;
      text.classList.toggle("label-crowded", move === null);
      if (move !== null) {
        text.style.transform = `translate(calc(${move.x}px - 50%), calc(${move.y}px - 50%))`;
      }
    });
  }

  /** A label's box, seen from the map's corner. */
  private boxOf({ marker, width, height }: Label, map: Rect): Rect {
    const { x, y } = this.atlas.leaflet.latLngToContainerPoint(marker.getLatLng());
    return { x: x - width / 2 - map.x, y: y - height / 2 - map.y, width, height };
  }
}
