/** Cells -> posters and ids -> cells, by the shards they are in. */
import { ContractError, type MapData, type Poster, readIdShard, readPosterShard } from "./contract";
import type { Geometry } from "./geometry";
import { ShardError, Shards } from "./shards";

export class Catalog {
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

  /** The cell of an id; null if its shard does not know it. */
  async cellOf(id: string): Promise<number | null> {
    const name = this.geometry.idShardOf(id);
    const shard = await this.shards.get(name, (value) => readIdShard(value, this.map));
    return shard.get(id) ?? null;
  }
}
