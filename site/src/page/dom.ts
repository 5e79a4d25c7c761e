/**
 * Making elements. Text only ever goes in as text, never as markup. What has `dir: "auto"` holds words of the
 * map's, not of the viewer's: nobody knows which way they are written, and they are in the language that the
 * page gives the map's title.
 */

type Attributes = Readonly<Record<string, string>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  const lang = attributes["dir"] === "auto" ? languageOfTheMap() : null;
  if (lang !== null) made.setAttribute("lang", lang);
  made.append(...children);
  return made;
}

/** "" is one that nobody knows; null that of the page, English. */
function languageOfTheMap(): string | null {
  return document.querySelector("title")?.getAttribute("lang") ?? null;
}

/** A link out of the map; `href` has passed `webAddress`. */
export function outwardLink(href: string, label: string): HTMLAnchorElement {
  return element("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

const ICONS = {
  zoomIn: "M10 4v12M4 10h12",
  zoomOut: "M4 10h12",
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8v8h9V8",
  fullscreen: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  leaveFullscreen: "M8 4v4H4M16 8h-4V4M12 16v-4h4M4 12h4v4",
  close: "m5 5 10 10M15 5 5 15",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4M12.7 12.7l4 4",
  filter: "M3.5 5.5h13M6 10h8M8.5 14.5h3",
  select:
    "M6.4 12.5C4.7 11.7 3.5 10.2 3.5 8.5 3.5 5.9 6.4 3.9 10 3.9s6.5 2 6.5 4.6-2.9 4.6-6.5 4.6q-1 0-1.9-.2M6.5 11.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2M7.5 14.3q.4 1.7-1.5 2.7",
  random: "M4 4h12v12H4zM7.2 7.2h.01M12.8 7.2h.01M10 10h.01M7.2 12.8h.01M12.8 12.8h.01",
  tour: "M6.5 4.5v11l9-5.5z",
  stop: "M5.5 5.5h9v9h-9z",
  about: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 9.2v4.3M10 6.5h.01",
  overview: "M3.5 4.5h13v11h-13zM9 9h7.5M9 9v6.5",
  fold: "m5.5 8 4.5 4.5L14.5 8",
} as const;

export type Icon = keyof typeof ICONS;

export function icon(name: Icon): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name: Icon, label: string, action: () => void): HTMLButtonElement {
  const button = element("button", { type: "button", "aria-label": label, title: label });
  button.className = "icon-button";
  button.append(icon(name));
  button.addEventListener("click", action);
  return button;
}

/** Whether the visitor asks for less motion, now. */
export function lessMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
