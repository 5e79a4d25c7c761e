/** Making elements. Text only ever goes in as text, never as markup. */

type Attributes = Readonly<Record<string, string>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
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
