/**
 * What is mixed -> the posters most like it, of those that are lit: the only writer of `State.mixed`.
 *
 * Vectors are loaded when the first mix is asked; where they are many megabytes, only once the visitor has agreed. An
 * answer that was overtaken by the next question is dropped.
 */
import type { Catalog } from "../data/catalog";
import { ShardError } from "../data/shards";
import { inSlices, whileWanted } from "../data/slices";
import { Vectors } from "../data/vectors";
import type { Mixed, Share, Store } from "../state/state";
import { meanOf, nearest, type Weighed } from "./likeness";

/** Posters that are answered with. */
export const MOST_ALIKE = 96;
/** So many bytes are not loaded unasked: a map of 180,000 posters has them. */
export const MANY_BYTES = 16_000_000;

export class Matcher {
  /** counts the questions, so that an answer knows whether it is still wanted */
  private question = 0;
  private agreed = false;

  constructor(
    private readonly store: Store,
    private readonly catalog: Pick<Catalog, "vectors">,
  ) {
    for (const part of ["mix", "lit", "panel"] as const) store.watch(part, () => this.askSoon());
  }

  /** The visitor lets many bytes be loaded. */
  agree(): void {
    this.agreed = true;
    this.askSoon();
  }

  /** Asks once more for what was missing. */
  retry(): void {
    this.askSoon();
  }

  private askSoon(): void {
    const turn = ++this.question;
    queueMicrotask(() => {
      if (turn === this.question) void this.ask(turn);
    });
  }

  private async ask(turn: number): Promise<void> {
    const wanted = (): boolean => turn === this.question;
    const { mix, panel } = this.store.now;
    const vectors = this.catalog.vectors();
    if (panel !== "mix" || mix.length === 0 || vectors === null) {
      if (mix.length === 0) this.say(null);
      return;
    }
    const bytes = vectors.bytes;
    if (!vectors.whole && !this.agreed && bytes > MANY_BYTES) {
      this.say({ kind: "large", bytes });
      return;
    }
    try {
      await vectors.load((done, all) => {
        if (this.store.now.panel === "mix") this.say({ kind: "loading", done, all });
      });
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      if (wanted()) this.say({ kind: "missing", file: error.file });
      return;
    }
    if (wanted()) await this.answer(vectors, wanted);
  }

  private async answer(vectors: Vectors, wanted: () => boolean): Promise<void> {
    const { mix, lit } = this.store.now;
    const parts = weighed(mix);
    if (parts.every(({ weight }) => weight === 0)) {
      this.say({ kind: "weightless" });
      return;
    }
    const place = meanOf(vectors, parts);
    if (place === null) {
      this.say({ kind: "nothing" });
      return;
    }
    const among = lit === null ? undefined : (cell: number) => lit.mask[cell] === 1;
    const cells = parts.map(({ cell }) => cell);
    const steps = nearest(vectors, place, MOST_ALIKE, cells, among);
    const alike = await inSlices(whileWanted(steps, wanted));
    if (alike !== null && wanted()) this.say({ kind: "found", alike });
  }

  private say(mixed: Mixed | null): void {
    if (this.store.now.mixed !== mixed) this.store.update({ mixed });
  }
}

/** One poster alone counts, whatever weight it was left with: nothing on the page would change that. */
function weighed(mix: readonly Share[]): Weighed[] {
  return mix.map(({ poster: { cell }, weight }) => ({ cell, weight: mix.length > 1 ? weight : 1 }));
}
