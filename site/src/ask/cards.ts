/** Posters -> what is shown of them. */
import { element } from "../page/dom";
import type { Found, Poster } from "./api";
import { texts } from "./texts";
import type { With } from "./walk";

const LARGE = 384;

/** A picture that may not be there: then its box stays, with the poster's name beside it. */
function picture(source: string): HTMLImageElement {
  const image = element("img", { src: source, alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.classList.add("lacking"));
  return image;
}

function mapLink(poster: Poster, name: string): HTMLElement {
  if (poster.map === null) return element("span", { class: "quiet" }, texts.notOnMap);
  const label = texts.onMapOf(name);
  return element("a", { class: "on-map", href: poster.map, "aria-label": label }, texts.onMap);
}

/** A poster in a list; `href` asks with it. */
export function card(poster: Poster | Found, href: string): HTMLLIElement {
  const name = texts.nameOf(poster.title, poster.year);
  const link = element(
    "a",
    { class: "walk", href },
    element("span", { class: "picture" }, picture(`${poster.picture}?size=${LARGE}`)),
    element("span", { class: "name", dir: "auto" }, name),
  );
  const item = element("li", {}, link);
  if ("similarity" in poster) {
    const score = element("strong", {}, texts.similarity(poster));
    item.append(element("p", { class: "score" }, score, ` ${texts.worth(poster)}`));
  }
  item.append(mapLink(poster, name));
  return item;
}

/** What was asked with: a poster, or a picture that this page holds. */
export function askedWith(shown: With): HTMLElement[] {
  if (shown.kind === "picture") return [picture(shown.address)];
  const { poster, recognised } = shown;
  const name = texts.nameOf(poster.title, poster.year);
  const said = recognised ? [element("p", {}, texts.isPoster(name))] : [];
  return [picture(`${poster.picture}?size=${LARGE}`), mapLink(poster, name), ...said];
}
