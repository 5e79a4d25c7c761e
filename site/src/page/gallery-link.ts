/** A cluster -> a link to the page that shows its posters in order. */
import type { Cluster } from "../data/contract";
import { element } from "./dom";
import { texts } from "./texts";

/** Says whose gallery it is to those who hear it alone; with `whole`, to all. */
export function galleryLink(cluster: Cluster, whole = false): HTMLAnchorElement {
  const label = texts.gallery.of(texts.cluster(cluster));
  const href = `clusters/${encodeURIComponent(cluster.slug)}_1.html`;
  return element(
    "a",
    { class: "gallery-link", href, "aria-label": label },
    whole ? label : texts.gallery.link,
  );
}
