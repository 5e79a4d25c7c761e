/** Columns ready to be searched, each read once for whoever searches. */
import type { Catalog } from "../data/catalog";
import { inSlices } from "../data/slices";
import { Titles } from "./titles";

export class Columns {
  private readonly known = new Map<string, Promise<Titles>>();

  constructor(private readonly catalog: Pick<Catalog, "column">) {}

  /** Rejects with ShardError if the column's file is missing. */
  titles(name: string): Promise<Titles> {
    const titles = this.known.get(name) ?? this.read(name);
    this.known.set(name, titles);
    return titles;
  }

  private async read(name: string): Promise<Titles> {
    try {
      return await inSlices(Titles.read(await this.catalog.column(name)));
    } catch (error) {
      this.known.delete(name);
      throw error;
    }
  }
}
