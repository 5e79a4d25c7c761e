/** The address bar <-> the view: keeps the hash true, and follows it when it changes. */
import type { Atlas } from "./atlas";
import type { Catalog } from "./catalog";
import type { Chooser } from "./chooser";
import { formatLink, type Link, parseLink } from "./link";
import type { Notice } from "./notice";
import { ShardError } from "./shards";
import type { Chosen, Store } from "./state";
import { texts } from "./texts";

/** Browsers refuse a page that changes its address too often. */
const SETTLE_MS = 300;

export class Address {
  private pending: number | undefined;
  /** counts the links followed, so that one overtaken by the next is dropped */
  private followed = 0;

  constructor(
    private readonly store: Store,
    private readonly atlas: Atlas,
    private readonly catalog: Catalog,
    private readonly chooser: Chooser,
    private readonly notice: Notice,
  ) {
    store.watch("chosen", (now, before) => this.note(now, before));
    atlas.leaflet.on("moveend", () => this.writeSoon());
    window.addEventListener("popstate", () => void this.follow());
  }

  /** What the address bar should say now. */
  get link(): Link {
    const poster = this.store.now.chosen?.poster?.id ?? null;
    return { place: poster === null && this.atlas.atHome ? null : this.atlas.place, poster };
  }

  /** The whole address of what is shown. */
  get full(): string {
    return location.href.replace(/#.*$/, "") + formatLink(this.link);
  }

  /** Shows what the address says. */
  async follow(): Promise<void> {
    clearTimeout(this.pending);
    const turn = ++this.followed;
    const { place, poster } = parseLink(location.hash);
    if (place !== null) this.atlas.show(place);
    else if (poster === null) this.atlas.home();
    if (poster === null) {
      this.chooser.close();
      return;
    }
    const cell = await this.cellOf(poster);
    if (cell === null || turn !== this.followed) return;
    // The flight ends beside the card, so the card comes first, in its full size.
    await this.chooser.choose(cell, "link");
    if (place === null && this.store.now.chosen?.cell === cell) this.atlas.fly(cell);
  }

  private async cellOf(id: string): Promise<number | null> {
    try {
      const cell = await this.catalog.cellOf(id);
      if (cell === null) this.notice.say(texts.failure.unknownPoster(id));
      return cell;
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.notice.say(texts.failure.missing(error.file));
      return null;
    }
  }

  /** A poster chosen by hand is a step for Back; walking and closing are not. */
  private note(chosen: Chosen | null, before: Chosen | null): void {
    if (chosen?.origin !== "link") this.followed++;
    const complete = chosen?.poster && !before?.poster;
    if (complete && chosen.origin === "hand") {
      clearTimeout(this.pending);
      history.pushState(null, "", this.full);
    } else {
      this.writeSoon();
    }
  }

  private writeSoon(): void {
    clearTimeout(this.pending);
    this.pending = window.setTimeout(() => {
      if (this.full !== location.href) history.replaceState(null, "", this.full);
    }, SETTLE_MS);
  }
}
