/**
 * A walk from poster to poster: what is asked -> what the page shows of it. Nothing here needs a page; whoever draws it
 * is told of every change. An answer that was overtaken by the next question is dropped.
 */
import { type Asked, USUAL, type What } from "./address";
import * as api from "./api";
import { heldPicture } from "./pictures";
import { sample } from "./sample";
import { texts } from "./texts";

/** Posters of a title that are listed. */
const LISTED = 60;
/** Posters to start with, and how many in a row they are drawn from: that is one request. */
export const SOME = 18;
export const STRETCH = 200;

/** What is asked with; `recognised`: a picture was given, which is this poster's. */
export type With =
  | { readonly kind: "poster"; readonly poster: api.Poster; readonly recognised: boolean }
  | { readonly kind: "picture"; readonly address: string };

export interface Page {
  readonly asked: Asked;
  /** of the window; null: the page's own */
  readonly name: string | null;
  readonly heading: string;
  readonly with: With | null;
  readonly posters: readonly (api.Poster | api.Found)[];
  readonly state: string;
  /** whether an answer is waited for that may take a while */
  readonly busy: boolean;
  /** `again`: whether it may help to ask once more */
  readonly problem: { readonly text: string; readonly again: boolean } | null;
}

const START: Page = {
  asked: { what: { kind: "nothing" }, where: "", k: USUAL },
  name: null,
  heading: texts.page,
  with: null,
  posters: [],
  state: "",
  busy: false,
  problem: null,
};

type Answer = Pick<Page, "name" | "heading" | "with" | "posters" | "state">;

export class Walk {
  private shown = START;
  private known: api.About | undefined;
  private current = new AbortController();

  constructor(private readonly tell: (now: Page, before: Page) => void) {}

  get page(): Page {
    return this.shown;
  }

  /** Asks; returns whether there is an answer, and nothing else was asked meanwhile. */
  async ask(asked: Asked): Promise<boolean> {
    this.current.abort();
    const { signal } = (this.current = new AbortController());
    this.show({ asked, problem: null });
    try {
      this.show({ ...(await this.answer(asked, signal)), busy: false });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const shown = asked.what.kind === "picture" ? this.shown.with : null;
      const none = { name: null, heading: texts.noAnswer, with: shown, posters: [] };
      this.show({ ...none, busy: false });
      this.complain(error);
      return false;
    }
  }

  /** Any poster that fulfils the condition; undefined if there is none, or something else is asked meanwhile. */
  async any(): Promise<What | undefined> {
    const { signal } = this.current;
    try {
      const [one] = (await this.drawn(1, signal)).posters;
      if (one === undefined) this.show({ state: texts.nothingFound });
      return one && { kind: "poster", id: one.id };
    } catch (error) {
      if (!signal.aborted) this.complain(error);
      return undefined;
    }
  }

  /** What a text of the title's field asks; null: nothing yet, while a file's path is being typed. */
  readTitle(text: string, typing: boolean): What | null {
    if (text === "") return { kind: "nothing" };
    const isFile = this.known?.files === true && /^(file:|[/\\]|[a-z]:[/\\])/i.test(text);
    if (!isFile) return { kind: "title", text };
    return typing ? null : { kind: "file", file: text };
  }

  /** Whether a picture of so many bytes may be asked with; if not, says why. */
  takes(bytes: number): boolean {
    const largest = this.known?.largest ?? Infinity;
    if (bytes > largest) this.refuse(texts.large(bytes, largest));
    else if (bytes === 0) this.refuse(texts.empty);
    else return true;
    return false;
  }

  refuse(text: string): void {
    this.show({ state: "", problem: { text, again: false } });
  }

  async about(signal: AbortSignal): Promise<api.About> {
    return (this.known = await api.about(signal));
  }

  private async answer({ what, ...how }: Asked, signal: AbortSignal): Promise<Answer> {
    switch (what.kind) {
      case "nothing":
        return this.welcome(signal);
      case "title": {
        const { where } = how;
        const listed = { q: what.text, where, limit: LISTED };
        const { total, posters } = await api.posters(listed, signal);
        const heading = texts.titled(what.text);
        const none = where === "" ? texts.none : texts.noneOfThose;
        const state = total === 0 ? none : texts.listed(total);
        return { name: heading, heading, with: null, posters, state };
      }
      case "poster": {
        this.show({ state: texts.asking, busy: true });
        const [poster, similar] = await Promise.all([
          api.poster(what.id, signal),
          api.likePoster(what.id, how, signal),
        ]);
        const name = texts.nameOf(poster.title, poster.year);
        return answered(similar, name, { kind: "poster", poster, recognised: false });
      }
      case "file": {
        this.sayLooking();
        const similar = await api.likeFile(what.file, how, signal);
        return pictured(similar, what.file, null, signal);
      }
      case "picture": {
        const held = heldPicture(what.number);
        if (held === undefined) throw new api.Refusal(texts.lost);
        const given: With = { kind: "picture", address: held.address };
        this.sayLooking();
        this.show({ with: given });
        const similar = await api.likePicture(held.file, how, signal);
        return pictured(similar, texts.yours, given, signal);
      }
    }
  }

  private async welcome(signal: AbortSignal): Promise<Answer> {
    const { on_map } = await this.about(signal);
    const { total, posters } = await this.drawn(SOME, signal);
    const { where } = this.shown.asked;
    const some = total === 0 ? texts.nothingFound : texts.welcomeSome(total);
    const state = where === "" ? texts.welcome(on_map) : some;
    return { name: null, heading: texts.some, with: null, posters, state };
  }

  /** Posters by chance that fulfil the condition, and how many do. */
  private async drawn(many: number, signal: AbortSignal): Promise<api.Posters> {
    const { where } = this.shown.asked;
    const total =
      where === ""
        ? (this.known ?? (await this.about(signal))).posters
        : (await api.posters({ where, limit: 1 }, signal)).total;
    const limit = many === 1 ? 1 : STRETCH;
    const offset = Math.floor(Math.random() * (Math.max(0, total - limit) + 1));
    const { posters } = await api.posters({ where, offset, limit }, signal);
    return { total, posters: sample(many, posters) };
  }

  private sayLooking(): void {
    const waiting = this.known?.pictures === "loading";
    this.show({ state: waiting ? texts.waiting : texts.looking, busy: true });
  }

  private complain(error: unknown): void {
    if (error instanceof api.Silence) {
      this.show({ state: "", problem: { text: texts.silent, again: true } });
    } else if (error instanceof api.Refusal) this.refuse(texts.refusal(error.message));
    else throw error;
  }

  private show(change: Partial<Page>): void {
    const before = this.shown;
    this.shown = { ...before, ...change };
    this.tell(this.shown, before);
  }
}

function answered(similar: api.Similar, name: string, shown: With | null): Answer {
  const { found, notes } = similar;
  const heading = texts.like(name);
  const said = [texts.answered(found.length), ...notes].join("; ");
  const state = found.length === 0 ? texts.nothingFound : said;
  return { name: heading, heading, with: shown, posters: found, state };
}

/** Where the picture is a poster's, that is said. */
async function pictured(
  similar: api.Similar,
  name: string,
  shown: With | null,
  signal: AbortSignal,
): Promise<Answer> {
  const id = similar.asked[0]?.id;
  if (id === null || id === undefined) return answered(similar, name, shown);
  const poster = await api.poster(id, signal);
  const called = texts.nameOf(poster.title, poster.year);
  return answered(similar, called, { kind: "poster", poster, recognised: true });
}
