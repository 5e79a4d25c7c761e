/** The panel about the map: who made it, of what, under which licence, whom to write to; its clusters, its keys. */
import type { Atlas } from "../map/atlas";
import { type MapData, webAddress } from "../data/contract";
import { element, outwardLink } from "../page/dom";
import { linked, mailAddress } from "../page/linked";
import type { Room } from "./panels";
import { texts } from "../page/texts";

export class AboutRoom implements Room {
  readonly element = element("div", { class: "about", tabindex: "-1" });

  constructor(map: MapData, atlas: Atlas) {
    const { description } = map.about;
    this.element.append(element("p", { class: "about-title", dir: "auto" }, map.title));
    if (description !== undefined) {
      this.element.append(element("p", { dir: "auto" }, ...linked(description)));
    }
    this.element.append(
      element("p", { class: "quiet" }, texts.count(map.count)),
      ...(map.list ? [pageLink("list/index.html", texts.about.list)] : []),
      ...(map.quality ? [pageLink("quality/index.html", texts.about.quality)] : []),
      ...(map.galleries ? [pageLink("clusters/index.html", texts.gallery.all)] : []),
      ...makers(map),
      ...clusterList(map, atlas),
      element("h3", {}, texts.about.keys),
      keyTable(),
      element("p", { class: "quiet" }, texts.about.made),
    );
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }
}

/** To the pages that say the same without a map, to the one that says how good it is, to the galleries. */
function pageLink(href: string, words: string): HTMLElement {
  return element("p", {}, element("a", { href }, words));
}

function makers({ about, attribution }: MapData): HTMLElement[] {
  const list = element("dl", { class: "about-makers" });
  for (const part of ["author", "credits", "licence"] as const) {
    const value = about[part];
    if (value === undefined) continue;
    const said = element("dd", { dir: "auto" }, ...linked(value));
    list.append(element("dt", {}, texts.about[part]), said);
  }
  if (attribution.lines.length > 0) {
    list.append(element("dt", {}, texts.about.attribution));
    for (const line of attribution.lines) {
      list.append(element("dd", { dir: "auto" }, ...linked(line)));
    }
    if (attribution.others > 0) {
      list.append(element("dd", {}, texts.about.moreAttribution(attribution.others)));
    }
  }
  if (about.contact !== undefined) {
    list.append(element("dt", {}, texts.about.contact), contact(about.contact));
  }
  return list.childElementCount > 0 ? [list] : [];
}

function contact(value: string): HTMLElement {
  const web = webAddress(value);
  const mail = mailAddress(value);
  const said =
    web !== null
      ? outwardLink(web, value)
      : mail !== null
        ? element("a", { href: mail }, value)
        : value;
  return element("dd", { dir: "auto" }, texts.about.contactUse, " ", said);
}

/** The way to the clusters for whom the labels on the map are none. */
function clusterList({ clusters }: MapData, atlas: Atlas): HTMLElement[] {
  if (clusters.length === 0) return [];
  const list = element("ul", { class: "about-clusters" });
  for (const cluster of [...clusters].sort((a, b) => b.size - a.size)) {
    const fly = element("button", { type: "button" });
    fly.append(element("span", { dir: "auto" }, texts.cluster(cluster)), " ");
    fly.append(element("span", { class: "quiet" }, cluster.size.toLocaleString("en")));
    fly.addEventListener("click", () => atlas.visit(cluster));
    list.append(element("li", {}, fly));
  }
  return [element("h3", {}, texts.about.clusters), list];
}

function keyTable(): HTMLElement {
  const list = element("dl", { class: "about-keys" });
  for (const [key, use] of texts.about.keyTable) {
    list.append(element("dt", {}, element("kbd", {}, key)), element("dd", {}, use));
  }
  return list;
}
