/** Choosing, walking and closing: the only writer of `State.chosen`. */
import type { Catalog } from "../data/catalog";
import type { Direction, Geometry } from "../data/geometry";
import { ShardError } from "../data/shards";
import type { Origin, Store } from "./state";

export class Chooser {
  constructor(
    private readonly store: Store,
    private readonly geometry: Geometry,
    private readonly catalog: Catalog,
  ) {}

  /** Chooses the poster in a cell, first without its details, then with them. */
  async choose(cell: number, origin: Origin): Promise<void> {
    const waiting = { cell, origin, poster: null, missing: null };
    this.store.update({ chosen: waiting });
    try {
      const poster = await this.catalog.poster(cell);
      if (this.store.now.chosen === waiting) this.store.update({ chosen: { ...waiting, poster } });
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      const { file: missing } = error;
      if (this.store.now.chosen === waiting) this.store.update({ chosen: { ...waiting, missing } });
    }
  }

  /** Loads a poster's details ahead; what goes wrong is said when it is chosen. */
  prepare(cell: number): void {
    this.catalog.poster(cell).catch(() => undefined);
  }

  /** To the next poster in a direction; false at the edge. */
  walk(direction: Direction): boolean {
    const { chosen } = this.store.now;
    const next = chosen && this.geometry.next(chosen.cell, direction);
    if (next === null) return false;
    void this.choose(next, "walk");
    return true;
  }

  retry(): void {
    const { chosen } = this.store.now;
    if (chosen !== null) void this.choose(chosen.cell, chosen.origin);
  }

  close(): void {
    if (this.store.now.chosen !== null) this.store.update({ chosen: null });
  }
}
