/** What a label has led to: the cluster, in a caption that leads to its gallery, until anyone touches anything else. */
import type { Atlas } from "./atlas";
import type { Cluster } from "../data/contract";
import { element } from "../page/dom";
import { galleryLink } from "../page/gallery-link";
import { texts } from "../page/texts";

export class Visited {
  readonly element = element("div", { class: "caption visited", role: "group" });
  private control = new AbortController();

  constructor(private readonly atlas: Atlas) {
    this.element.setAttribute("aria-label", texts.gallery.visited);
    this.element.hidden = true;
  }

  visit(cluster: Cluster): void {
    this.atlas.visit(cluster);
    this.element.replaceChildren(
      element(
        "p",
        {},
        element("strong", { dir: "auto" }, texts.cluster(cluster)),
        " ",
        element("span", { class: "quiet" }, texts.count(cluster.size)),
      ),
      galleryLink(cluster),
    );
    this.element.hidden = false;
    this.control.abort();
    this.control = new AbortController();
    const options = { capture: true, passive: true, signal: this.control.signal };
    for (const event of ["pointerdown", "wheel", "keydown"]) {
      window.addEventListener(event, (touched) => this.isOwn(touched) || this.leave(), options);
    }
  }

  private leave(): void {
    this.control.abort();
    this.element.hidden = true;
  }

  /** Whoever tabs is perhaps on the way to the link. */
  private isOwn(event: Event): boolean {
    if (event instanceof KeyboardEvent && ["Tab", "Shift"].includes(event.key)) return true;
    return event.target instanceof Element && this.element.contains(event.target);
  }
}
