/** Puts the viewer together: data/map.js in, a page out. */
import L from "leaflet";
import { AboutRoom } from "./panels/about-room";
import { Address } from "./address";
import { Announcer } from "./page/announcer";
import { Atlas, type Covered } from "./map/atlas";
import { isBare, wholeAddress, wholeMapLink } from "./bare";
import { Card } from "./panels/card";
import { Catalog } from "./data/catalog";
import { Chooser } from "./state/chooser";
import { Columns } from "./find/columns";
import { type Cluster, ContractError, type MapData, type Poster, readMap } from "./data/contract";
import { alsoBeyond, coveredBy } from "./map/covered";
import { element } from "./page/dom";
import { Drawing } from "./map/drawing";
import { FilterRoom } from "./panels/filter-room";
import { Finder } from "./find/finder";
import { Geometry } from "./data/geometry";
import { Hands } from "./hands";
import { Labels } from "./map/labels";
import { LitChip } from "./panels/lit-chip";
import { Matcher } from "./find/matcher";
import { Minimap } from "./map/minimap";
import { MixedOutlines } from "./map/mixed-outlines";
import { Mixer } from "./state/mixer";
import { MixRoom } from "./panels/mix-room";
import { failurePanel, Notice } from "./page/notice";
import { Outlines } from "./map/outline";
import { Panels } from "./panels/panels";
import { type Arrivals, Pictures } from "./page/picture";
import { fits, LOW } from "./page/screens";
import { SearchRoom } from "./panels/search-room";
import { SelectRoom } from "./panels/select-room";
import { SelectedOutline } from "./map/selected-outline";
import { Shade } from "./map/shade";
import { loadScript, Shards } from "./data/shards";
import { Sieve } from "./find/sieve";
import { TileSource } from "./data/source";
import { Store, USUAL_WEIGHT } from "./state/state";
import { texts } from "./page/texts";
import { exploreBar, toolbar } from "./toolbar";
import { Tour } from "./map/tour";
import { Visited } from "./map/visited";
import { go, type Viewer } from "./map/viewer";

declare global {
  interface Window {
    /** Where data scripts put their messages, before and after this one runs. */
    mapmaker?: { push(message: unknown): void };
  }
}

/** Takes what data scripts have said, and all they will say. */
function receive(notice: Notice): Shards {
  const shards = new Shards(loadScript, (file) => notice.came(file));
  const early: unknown = window.mapmaker;
  if (Array.isArray(early)) early.forEach((message) => shards.receive(message));
  window.mapmaker = { push: (message) => shards.receive(message) };
  return shards;
}

function start(page: HTMLElement): void {
  const notice = new Notice(() => page.querySelector<HTMLElement>(".map")?.focus());
  const shards = receive(notice);
  const value = shards.take("map");
  if (value === undefined) {
    page.replaceChildren(failurePanel(texts.failure.missing(Shards.fileOf("map"))));
    return;
  }
  try {
    const map = readMap(value);
    // A page opened by double click may show files, but not read parts of them.
    if (map.tiles.archives !== null && location.protocol === "file:") {
      page.replaceChildren(failurePanel(texts.failure.archives, texts.failure.serve));
    } else {
      show(page, map, shards, notice);
    }
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    page.replaceChildren(failurePanel(texts.failure.wrong(Shards.fileOf("map"), error.message)));
  }
}

function show(page: HTMLElement, told: MapData, shards: Shards, notice: Notice): void {
  const bare = document.body.classList.toggle("bare", isBare(location.search));
  // What is alike has a room, and a frame has none.
  const map = bare ? { ...told, vectors: null } : told;
  const store = new Store();
  const view = mapElement(map);
  const lit = new LitChip(store, map, () => view.focus({ preventScroll: true }));
  page.replaceChildren(titlePlate(map, lit.element), view, mapHelp());

  const tiles = tilesTold(map, notice);
  const geometry = new Geometry(map);
  const source = new TileSource(map.tiles, geometry);
  const catalog = new Catalog(map, geometry, shards);
  const chooser = new Chooser(store, geometry, catalog);
  const mixer = new Mixer(store, catalog);
  const pictures = new Pictures(map, geometry, source, tiles);
  const actions = {
    close: (): void => chooser.close(),
    // A panel below that had it before takes it from there.
    left: (): void => view.focus({ preventScroll: true }),
    retry: (): void => chooser.retry(),
    say: (text: string): void => announcer.say(text),
    address: (): string => wholeAddress(address.full),
    visit: (cluster: Cluster): void => atlas.visit(cluster),
    go: (cell: number): void => go(viewer, cell),
    alike: (poster: Poster): void => {
      mixer.begin([{ poster, weight: USUAL_WEIGHT }]);
      panels.enter("mix");
    },
    mix: (poster: Poster): void => {
      if (store.now.panel === "mix" && store.now.mix.length > 0) mixer.put(poster);
      else mixer.begin([{ poster, weight: USUAL_WEIGHT }], true);
      panels.enter("mix");
    },
    title: async (cell: number): Promise<string> => (await catalog.poster(cell)).title,
  };
  const card = new Card(map, pictures, actions, store);
  const atlas: Atlas = new Atlas(view, map, geometry, source, () => coveredOn(page, card, panels));
  listen(atlas, tiles);
  const viewer: Viewer = { store, map, geometry, pictures, catalog, chooser, atlas };
  const sieve = new Sieve(map, catalog);
  const columns = new Columns(catalog);
  const panels = panelsOf(viewer, sieve, mixer, columns);
  const announcer = new Announcer(store);
  page.append(...(bare ? [] : controls(viewer, panels)), notice.element, announcer.element);
  page.after(card.element);

  keepInView(viewer, card, panels);
  drawOver(viewer, bare ? null : page);
  new Finder(store, geometry, columns, sieve, notice);
  new Hands(viewer, card, announcer, mixer, bare ? null : panels);
  const address = new Address(viewer, sieve, mixer, notice);
  if (bare) page.append(wholeMapLink(() => address.full));
  void address.follow();
}

/** Says which tiles are missing, until they come. */
function tilesTold({ tiles }: MapData, notice: Notice): Arrivals {
  const { archive, tile } = texts.failure;
  return {
    missing: (file) => notice.say((tiles.archives === null ? tile : archive)(file), file),
    came: (file) => notice.came(file),
  };
}

function listen({ tiles }: Atlas, arrivals: Arrivals): void {
  tiles.on("tileerror", ({ coords }) => arrivals.missing(tiles.fileOf(coords)));
  tiles.on("tileload", ({ coords }) => arrivals.came(tiles.fileOf(coords)));
}

function panelsOf(viewer: Viewer, sieve: Sieve, mixer: Mixer, columns: Columns): Panels {
  const { store, map, geometry, catalog, atlas } = viewer;
  const matcher = new Matcher(store, catalog);
  const rooms = {
    search: new SearchRoom(viewer),
    filter: new FilterRoom(store, map, geometry, sieve),
    select: new SelectRoom(viewer),
    mix: new MixRoom(viewer, mixer, matcher, columns),
    about: new AboutRoom(map, atlas),
  };
  return new Panels(store, rooms, () => atlas.container.focus({ preventScroll: true }));
}

/** All that a map has but one in a frame of another page. */
function controls(viewer: Viewer, panels: Panels): HTMLElement[] {
  const { store, map, geometry, pictures, atlas } = viewer;
  const drawing = new Drawing(store, geometry, atlas);
  const tour = new Tour(store, atlas, map);
  const minimap = new Minimap(atlas, geometry, pictures, map);
  const random = (): void =>
    go(viewer, geometry.cells[Math.floor(Math.random() * geometry.cells.length)] ?? 0, "chance");
  const bars = [toolbar(atlas), exploreBar(store, map, random)];
  return [...bars, minimap.element, panels.element, drawing.hint, tour.element];
}

/** What lies over the tiles. What is told of a label's cluster stands in `page`, null in a frame. */
function drawOver({ store, map, geometry, atlas }: Viewer, page: HTMLElement | null): void {
  new Outlines(atlas, geometry, store);
  new SelectedOutline(atlas, geometry, store);
  new MixedOutlines(atlas, geometry, store);
  const visited = new Visited(atlas);
  const told = page !== null && map.galleries;
  if (told) page.append(visited.element);
  new Labels(atlas, map, store, (cluster) => (told ? visited : atlas).visit(cluster));
  new Shade(atlas, geometry, store);
}

/** In a low window, where the buttons are as high as the map, they cover it too. */
function coveredOn(page: HTMLElement, card: Card, panels: Panels): Covered {
  const covered = coveredBy(card.element, panels.element);
  if (!fits(LOW)) return covered;
  return alsoBeyond([...page.querySelectorAll<HTMLElement>(".toolbar")], covered);
}

/** The whole map and the chosen poster stay beside card and panel, and the focus where the visitor is. */
function keepInView({ store, atlas }: Viewer, card: Card, panels: Panels): void {
  store.watch("chosen", (chosen) => {
    const covers = chosen !== null && panels.cover();
    document.body.classList.toggle("card-open", chosen !== null);
    atlas.makeRoom();
    if (covers) card.focus();
    if (chosen === null) panels.uncover();
    // A link says itself where to look.
    if (chosen !== null && chosen.origin !== "link") atlas.reveal(chosen.cell);
  });
  atlas.makeRoom();
  store.watch("panel", (panel) => {
    atlas.makeRoom();
    const { chosen } = store.now;
    if (chosen !== null && panel !== null) atlas.keep(chosen.cell);
  });
  // They grow with what is in them.
  const sizes = new ResizeObserver(() => atlas.makeRoom());
  for (const { element } of [card, panels]) sizes.observe(element);
  // A turned phone keeps what was being looked at.
  atlas.leaflet.on("resize", () => {
    const { chosen } = store.now;
    if (chosen !== null && !atlas.flying) atlas.reveal(chosen.cell);
  });
}

function titlePlate(map: MapData, count: HTMLElement): HTMLElement {
  return element("header", { class: "plate" }, element("h1", { dir: "auto" }, map.title), count);
}

function mapElement(map: MapData): HTMLElement {
  return element("div", {
    class: "map",
    tabindex: "0",
    role: "application",
    "aria-label": texts.map.label(map.title),
    "aria-describedby": "map-help",
  });
}

function mapHelp(): HTMLElement {
  return element("p", { class: "unseen", id: "map-help" }, texts.map.help);
}

// Leaflet makes itself a global; nothing here needs that.
L.noConflict();
const page = document.querySelector("main");
if (page !== null) start(page);
