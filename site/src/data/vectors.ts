/**
 * The vectors of all posters: which way each lies in the space that the map's neighbours are near in, a byte a number.
 *
 * They are many bytes, so they are loaded when somebody asks what is alike, a few scripts at a time, and once.
 */
import { ContractError, type MapData, type VectorsTold } from "./contract";
import { type Shards, ShardError } from "./shards";
import { inSlices, type Steps } from "./slices";

/** Scripts under way at once. */
const AT_ONCE = 4;
/** Rows looked at in one step, a millisecond or less. */
const STEP = 2 ** 16;
/** Instead of the cell of a row that is not on the map. */
const NOWHERE = -1;

export class Vectors {
  readonly numbers: number;
  /** all numbers, row by row; only the direction of a row counts */
  readonly values: Int8Array;
  /** of each row, 1 / its length; 0 where it has no direction */
  readonly scales: Float32Array;
  /** the cell of each row, -1 for none */
  cells: Int32Array = new Int32Array();
  private rowOfCell: Int32Array = new Int32Array();
  private readonly here = new Set<number>();
  private under: Promise<void> | null = null;

  constructor(
    private readonly map: Pick<MapData, "columns" | "rows" | "count">,
    private readonly told: VectorsTold,
    private readonly shards: Pick<Shards, "once">,
  ) {
    this.numbers = told.numbers;
    this.values = new Int8Array(told.rows * told.numbers);
    this.scales = new Float32Array(told.rows);
  }

  /** About how many bytes a visitor loads: four characters for three numbers. */
  get bytes(): number {
    return Math.round(((this.numbers + 4) * this.told.rows * 4) / 3);
  }

  /** The row of a poster's cell; -1 if it has none. */
  rowOf(cell: number): number {
    return this.rowOfCell[cell] ?? NOWHERE;
  }

  /** Loads what is not here yet; rejects with ShardError, and what has come by then stays. */
  load(progress: (done: number, all: number) => void): Promise<void> {
    this.under ??= this.loadAll(progress).finally(() => (this.under = null));
    return this.under;
  }

  /** Whether nothing needs to be loaded any more. */
  get whole(): boolean {
    return this.here.size === this.scripts && this.cells.length > 0;
  }

  private get scripts(): number {
    return Math.ceil(this.told.rows / this.told.shard);
  }

  private async loadAll(progress: (done: number, all: number) => void): Promise<void> {
    const all = this.scripts + 1;
    const tell = (): void => progress(this.here.size + (this.cells.length > 0 ? 1 : 0), all);
    if (this.whole) return;
    tell();
    if (this.cells.length === 0) {
      await this.shards.once("vectors/cells", (value) => inSlices(this.place(value)));
      tell();
    }
    const missing = Array.from({ length: this.scripts }, (_, i) => i).filter(
      (i) => !this.here.has(i),
    );
    let failed: ShardError | null = null;
    const work = async (): Promise<void> => {
      for (let one = missing.shift(); one !== undefined; one = missing.shift()) {
        const number = one;
        await this.shards.once(`vectors/${number}`, (value) => this.take(number, value));
        if (failed === null) tell();
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (error) {
      if (error instanceof ShardError) failed = error;
      missing.length = 0;
      throw error;
    }
  }

  /** In steps: at a million posters, all at once would hold the page up. */
  private *place(value: unknown): Steps<void> {
    const { rows } = this.told;
    const view = new DataView(decoded(value, 4 * rows).buffer);
    const cells = new Int32Array(rows);
    const rowOfCell = new Int32Array(this.map.columns * this.map.rows).fill(NOWHERE);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (row % STEP === STEP - 1) yield;
      const cell = (cells[row] = view.getInt32(4 * row, true));
      if (cell === NOWHERE) continue;
      // Beyond the map, there is no such place: undefined.
      if (rowOfCell[cell] !== NOWHERE) throw new ContractError(`row ${row} is in cell ${cell}`);
      rowOfCell[cell] = row;
      count++;
    }
    if (count !== this.map.count) throw new ContractError(`${count} rows for ${this.map.count}`);
    [this.cells, this.rowOfCell] = [cells, rowOfCell];
  }

  private take(number: number, value: unknown): void {
    const first = number * this.told.shard;
    const rows = Math.min(this.told.shard, this.told.rows - first);
    const bytes = new Int8Array(decoded(value, rows * this.numbers).buffer);
    this.values.set(bytes, first * this.numbers);
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      const end = (row + 1) * this.numbers;
      for (let at = row * this.numbers; at < end; at++) squares += bytes[at]! * bytes[at]!;
      this.scales[first + row] = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    }
    this.here.add(number);
  }
}

/** The bytes of a text in base64. */
function decoded(value: unknown, length: number): Uint8Array<ArrayBuffer> {
  if (typeof value !== "string") throw new ContractError("is no text");
  let text: string;
  try {
    text = atob(value);
  } catch (cause) {
    throw new ContractError("is no base64", { cause });
  }
  if (text.length !== length) throw new ContractError(`${text.length} bytes, not ${length}`);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
