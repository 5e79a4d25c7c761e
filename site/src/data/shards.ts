/**
 * Names of data files -> their values, loaded once each.
 *
 * Data are scripts, because a page opened by double click may not fetch: each calls
 * `self.mapmaker.push([name, value])`, and this is the receiver.
 */

/** A data file could not be loaded, or did not say what its name promises. */
export class ShardError extends Error {
  override readonly name = "ShardError";

  constructor(
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(`${file} could not be loaded`, options);
  }
}

/** Runs the script of a file; rejects if there is none. */
export type LoadScript = (file: string) => Promise<void>;

/** Checks a value; a large one in slices. */
type Read<T> = (value: unknown) => T | Promise<T>;

export class Shards {
  private readonly arrived = new Map<string, unknown>();
  private readonly wanted = new Map<string, Promise<unknown>>();

  /**
   * came: hears of each file that has been loaded and read.
   * keep: how many values stay in memory; the longest unused one goes first.
   */
  constructor(
    private readonly load: LoadScript,
    private readonly came: (file: string) => void = () => undefined,
    private readonly keep = 32,
  ) {}

  static fileOf(name: string): string {
    return `data/${name}.js`;
  }

  /** Takes a message of a data script; what is no message is let lie. */
  receive(message: unknown): void {
    if (Array.isArray(message) && typeof message[0] === "string") {
      this.arrived.set(message[0], message[1]);
    }
  }

  /** What came with the page, without loading. */
  take(name: string): unknown {
    const value = this.arrived.get(name);
    this.arrived.delete(name);
    return value;
  }

  /** The value of a file as `read` checks it; a failed file is tried again when asked again. */
  get<T>(name: string, read: Read<T>): Promise<T> {
    const known = this.wanted.get(name) as Promise<T> | undefined;
    const value = known ?? this.fetch(name, read);
    this.wanted.delete(name);
    this.wanted.set(name, value);
    for (const oldest of this.wanted.keys()) {
      if (this.wanted.size <= this.keep) break;
      this.wanted.delete(oldest);
    }
    return value;
  }

  /** The same, but not kept: for what its reader keeps itself. */
  once<T>(name: string, read: Read<T>): Promise<T> {
    return this.fetch(name, read);
  }

  private async fetch<T>(name: string, read: Read<T>): Promise<T> {
    const file = Shards.fileOf(name);
    try {
      await this.load(file);
      const value = await read(this.take(name));
      this.came(file);
      return value;
    } catch (cause) {
      this.wanted.delete(name);
      throw new ShardError(file, { cause });
    }
  }
}

/** Runs a script by a script element, the one way that works from file:// too. */
export const loadScript: LoadScript = (file) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = file;
    script.onload = () => {
      script.remove();
      resolve();
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`no script ${file}`));
    };
    document.head.append(script);
  });
