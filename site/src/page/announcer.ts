/** Says aloud, to screen readers, what changed on the map. */
import { element } from "./dom";
import type { Store } from "../state/state";
import { texts } from "./texts";

export class Announcer {
  readonly element = element("div", { class: "unseen", "aria-live": "polite" });

  constructor(store: Store) {
    store.watch("chosen", (chosen) => {
      if (chosen === null) this.say(texts.announce.closed);
      if (chosen?.poster) {
        const { title, year, tags } = chosen.poster;
        this.say(texts.announce.poster(title, year, tags));
      }
      if (chosen?.missing) this.say(texts.failure.shard(chosen.missing));
    });
  }

  say(text: string): void {
    this.element.textContent = text;
  }
}
