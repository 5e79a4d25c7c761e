/** Cells -> posters, ids -> cells, what can be searched and filtered, vectors: all by the files that they are in. */
import {
  ContractError,
  type Facets,
  type MapData,
  type Poster,
  readFacets,
  readIdShard,
  readPosterShard,
  readSearch,
} from "./contract";
import type { Geometry } from "./geometry";
import { ShardError, Shards } from "./shards";
import { inSlices } from "./slices";
import { Vectors } from "./vectors";

export class Catalog {
  private known: Vectors | null = null;

  constructor(
    private readonly map: MapData,
    private readonly geometry: Geometry,
    private readonly shards: Shards,
  ) {}

  /** The poster in a cell; rejects with ShardError if its file is missing or lacks it. */
  async poster(cell: number): Promise<Poster> {
    const name = this.geometry.posterShardOf(cell);
    const shard = await this.shards.get(name, (value) => readPosterShard(value, this.map));
    const poster = shard.get(cell);
    if (poster === undefined) {
      const cause = new ContractError(`no poster in cell ${cell}`);
      throw new ShardError(Shards.fileOf(name), { cause });
    }
    return poster;
  }

  /** A searchable column's text of every poster, in the order of `Geometry.cells`. */
  column(name: string): Promise<readonly string[]> {
    const number = Math.max(0, this.map.search.indexOf(name));
    return this.shards.get(`search/${number}`, (value) => readSearch(value, this.map));
  }

  /** Years, tags and clusters of every poster. */
  facets(): Promise<Facets> {
    return this.shards.get("facets", (value) => inSlices(readFacets(value, this.map)));
  }

  /** All posters' vectors, none of which is loaded yet when first asked for; null where the map has none. */
  vectors(): Vectors | null {
    if (this.map.vectors !== null)
      this.known ??= new Vectors(this.map, this.map.vectors, this.shards);
    return this.known;
  }

  /** The cell of an id; "gone" if its poster is on the map no more, "unknown" if it never was. */
  async cellOf(id: string): Promise<number | "gone" | "unknown"> {
    const name = this.geometry.idShardOf(id);
    const shard = await this.shards.get(name, (value) => readIdShard(value, this.map));
    return shard.get(id) ?? "unknown";
  }
}
