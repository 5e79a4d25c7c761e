/** `?ui=0` in the page's address: only the map, for a frame in another page. */
import { element } from "./page/dom";
import { texts } from "./page/texts";

/** From the address's query string. */
export function isBare(query: string): boolean {
  return new URLSearchParams(query).get("ui") === "0";
}

/** The address of the same view with everything on it. */
export function wholeAddress(address: string): string {
  const url = new URL(address);
  url.searchParams.delete("ui");
  return url.href;
}

export function wholeMapLink(address: () => string): HTMLAnchorElement {
  const link = element("a", { class: "whole-map", target: "_blank", rel: "noopener" });
  link.textContent = texts.bare.whole;
  const aim = (): void => {
    link.href = wholeAddress(address());
  };
  // The view changes all the time; it is only asked for by those about to follow.
  for (const event of ["pointerenter", "pointerdown", "focus"]) link.addEventListener(event, aim);
  aim();
  return link;
}
