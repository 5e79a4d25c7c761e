/** The map's facets -> its filters, loaded when they are first asked for, and kept: one for all who filter. */
import type { Catalog } from "../data/catalog";
import type { MapData } from "../data/contract";
import { Filters } from "./facets";

export class Sieve {
  private known: Filters | null = null;

  constructor(
    private readonly map: Pick<MapData, "clusters">,
    private readonly catalog: Pick<Catalog, "facets">,
  ) {}

  /** Rejects with ShardError if the facets' file is missing. */
  async filters(): Promise<Filters> {
    if (this.known !== null) return this.known;
    const facets = await this.catalog.facets();
    const slugs = this.map.clusters.map(({ slug }) => slug);
    this.known ??= new Filters(facets, slugs);
    return this.known;
  }
}
