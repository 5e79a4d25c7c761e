/** The parts of the viewer that rooms and hands work with. */
import type { Atlas } from "./atlas";
import type { Catalog } from "../data/catalog";
import type { Chooser } from "../state/chooser";
import type { MapData } from "../data/contract";
import type { Geometry } from "../data/geometry";
import type { Pictures } from "../page/picture";
import type { Origin, Store } from "../state/state";

export interface Viewer {
  readonly store: Store;
  readonly map: MapData;
  readonly geometry: Geometry;
  readonly pictures: Pictures;
  readonly catalog: Catalog;
  readonly chooser: Chooser;
  readonly atlas: Atlas;
}

/** Chooses a poster and flies there. */
export function go({ chooser, atlas }: Viewer, cell: number, origin: Origin = "hand"): void {
  void chooser.choose(cell, origin);
  atlas.fly(cell);
}
