/** The controls: moving about the map in one group, ways to explore it in another. */
import type { Atlas } from "./map/atlas";
import type { MapData } from "./data/contract";
import { element, icon, iconButton } from "./page/dom";
import type { Panel, State, Store } from "./state/state";
import { texts } from "./page/texts";

/** Zoom, the whole map, full screen. */
export function toolbar(atlas: Atlas): HTMLElement {
  const { leaflet } = atlas;
  const zoomIn = iconButton("zoomIn", texts.toolbar.zoomIn, () => leaflet.zoomIn());
  const zoomOut = iconButton("zoomOut", texts.toolbar.zoomOut, () => leaflet.zoomOut());
  const home = iconButton("home", texts.toolbar.home, () => atlas.home(true));
  const bar = group(texts.toolbar.label, zoomIn, zoomOut, home);
  // Phones of one maker have no full screen for pages.
  if (document.fullscreenEnabled) bar.append(fullscreenButton());

  // aria-disabled, not disabled: that would throw the keyboard's focus off the button.
  const mark = (): void => {
    const zoom = leaflet.getZoom();
    zoomIn.setAttribute("aria-disabled", String(zoom >= leaflet.getMaxZoom()));
    zoomOut.setAttribute("aria-disabled", String(zoom <= leaflet.getMinZoom()));
  };
  leaflet.on("zoomend zoomlevelschange", mark);
  mark();
  return bar;
}

/** Search, filter, select, a random poster, the tour, about: those that this map has something for. */
export function exploreBar(store: Store, map: MapData, random: () => void): HTMLElement {
  const filterable = map.facets.years || map.facets.tags || map.clusters.length > 0;
  const bar = group(texts.toolbar.rooms, worded(panelButton(store, "search"), "search"));
  bar.classList.add("explore-bar");
  if (filterable) bar.append(worded(panelButton(store, "filter"), "filter"));
  bar.append(worded(panelButton(store, "select"), "select"));
  bar.append(iconButton("random", texts.toolbar.random, random));
  if (map.clusters.length >= 2) bar.append(tourButton(store));
  bar.append(panelButton(store, "about"));
  return bar;
}

function group(label: string, ...buttons: readonly HTMLElement[]): HTMLElement {
  return element("div", { class: "toolbar", role: "group", "aria-label": label }, ...buttons);
}

/** Those that have a button: a mix begins at a card. */
type Opened = Exclude<Panel, "mix">;

function panelButton(store: Store, panel: Opened): HTMLButtonElement {
  const button = iconButton(panel, texts.panel[panel], () =>
    store.update({ panel: store.now.panel === panel ? null : panel }),
  );
  follow(store, button, "aria-expanded", "panel", (now) => now === panel);
  return button;
}

/** With its name beside the icon, seen where there is room for it. */
function worded(button: HTMLButtonElement, panel: Opened): HTMLButtonElement {
  button.classList.add("worded", `open-${panel}`);
  button.append(element("span", { class: "word" }, texts.panel[panel]));
  return button;
}

function tourButton(store: Store): HTMLButtonElement {
  const button = iconButton("tour", texts.toolbar.tour, () =>
    store.update({ touring: !store.now.touring }),
  );
  button.classList.add("tour-button");
  follow(store, button, "aria-pressed", "touring", (now) => now);
  return button;
}

/** Keeps a button's attribute true to a part of the state. */
function follow<K extends keyof State>(
  store: Store,
  button: HTMLElement,
  attribute: string,
  part: K,
  on: (now: State[K]) => boolean,
): void {
  const mark = (now: State[K]): void => button.setAttribute(attribute, String(on(now)));
  store.watch(part, mark);
  mark(store.now[part]);
}

function fullscreenButton(): HTMLButtonElement {
  const button = iconButton("fullscreen", texts.toolbar.fullscreen, () => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen();
    // Refused, by an embedding page for one: nothing changes, and nothing needs saying.
    change.catch(() => undefined);
  });
  document.addEventListener("fullscreenchange", () => {
    const on = document.fullscreenElement !== null;
    const label = on ? texts.toolbar.leaveFullscreen : texts.toolbar.fullscreen;
    button.replaceChildren(icon(on ? "leaveFullscreen" : "fullscreen"));
    button.setAttribute("aria-label", label);
    button.title = label;
  });
  return button;
}
