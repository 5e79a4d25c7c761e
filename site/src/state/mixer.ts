/** What is mixed: the only writer of `State.mix` and `State.picking`. */
import type { Catalog } from "../data/catalog";
import type { Poster } from "../data/contract";
import { type Share, type Store, USUAL_WEIGHT } from "./state";

/** Posters of a mix: with more, nobody sees any more what each does. */
export const MOST_MIXED = 8;

export class Mixer {
  constructor(
    private readonly store: Store,
    private readonly catalog: Pick<Catalog, "poster">,
  ) {}

  /** Begins anew; `picking`: whether another is then to be chosen on the map. */
  begin(shares: readonly Share[], picking = false): void {
    this.store.update({ mix: shares.slice(0, MOST_MIXED), picking });
  }

  get full(): boolean {
    return this.store.now.mix.length >= MOST_MIXED;
  }

  holds(cell: number): boolean {
    return this.store.now.mix.some(({ poster }) => poster.cell === cell);
  }

  /** Adds a poster, unless it is there; rejects with ShardError if its file is missing. */
  async add(cell: number): Promise<void> {
    this.put(await this.catalog.poster(cell));
  }

  /** Adds a poster, unless it is there, or there are too many. */
  put(poster: Poster): void {
    const { mix } = this.store.now;
    const added = this.holds(poster.cell) || this.full;
    this.store.update({
      mix: added ? mix : [...mix, { poster, weight: USUAL_WEIGHT }],
      picking: false,
    });
  }

  remove(cell: number): void {
    this.store.update({ mix: this.store.now.mix.filter(({ poster }) => poster.cell !== cell) });
  }

  weigh(cell: number, weight: number): void {
    const mix = this.store.now.mix.map((share) =>
      share.poster.cell === cell ? { ...share, weight } : share,
    );
    this.store.update({ mix });
  }

  /** Whether the next poster clicked on the map is added. */
  pick(picking: boolean): void {
    if (this.store.now.picking !== picking) this.store.update({ picking });
  }
}
