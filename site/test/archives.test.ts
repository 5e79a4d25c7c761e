import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PMTiles, type RangeResponse, type Source } from "pmtiles";
import { describe, expect, it } from "vitest";
import { Archives } from "../src/data/archives";
import { fixture } from "./fixture";

/** A file of the fixture, read in ranges; it can be made to fail. */
class FixtureSource implements Source {
  constructor(
    private readonly file: string,
    private readonly asked: string[],
    private readonly broken: () => boolean,
  ) {}

  getKey(): string {
    return this.file;
  }

  getBytes(offset: number, length: number): Promise<RangeResponse> {
    this.asked.push(this.file);
    if (this.broken()) return Promise.reject(new Error("no network"));
    const bytes = readFileSync(join(fixture, "archives", this.file));
    return Promise.resolve({ data: new Uint8Array(bytes).slice(offset, offset + length).buffer });
  }
}

/** The fixture's archives, the files they ask for, and a switch that cuts them off. */
function over(): { archives: Archives; asked: string[]; network: { down: boolean } } {
  const asked: string[] = [];
  const network = { down: false };
  const open = (file: string): PMTiles =>
    new PMTiles(new FixtureSource(file, asked, () => network.down));
  return { archives: new Archives([0, 3], open), asked, network };
}

const places = [
  [0, { x: 0, y: 0 }],
  [1, { x: 0, y: 0 }],
  [1, { x: 0, y: 1 }],
  [1, { x: 1, y: 1 }],
  [1, { x: 1, y: 0 }],
] as const;
const never = new AbortController().signal;

function read(archives: Archives, zoom: number, tile: { x: number; y: number }): Promise<string> {
  return archives.tile(zoom, tile, never).then((data) => new TextDecoder().decode(data));
}

describe("archives", () => {
  it("hold a tile in the last one that does not begin beyond it", () => {
    const { archives } = over();
    const files = places.map(([zoom, tile]) => archives.fileOf(zoom, tile));
    expect(files.map((file) => file.replace(/\D/g, ""))).toEqual(["0", "0", "0", "1", "1"]);
    expect(files[0]).toBe("tiles/map-0.pmtiles");
    expect(new Archives([0]).fileOf(9, { x: 511, y: 7 })).toBe("tiles/map-0.pmtiles");
  });

  it.each(places)("give the tile at zoom %d, %j, and ask no other archive", async (zoom, tile) => {
    const { archives, asked } = over();
    expect(await read(archives, zoom, tile)).toBe(`${zoom}/${tile.x}/${tile.y}`);
    expect(new Set(asked)).toEqual(new Set([archives.fileOf(zoom, tile)]));
  });

  it("read a header once for many tiles at a time", async () => {
    const { archives, asked } = over();
    await Promise.all(places.map(([zoom, tile]) => read(archives, zoom, tile)));
    expect(asked).toHaveLength(places.length + 2);
  });

  it("reject where there is no tile, and name it", async () => {
    const { archives } = over();
    const beyond = archives.tile(2, { x: 0, y: 0 }, never);
    await expect(beyond).rejects.toThrow("no tile 2/0/0 in tiles/map-1.pmtiles");
  });

  it("try again after a failure when asked again", async () => {
    const { archives, network } = over();
    network.down = true;
    await expect(read(archives, 0, { x: 0, y: 0 })).rejects.toThrow("no network");
    network.down = false;
    expect(await read(archives, 0, { x: 0, y: 0 })).toBe("0/0/0");
  });

  it("reject what was called off", async () => {
    const { archives } = over();
    const control = new AbortController();
    const tile = archives.tile(0, { x: 0, y: 0 }, control.signal);
    control.abort();
    await expect(tile).rejects.toThrow();
    expect(await read(archives, 0, { x: 0, y: 0 })).toBe("0/0/0");
  });
});
