import { describe, expect, it } from "vitest";
import type { MapData } from "../src/data/contract";
import { Geometry, nudge } from "../src/data/geometry";

function mapOf(
  columns: number,
  rows: number,
  holes: number[],
  change: Partial<MapData> = {},
): MapData {
  return {
    title: "",
    count: columns * rows - holes.length,
    columns,
    rows,
    holes,
    cell: { width: 96, height: 144 },
    tiles: { size: 512, maxZoom: 2, extension: "webp", archives: null, margin: 0 },
    shardSide: 4,
    idPrefix: 0,
    clusters: [],
    search: ["title"],
    facets: { years: false, tags: false },
    list: false,
    quality: false,
    galleries: false,
    vectors: null,
    quantiles: [],
    about: {},
    attribution: { lines: [], others: 0 },
    ...change,
  };
}

const geometry = new Geometry(mapOf(12, 8, [30, 90, 91, 92, 93, 94, 95]));

describe("a cell", () => {
  it("has its column, row and middle", () => {
    expect([geometry.columnOf(30), geometry.rowOf(30)]).toEqual([6, 2]);
    expect(geometry.middleOf(30)).toEqual({ x: 6.5, y: 2.5 });
  });

  it.each([
    [{ x: 5.99, y: 2 }, 29],
    [{ x: 6, y: 2 }, null],
    [{ x: -0.01, y: 0 }, null],
    [{ x: 12, y: 0 }, null],
    [{ x: 0, y: 8 }, null],
    [{ x: 11.99, y: 6.99 }, 83],
  ])("under %j is %j: holes and what is beyond the map hold no poster", (place, cell) => {
    expect(geometry.posterUnder(place)).toBe(cell);
  });
});

describe("the next poster", () => {
  it("is the neighbour, or the one beyond a hole", () => {
    expect(geometry.next(28, "right")).toBe(29);
    expect(geometry.next(29, "right")).toBe(31);
    expect(geometry.next(18, "down")).toBe(42);
    expect(geometry.next(42, "up")).toBe(18);
  });

  it("is none at the edge, nor where only holes follow", () => {
    expect(geometry.next(0, "left")).toBeNull();
    expect(geometry.next(11, "right")).toBeNull();
    expect(geometry.next(83, "down")).toBeNull();
    expect(geometry.next(89, "right")).toBeNull();
  });
});

describe("the poster nearest to a place", () => {
  it("is the one there, if there is one", () => {
    expect(geometry.nearest({ x: 3.5, y: 1.5 })).toBe(15);
  });

  it("is beside a hole, and straight before diagonal", () => {
    expect([18, 29, 31, 42]).toContain(geometry.nearest({ x: 6.5, y: 2.5 }));
  });

  it("is on the map, however far off the place", () => {
    expect(geometry.nearest({ x: -9, y: 99 })).toBe(84);
    expect(new Geometry(mapOf(40, 1, [...Array(39).keys()])).nearest({ x: 0, y: 0 })).toBe(39);
  });
});

describe("tiles", () => {
  /** A second witness: marks the tiles that any corner pixel of any poster's cell lies in. */
  function tilesByPainting(map: MapData, zoom: number): Set<string> {
    const found = new Set<string>();
    const side = map.tiles.size * 2 ** (map.tiles.maxZoom - zoom);
    for (let cell = 0; cell < map.columns * map.rows; cell++) {
      if (map.holes.includes(cell)) continue;
      const left = map.tiles.margin + (cell % map.columns) * map.cell.width;
      const top = map.tiles.margin + Math.floor(cell / map.columns) * map.cell.height;
      for (let x = left; x < left + map.cell.width; x++) {
        for (let y = top; y < top + map.cell.height; y++) {
          found.add(`${Math.floor(x / side)}/${Math.floor(y / side)}`);
        }
      }
    }
    return found;
  }

  it.each([
    ["cells cut by tiles", mapOf(12, 8, [30, 90, 91, 92, 93, 94, 95])],
    ["cells that end where tiles end", mapOf(8, 4, [3, 31], { cell: { width: 128, height: 256 } })],
    ["cells larger than tiles", mapOf(2, 2, [3], { cell: { width: 700, height: 900 } })],
    [
      "a margin around them",
      mapOf(3, 2, [1], { tiles: { ...mapOf(1, 1, []).tiles, size: 256, maxZoom: 4, margin: 700 } }),
    ],
    ["a map in a corner", mapOf(1, 1, [], { cell: { width: 9, height: 9 } })],
  ])("exist exactly where a poster's cell reaches into them: %s", (_, map) => {
    const made = new Geometry(map);
    for (let zoom = 0; zoom <= map.tiles.maxZoom; zoom++) {
      const exist = new Set<string>();
      for (let x = -1; x <= 2 ** zoom; x++) {
        for (let y = -1; y <= 2 ** zoom; y++) {
          if (made.tileExists(zoom, { x, y })) exist.add(`${x}/${y}`);
        }
      }
      expect(exist).toEqual(tilesByPainting(map, zoom));
    }
  });

  it("exist at no zoom that is not there", () => {
    expect(geometry.tileExists(-1, { x: 0, y: 0 })).toBe(false);
    expect(geometry.tileExists(3, { x: 0, y: 0 })).toBe(false);
  });

  it("have addresses relative to the page", () => {
    expect(geometry.tileFile(2, { x: 1, y: 0 })).toBe("tiles/2/1/0.webp");
  });
});

describe("a poster's picture", () => {
  it("comes from one tile where it lies in one", () => {
    expect(geometry.crops(0)).toEqual([
      { tile: { x: 0, y: 0 }, from: { x: 0, y: 0 }, to: { x: 0, y: 0 }, width: 96, height: 144 },
    ]);
  });

  it("comes from four where they meet in it", () => {
    const crops = geometry.crops(3 * 12 + 5);
    expect(crops.map(({ tile }) => [tile.x, tile.y])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(crops[3]).toEqual({
      tile: { x: 1, y: 1 },
      from: { x: 0, y: 0 },
      to: { x: 32, y: 80 },
      width: 64,
      height: 64,
    });
  });

  it("is covered by its crops, without gap or overlap", () => {
    const large = new Geometry(mapOf(3, 3, [], { cell: { width: 700, height: 900 } }));
    for (const [made, area] of [[geometry, 96 * 144] as const, [large, 700 * 900] as const]) {
      for (let cell = 0; cell < 9; cell++) {
        const sum = made.crops(cell).reduce((total, crop) => total + crop.width * crop.height, 0);
        expect(sum).toBe(area);
      }
    }
  });
});

describe("shards", () => {
  it("are named by the block of cells", () => {
    expect(geometry.posterShardOf(0)).toBe("posters/0-0");
    expect(geometry.posterShardOf(4 * 12 + 11)).toBe("posters/2-1");
  });

  it("are named by the start of an id, or hold all", () => {
    expect(geometry.idShardOf("abc")).toBe("ids/all");
    const split = new Geometry(mapOf(1, 1, [], { idPrefix: 2 }));
    expect(split.idShardOf("abc")).toBe("ids/ab");
    expect(split.idShardOf("a")).toBe("ids/a");
  });
});

describe("fitting", () => {
  it("lies between zooms, by the tighter side", () => {
    expect(geometry.zoomToFit({ width: 400, height: 100 }, { width: 200, height: 1000 })).toBe(1);
    expect(geometry.zoomToFit({ width: 300, height: 300 }, { width: 600, height: 600 })).toBe(3);
  });
});

describe("a nudge", () => {
  const free = { x: 10, y: 10, width: 100, height: 100 };
  it.each([
    ["nothing for what is in view", { x: 20, y: 20, width: 10, height: 10 }, { x: 0, y: 0 }],
    ["back at the start", { x: 0, y: 4, width: 10, height: 10 }, { x: -10, y: -6 }],
    ["on at the end", { x: 105, y: 120, width: 10, height: 10 }, { x: 5, y: 20 }],
    [
      "to the start of what is too large",
      { x: 30, y: 30, width: 300, height: 300 },
      { x: 20, y: 20 },
    ],
  ])("is %s", (_, rect, push) => {
    expect(nudge(rect, free)).toEqual(push);
  });
});
