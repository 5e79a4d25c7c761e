/** Puts the viewer together: data/map.js in, a page out. */
import L from "leaflet";
import { Address } from "./address";
import { Announcer } from "./announcer";
import { Atlas } from "./atlas";
import { Card } from "./card";
import { Catalog } from "./catalog";
import { Chooser } from "./chooser";
import { ContractError, type MapData, readMap } from "./contract";
import { element } from "./dom";
import { Geometry } from "./geometry";
import { Hands } from "./hands";
import { failurePanel, Notice } from "./notice";
import { Outlines } from "./outline";
import { loadScript, Shards } from "./shards";
import { TileSource } from "./source";
import { Store } from "./state";
import { texts } from "./texts";
import { toolbar } from "./toolbar";

declare global {
  interface Window {
    /** Where data scripts put their messages, before and after this one runs. */
    mapmaker?: { push(message: unknown): void };
  }
}

/** Takes what data scripts have said, and all they will say. */
function receive(): Shards {
  const shards = new Shards(loadScript);
  const early: unknown = window.mapmaker;
  if (Array.isArray(early)) early.forEach((message) => shards.receive(message));
  window.mapmaker = { push: (message) => shards.receive(message) };
  return shards;
}

function start(page: HTMLElement): void {
  const shards = receive();
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
      show(page, map, shards);
    }
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    page.replaceChildren(failurePanel(texts.failure.wrong(Shards.fileOf("map"), error.message)));
  }
}

function show(page: HTMLElement, map: MapData, shards: Shards): void {
  const geometry = new Geometry(map);
  const source = new TileSource(map.tiles, geometry);
  const catalog = new Catalog(map, geometry, shards);
  const store = new Store();
  const chooser = new Chooser(store, geometry, catalog);
  const notice = new Notice();
  const announcer = new Announcer(store);

  const view = mapElement(map);
  page.replaceChildren(titlePlate(map), view, mapHelp());
  const packed = map.tiles.archives !== null;
  const tileMissing = (file: string): void =>
    notice.say(packed ? texts.failure.archive(file) : texts.failure.tile(file));
  const card: Card = new Card(
    map,
    geometry,
    source,
    {
      close: () => hands.close(),
      retry: () => chooser.retry(),
      address: () => address.full,
      tileMissing,
    },
    store,
  );
  const atlas = new Atlas(view, map, geometry, source, () => card.covered());
  page.append(toolbar(atlas), notice.element, announcer.element);
  page.after(card.element);

  store.watch("chosen", (chosen) => {
    document.body.classList.toggle("card-open", chosen !== null);
    // A link says itself where to look.
    if (chosen !== null && chosen.origin !== "link") atlas.reveal(chosen.cell);
  });
  new Outlines(atlas, geometry, store);
  const hands = new Hands(store, geometry, chooser, atlas, card, announcer);
  const address = new Address(store, atlas, catalog, chooser, notice);
  atlas.tiles.on("tileerror", ({ coords }) => tileMissing(atlas.tiles.fileOf(coords)));
  void address.follow();
}

function titlePlate(map: MapData): HTMLElement {
  return element(
    "header",
    { class: "plate" },
    element("h1", { dir: "auto" }, map.title),
    element("p", { class: "quiet" }, texts.count(map.count)),
  );
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
