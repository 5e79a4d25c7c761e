/**
 * Query and filter -> what is found and lit: the only writer of both, and of what question they answer.
 *
 * What each needs is loaded when it is first asked for. An answer that was overtaken by the next question is dropped.
 */
import type { Columns } from "./columns";
import type { Geometry } from "../data/geometry";
import type { Notice } from "../page/notice";
import { ShardError } from "../data/shards";
import type { Sieve } from "./sieve";
import { inSlices, whileWanted } from "../data/slices";
import {
  asks,
  type Filter,
  filters,
  type Lit,
  type Query,
  searches,
  type State,
  type Store,
} from "../state/state";
import { texts } from "../page/texts";
import type { Indexes } from "./titles";

/** What the query finds: indexes of posters, best first. */
interface Answer {
  readonly query: Query;
  readonly found: Indexes;
}

type Said = Pick<State, "found" | "lit" | "answered" | "answeredFilter" | "lacking">;

const NOTHING = { found: null, lit: null, lacking: false } as const;

export class Finder {
  private answer: Answer | null = null;
  /** counts the questions, so that an answer knows whether it is still wanted */
  private question = 0;
  /** whether a file was missing for the question that is being answered */
  private lacked = false;

  constructor(
    private readonly store: Store,
    private readonly geometry: Geometry,
    private readonly columns: Pick<Columns, "titles">,
    private readonly sieve: Sieve,
    private readonly notice: Pick<Notice, "say">,
  ) {
    // One change may be of both; then there is one question.
    store.watch("query", () => this.askSoon());
    store.watch("filter", () => this.askSoon());
    store.watch("panel", (panel) => {
      if (panel === "search") void this.prepare(store.now.query.column);
      // Perhaps the file is there by now.
      if (panel !== null && store.now.lacking) this.askSoon();
    });
  }

  private askSoon(): void {
    const turn = ++this.question;
    queueMicrotask(() => {
      if (turn === this.question) void this.ask(turn);
    });
  }

  private async ask(turn: number): Promise<void> {
    const wanted = (): boolean => turn === this.question;
    const { query, filter } = this.store.now;
    this.lacked = false;
    if (!asks(this.store.now)) {
      this.say({ ...NOTHING, answered: query, answeredFilter: filter });
      return;
    }
    const [found, filtered] = await Promise.all([
      this.orSay(this.found(query, wanted)),
      this.orSay(this.filtered(filter)),
    ]);
    if (!wanted()) return;
    const lacking = this.lacked;
    const { found: cells, lit } = this.together(found, filtered);
    this.say({ found: cells, lit, answered: query, answeredFilter: filter, lacking });
  }

  private say(change: Said): void {
    const parts = Object.keys(change) as (keyof Said)[];
    if (parts.some((part) => change[part] !== this.store.now[part])) this.store.update(change);
  }

  /** What could not be loaded is said, and does without. */
  private async orSay<T>(value: Promise<T>): Promise<T | null> {
    try {
      return await value;
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.lacked = true;
      this.notice.say(texts.failure.missing(error.file), error.file);
      return null;
    }
  }

  /** null: nothing is asked, or no longer wanted. */
  private async found(query: Query, wanted: () => boolean): Promise<Indexes | null> {
    if (!searches(query)) return null;
    if (this.answer?.query === query) return this.answer.found;
    const titles = await this.columns.titles(query.column);
    const found = await inSlices(whileWanted(titles.search(query.text), wanted));
    if (found !== null) this.answer = { query, found };
    return found;
  }

  /** Has titles ready when the first letter is typed; what goes wrong is said then. */
  private async prepare(column: string): Promise<void> {
    try {
      await this.columns.titles(column);
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
    }
  }

  private async filtered(filter: Filter): Promise<Uint8Array | null> {
    if (!filters(filter)) return null;
    return (await this.sieve.filters()).misses(filter);
  }

  /** Indexes of posters become cells. */
  private together(found: Indexes | null, missed: Uint8Array | null): Pick<State, "found" | "lit"> {
    const { cells } = this.geometry;
    return {
      found: found && found.map((index) => cells[index] ?? 0),
      lit: found === null && missed === null ? null : this.lit(found, missed),
    };
  }

  private lit(found: Indexes | null, missed: Uint8Array | null): Lit {
    const { cells, columns, rows } = this.geometry;
    const mask = new Uint8Array(columns * rows);
    let count = 0;
    for (let i = 0; i < (found ?? cells).length; i++) {
      const index = found?.[i] ?? i;
      if (missed !== null && missed[index] !== 0) continue;
      mask[cells[index] ?? 0] = 1;
      count++;
    }
    return { mask, count };
  }
}
