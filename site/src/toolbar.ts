/** The few controls: zoom, the whole map, full screen. */
import type { Atlas } from "./atlas";
import { element, icon, iconButton } from "./dom";
import { texts } from "./texts";

export function toolbar(atlas: Atlas): HTMLElement {
  const { leaflet } = atlas;
  const zoomIn = iconButton("zoomIn", texts.toolbar.zoomIn, () => leaflet.zoomIn());
  const zoomOut = iconButton("zoomOut", texts.toolbar.zoomOut, () => leaflet.zoomOut());
  const home = iconButton("home", texts.toolbar.home, () => atlas.home(true));
  const bar = element("div", {
    class: "toolbar",
    role: "group",
    "aria-label": texts.toolbar.label,
  });
  bar.append(zoomIn, zoomOut, home);
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
