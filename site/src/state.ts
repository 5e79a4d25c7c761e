/** The viewer's state, in one place; whoever shows something of it subscribes. */
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

type Listener = (now: State, before: State) => void;

export class Store {
  private readonly listeners = new Set<Listener>();

  constructor(private state: State = { chosen: null }) {}

  get now(): State {
    return this.state;
  }

  update(change: Partial<State>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    for (const listener of [...this.listeners]) listener(this.state, before);
  }

  /** Calls the listener after every change; returns how to stop that. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
