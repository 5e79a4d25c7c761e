/** The address bar <-> the view: keeps the hash true, and follows it when it changes. */
import {
  askAlike,
  formatLink,
  type Known,
  type Link,
  parseLink,
  type Part,
  within,
  withinKnown,
} from "./state/link";
import type { Mixer } from "./state/mixer";
import type { Notice } from "./page/notice";
import { ShardError } from "./data/shards";
import { asks, type Chosen, type Share, type State } from "./state/state";
import type { Sieve } from "./find/sieve";
import { texts } from "./page/texts";
import type { Viewer } from "./map/viewer";

/** Browsers refuse a page that changes its address too often. */
const SETTLE_MS = 300;

export class Address {
  private pending: number | undefined;
  /** what the address bar is about to say of the step it is at */
  private due: string | null = null;
  /** counts the links followed, so that one overtaken by the next is dropped */
  private followed = 0;
  /** the poster of a link until its data are here: the address keeps it, however long that takes */
  private wanted: string | null = null;
  /** the mix of a link, likewise */
  private wantedMix: readonly Part[] | null = null;
  /** whether the step that the address is at began with a random poster */
  private byChance = false;
  /** while the view is made to show what the address says */
  private following = false;

  constructor(
    private readonly viewer: Viewer,
    private readonly sieve: Sieve,
    private readonly mixer: Mixer,
    private readonly notice: Notice,
  ) {
    const { store, atlas } = viewer;
    store.watch("chosen", (now, before) => this.note(now, before));
    store.watch("query", (_, before) => this.noteAsked({ ...store.now, query: before }));
    store.watch("filter", (_, before) => this.noteAsked({ ...store.now, filter: before }));
    store.watch("mix", (_, before) => this.noteMix({ ...store.now, mix: before }));
    store.watch("panel", (_, before) => this.noteMix({ ...store.now, panel: before }));
    atlas.leaflet.on("moveend", () => this.writeSoon());
    window.addEventListener("popstate", () => void this.follow());
  }

  /** What the address bar should say now. */
  get link(): Link {
    const { chosen, query, filter } = this.viewer.store.now;
    const poster = this.wanted ?? chosen?.poster?.id ?? null;
    const place = poster === null && this.viewer.atlas.atHome ? null : this.viewer.atlas.place;
    const mix = this.wantedMix ?? mixedNow(this.viewer.store.now).map(toPart);
    return { place, poster, query, filter, mix };
  }

  /** The whole address of what is shown. */
  get full(): string {
    return addressOf(this.link);
  }

  /** Shows what the address says. */
  async follow(): Promise<void> {
    this.forget();
    this.notice.moveOn();
    const turn = ++this.followed;
    const link = parseLink(location.hash);
    const { place, poster, mix, ...asked } = within(link, this.viewer.map);
    const lost = link.filter.clusters.length - asked.filter.clusters.length;
    if (lost > 0) this.notice.say(texts.failure.lostClusters(lost));
    this.wanted = poster;
    this.wantedMix = mix.length === 0 ? null : mix;
    this.byChance = false;
    this.showAsked(asked);
    void this.leaveOutUnknown();
    if (place !== null) this.viewer.atlas.show(place);
    else if (poster === null) this.viewer.atlas.home();
    // Only now: a tour that is stopped in flight would glide on to a whole zoom.
    this.viewer.store.update({ touring: false });
    if (poster === null) this.byLink(() => this.viewer.chooser.close());
    // The panel comes first: in a narrow window it takes the card's place.
    await this.followMix(mix, turn);
    if (poster === null || turn !== this.followed) return;
    const cell = await this.cellOf(poster);
    if (cell === null || turn !== this.followed) return;
    if (typeof cell === "string") {
      this.showNone(
        cell === "gone" ? texts.failure.gonePoster : texts.failure.unknownPoster(poster),
      );
      return;
    }
    // Flight and view end beside the card, so the card comes first, in its full size.
    await this.viewer.chooser.choose(cell, "link");
    if (this.viewer.store.now.chosen?.cell !== cell) return;
    if (place === null) this.viewer.atlas.fly(cell);
    // The place was seen in another window, where the card lay elsewhere.
    else this.viewer.atlas.reveal(cell, false);
  }

  /** Opens the room of what is alike, or closes it where the link is of nothing mixed. */
  private async followMix(mix: readonly Part[], turn: number): Promise<void> {
    const { store } = this.viewer;
    const now = mixedNow(store.now);
    if (mix.length === 0) {
      if (now.length > 0) this.byLink(() => store.update({ panel: null }));
      return;
    }
    const found = await Promise.all(mix.map((part) => this.shareOf(part)));
    if (turn !== this.followed) return;
    this.wantedMix = null;
    const shares = found.filter((share) => share !== null);
    const lost = mix.length - shares.length;
    if (lost > 0) this.notice.say(texts.failure.lostMix(lost));
    this.byLink(() => {
      this.mixer.begin(shares);
      if (store.now.panel !== "mix" && shares.length > 0) store.update({ panel: "mix" });
    });
    this.writeSoon();
  }

  /** A change that is the link's, not the visitor's. */
  private byLink(change: () => void): void {
    this.following = true;
    change();
    this.following = false;
  }

  /** null: the poster is not on the map, or its file is missing. */
  private async shareOf({ id, weight }: Part): Promise<Share | null> {
    const { catalog } = this.viewer;
    try {
      const cell = await catalog.cellOf(id);
      return typeof cell === "string" ? null : { poster: await catalog.poster(cell), weight };
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      return null;
    }
  }

  private showAsked(asked: Pick<Link, "query" | "filter">): void {
    if (askAlike(asked, this.viewer.store.now)) return;
    this.byLink(() => this.viewer.store.update(asked));
  }

  /** What a link asks for and no poster has would be asked for unseen, or darken all posters. */
  private async leaveOutUnknown(): Promise<void> {
    const asked = this.viewer.store.now.filter;
    if (asked.years === null && asked.tags.length === 0) return;
    const known = await this.known();
    if (known === null) return;
    const { filter } = this.viewer.store.now;
    this.showAsked({ query: this.viewer.store.now.query, filter: withinKnown(filter, known) });
    if (filter.years !== null && this.viewer.store.now.filter.years === null) {
      this.notice.say(texts.failure.noYears(...filter.years));
    }
  }

  /** null: the facets' file is missing, which whoever filters by it says. */
  private async known(): Promise<Known | null> {
    try {
      return await this.sieve.filters();
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      return null;
    }
  }

  /** A link's poster is not on the map: another one's card would pass for it. */
  private showNone(why: string): void {
    this.wanted = null;
    this.viewer.chooser.close();
    this.writeSoon();
    this.notice.say(why);
  }

  /** null: the file that tells is missing, which is said. */
  private async cellOf(id: string): Promise<number | "gone" | "unknown" | null> {
    try {
      return await this.viewer.catalog.cellOf(id);
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
      this.notice.say(texts.failure.missing(error.file), error.file);
      return null;
    }
  }

  /**
   * A poster chosen by hand is a step for Back; walking and closing are not. Random ones in a row are one step, also
   * where the card must be closed to reach the die.
   */
  private note(chosen: Chosen | null, before: Chosen | null): void {
    // What a link closes is no choice of the visitor's.
    const byHand = chosen?.origin !== "link" && !this.following;
    if (byHand) this.followed++;
    if (chosen !== null && byHand) this.notice.moveOn();
    if (byHand || chosen?.poster != null) this.wanted = null;
    const origin = chosen?.poster && !before?.poster ? chosen.origin : null;
    const step = origin === "hand" || (origin === "chance" && !this.byChance);
    if (origin !== null) this.byChance = origin === "chance";
    if (step) this.step();
    else this.writeSoon();
  }

  /** The first thing asked is a step for Back; what refines, widens or clears it is not. */
  private noteAsked(before: Pick<State, "query" | "filter">): void {
    if (!this.following) this.notice.moveOn();
    if (!this.following && asks(this.viewer.store.now) && !asks(before)) {
      this.byChance = false;
      this.step();
    } else {
      this.writeSoon();
    }
  }

  /** The first poster that others are looked for by is a step for Back; what goes on from it is not. */
  private noteMix(before: Pick<State, "mix" | "panel">): void {
    if (this.following) return;
    this.wantedMix = null;
    const [now, last] = [mixedNow(this.viewer.store.now), mixedNow(before)];
    if (now.length > 0 && last.length === 0) {
      this.byChance = false;
      // The panel may have moved the view already, and the address been about to say so.
      if (this.due !== null) this.due = addressOf({ ...this.link, mix: [] });
      this.step();
    } else {
      this.writeSoon();
    }
  }

  /** The step back leads to the view as it was just before, not as it was when the address was last written. */
  private step(): void {
    this.write();
    history.pushState(null, "", this.full);
  }

  private writeSoon(): void {
    if (this.waits) return;
    this.forget();
    this.due = this.full;
    this.pending = window.setTimeout(() => {
      // A flight may have begun.
      if (!this.waits) this.due = this.full;
      this.write();
    }, SETTLE_MS);
  }

  /** Until a chosen poster is here, the address is still that of the one before. */
  private get waits(): boolean {
    const { chosen } = this.viewer.store.now;
    return chosen !== null && chosen.poster === null && chosen.missing === null;
  }

  private write(): void {
    const { due } = this;
    this.forget();
    if (due !== null && due !== location.href) history.replaceState(null, "", due);
  }

  private forget(): void {
    clearTimeout(this.pending);
    this.due = null;
  }
}

/** What is mixed while its room is open: a link leads to that, and not to what was mixed once. */
function mixedNow({ mix, panel }: Pick<State, "mix" | "panel">): readonly Share[] {
  return panel === "mix" ? mix : [];
}

function toPart({ poster, weight }: Share): Part {
  return { id: poster.id, weight };
}

function addressOf(link: Link): string {
  return location.href.replace(/#.*$/, "") + formatLink(link);
}
