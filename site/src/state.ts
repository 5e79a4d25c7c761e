/** The viewer's state, in one place; whoever shows a part of it watches that part. */
import type { Poster } from "./contract";

/** What led to a choice; it decides what the browser's Back does. */
export type Origin = "hand" | "walk" | "link";

export interface Chosen {
  readonly cell: number;
  readonly origin: Origin;
  /** null while its shard loads */
  readonly poster: Poster | null;
  /** the file that could not be loaded, if so */
  readonly missing: string | null;
}

export interface State {
  /** the chosen poster; null: none */
  readonly chosen: Chosen | null;
}

type Listener<T> = (now: T, before: T) => void;

export class Store {
  private readonly listeners = new Set<Listener<State>>();

  constructor(private state: State = { chosen: null }) {}

  get now(): State {
    return this.state;
  }

  update(change: Partial<State>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    for (const listener of [...this.listeners]) listener(this.state, before);
  }

  /** Calls the listener after every change of one part; returns how to stop that. */
  watch<K extends keyof State>(part: K, listener: Listener<State[K]>): () => void {
    const watcher: Listener<State> = (now, before) => {
      if (now[part] !== before[part]) listener(now[part], before[part]);
    };
    this.listeners.add(watcher);
    return () => this.listeners.delete(watcher);
  }
}
