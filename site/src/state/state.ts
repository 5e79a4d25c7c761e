/** The viewer's state, in one place; whoever shows a part of it watches that part. */
import type { Poster } from "../data/contract";

/** What led to a choice; it decides what the browser's Back does. */
export type Origin = "hand" | "chance" | "walk" | "link";

export interface Chosen {
  readonly cell: number;
  readonly origin: Origin;
  /** null while its shard loads */
  readonly poster: Poster | null;
  /** the file that could not be loaded, if so */
  readonly missing: string | null;
}

/** What is searched for; an empty text asks nothing. */
export interface Query {
  readonly text: string;
  /** a name of MapData.search */
  readonly column: string;
}

export type TagMode = "any" | "all" | "none";

/** Which posters are asked for; a part that is null or empty asks nothing. */
export interface Filter {
  /** first and last, both included */
  readonly years: readonly [first: number, last: number] | null;
  readonly tags: readonly string[];
  readonly tagMode: TagMode;
  /** slugs */
  readonly clusters: readonly string[];
}

/** The posters that query and filter ask for; the others are dimmed. */
export interface Lit {
  /** by cell: 1 for those lit, 0 for others and for holes */
  readonly mask: Uint8Array;
  readonly count: number;
}

/** With what a selection is being drawn. */
export type Pen = "box" | "lasso";

/** What the panel at the left shows. */
export type Panel = "search" | "filter" | "select" | "mix" | "about";

/** A poster of a mix, and how much it counts: 0 to 100, of which only proportions matter. */
export interface Share {
  readonly poster: Poster;
  readonly weight: number;
}

export const USUAL_WEIGHT = 50;

/** A poster, and how like what is mixed it is, -1 to 1. */
export interface Alike {
  readonly cell: number;
  readonly likeness: number;
}

/**
 * What is known of the posters most like a mix: they are found, nearest first; or vectors are being loaded, are so many
 * bytes that the visitor is asked first, or are missing; or nothing lies between, since what is mixed cancels out, or all
 * weights are 0.
 */
export type Mixed =
  | { readonly kind: "found"; readonly alike: readonly Alike[] }
  | { readonly kind: "loading"; readonly done: number; readonly all: number }
  | { readonly kind: "large"; readonly bytes: number }
  | { readonly kind: "missing"; readonly file: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "weightless" };

export interface State {
  /** the chosen poster; null: none */
  readonly chosen: Chosen | null;
  readonly panel: Panel | null;
  readonly query: Query;
  readonly filter: Filter;
  /** the cells that the query finds, best first; null where it asks nothing, or waits for data */
  readonly found: Uint32Array | null;
  /** the query that `found` and `lit` answer; while it is not the one now asked, the answer is under way */
  readonly answered: Query;
  /** the filter that `lit` answers */
  readonly answeredFilter: Filter;
  /** whether a file is missing that the answer takes */
  readonly lacking: boolean;
  /** null: nothing is asked, all are lit */
  readonly lit: Lit | null;
  /** the cells drawn around, in view, or that matched when they were taken, ascending; null: none are */
  readonly selected: readonly number[] | null;
  /** what is mixed, none twice; one alone: what is like it is looked for */
  readonly mix: readonly Share[];
  /** null: nothing is mixed, or nobody has looked yet */
  readonly mixed: Mixed | null;
  /** whether the poster clicked next is added to the mix, instead of opening its card */
  readonly picking: boolean;
  /** what a drag on the map draws; null: it moves the map */
  readonly pen: Pen | null;
  /** whether the tour is under way */
  readonly touring: boolean;
}

export const NO_QUERY: Query = { text: "", column: "title" };
export const NO_FILTER: Filter = { years: null, tags: [], tagMode: "any", clusters: [] };

const START: State = {
  chosen: null,
  panel: null,
  query: NO_QUERY,
  filter: NO_FILTER,
  found: null,
  answered: NO_QUERY,
  answeredFilter: NO_FILTER,
  lacking: false,
  lit: null,
  selected: null,
  mix: [],
  mixed: null,
  picking: false,
  pen: null,
  touring: false,
};

/** Whether a query or filter asks for anything. */
export function asks({ query, filter }: Pick<State, "query" | "filter">): boolean {
  return searches(query) || filters(filter);
}

export function searches({ text }: Query): boolean {
  return text.trim() !== "";
}

/** Whether `lit` is what is asked now: not while the answer is under way, or a file for it is missing. */
export function isAnswered({ query, filter, answered, answeredFilter, lacking }: State): boolean {
  return query === answered && filter === answeredFilter && !lacking;
}

export function filters({ years, tags, clusters }: Filter): boolean {
  return years !== null || tags.length > 0 || clusters.length > 0;
}

type Listener<T> = (now: T, before: T) => void;

interface Watcher {
  readonly tell: Listener<State>;
  /** what it was told last */
  heard: State;
}

export class Store {
  private readonly watchers = new Set<Watcher>();

  constructor(private state: State = START) {}

  get now(): State {
    return this.state;
  }

  /** A watcher may change the state itself: then those after it hear of both changes at once, and only once. */
  update(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const watcher of [...this.watchers]) {
      const { heard } = watcher;
      watcher.heard = this.state;
      watcher.tell(this.state, heard);
    }
  }

  /** Calls the listener after every change of one part; returns how to stop that. */
  watch<K extends keyof State>(part: K, listener: Listener<State[K]>): () => void {
    const tell: Listener<State> = (now, before) => {
      if (now[part] !== before[part]) listener(now[part], before[part]);
    };
    const watcher = { tell, heard: this.state };
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
