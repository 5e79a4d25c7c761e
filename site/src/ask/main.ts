/** The search page of `mapmaker serve --search`: the address says what is asked, and the page shows the answer. */
import { element } from "../page/dom";
import { type Asked, COUNTS, parseAddress, USUAL, type What, writeAddress } from "./address";
import * as api from "./api";
import { askedPicture, askedPoster, card } from "./cards";
import { heldPicture, hold, watchForPictures } from "./pictures";
import { texts } from "./texts";

const LISTED = 60;
const SOME = 18;
const TYPING_MS = 200;
const LOADING_MS = 1500;

function part<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

const title = part<HTMLInputElement>("title");
const where = part<HTMLInputElement>("where");
const count = part<HTMLSelectElement>("k");
const more = part<HTMLDetailsElement>("more");
const pictured = part("pictured");
const shownAsked = part("asked");
const heading = part("heading");
const state = part("state");
const problem = part("problem");
const list = part("found");
const worth = part("worth");

let asked: Asked = parseAddress(location.search);
let known: api.About | undefined;
let current = new AbortController();

/** Asks for something else: a new page of the walk, unless it only mends the last one. */
function go(next: Asked, mending = false): void {
  if (mending) history.replaceState(null, "", writeAddress(next));
  else {
    history.replaceState({ scrolled: scrollY }, "");
    history.pushState(null, "", writeAddress(next));
  }
  asked = next;
  void show(mending ? null : 0);
}

/** Shows what the address asks; `scrolled`: how far down to begin, null to stay where the visitor is. */
async function show(scrolled: number | null): Promise<void> {
  current.abort();
  const { signal } = (current = new AbortController());
  fillForm();
  problem.replaceChildren();
  try {
    await answer(asked, signal);
    if (scrolled !== null && !signal.aborted) {
      scrollTo(0, scrolled);
      heading.focus({ preventScroll: true });
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof api.Refusal || error instanceof api.Silence)) throw error;
    if (asked.what.kind !== "picture") shownAsked.replaceChildren();
    call(texts.page, texts.noAnswer);
    fill([]);
    complain(error);
  } finally {
    if (!signal.aborted) document.body.classList.remove("busy");
  }
}

function fillForm(): void {
  const { what } = asked;
  if (document.activeElement !== title) {
    title.value = what.kind === "title" ? what.text : what.kind === "file" ? what.file : "";
  }
  where.value = asked.where;
  count.value = String(asked.k);
  if (asked.where !== "" || asked.k !== USUAL) more.open = true;
}

async function answer({ what, ...how }: Asked, signal: AbortSignal): Promise<void> {
  switch (what.kind) {
    case "nothing":
      return welcome(signal);
    case "title":
      return listTitled(what.text, signal);
    case "poster": {
      say(texts.asking, true);
      const [one, similar] = await Promise.all([
        api.poster(what.id, signal),
        api.likePoster(what.id, how, signal),
      ]);
      return present(similar, texts.nameOf(one.title, one.year), askedPoster(one));
    }
    case "file":
      sayLooking();
      return presentPicture(await api.likeFile(what.file, how, signal), what.file, [], signal);
    case "picture": {
      const held = heldPicture(what.number);
      if (held === undefined) throw new api.Refusal(texts.lost);
      sayLooking();
      shownAsked.replaceChildren(...askedPicture(held.address));
      const similar = await api.likePicture(held.file, how, signal);
      return presentPicture(similar, texts.yours, askedPicture(held.address), signal);
    }
  }
}

async function welcome(signal: AbortSignal): Promise<void> {
  const { posters } = await about(signal);
  const draws = Array.from({ length: SOME }, () => api.anyPoster(posters, signal));
  const some = await Promise.all(draws);
  const different = new Map(some.flatMap((one) => (one === undefined ? [] : [[one.id, one]])));
  shownAsked.replaceChildren();
  call(texts.page, texts.some);
  fill([...different.values()]);
  say(texts.welcome(posters));
}

async function listTitled(text: string, signal: AbortSignal): Promise<void> {
  const { total, posters } = await api.titled(text, LISTED, signal);
  shownAsked.replaceChildren();
  call(texts.titled(text), texts.titled(text));
  fill(posters);
  say(total === 0 ? texts.none : texts.listed(total));
}

async function presentPicture(
  similar: api.Similar,
  name: string,
  shown: HTMLElement[],
  signal: AbortSignal,
): Promise<void> {
  const id = similar.asked[0]?.id;
  if (id === null || id === undefined) return present(similar, name, shown);
  const one = await api.poster(id, signal);
  const called = texts.nameOf(one.title, one.year);
  present(similar, called, [...askedPoster(one), element("p", {}, texts.isPoster(called))]);
}

function present(similar: api.Similar, name: string, shown: HTMLElement[]): void {
  shownAsked.replaceChildren(...shown);
  call(texts.like(name), texts.like(name));
  fill(similar.found);
  say(
    similar.found.length === 0
      ? texts.nothingFound
      : [texts.answered(similar.found.length), ...similar.notes].join("; "),
  );
}

/** Names the page, for the window and for the heading. */
function call(page: string, text: string): void {
  document.title = page === texts.page ? page : `${page} · ${texts.page}`;
  heading.textContent = text;
}

function fill(posters: readonly (api.Poster | api.Found)[]): void {
  worth.hidden = !posters.some((one) => "similarity" in one);
  list.replaceChildren(
    ...posters.map((one) =>
      card(one, writeAddress({ ...asked, what: { kind: "poster", id: one.id } })),
    ),
  );
}

function say(text: string, busy = false): void {
  document.body.classList.toggle("busy", busy);
  state.textContent = text;
}

function sayLooking(): void {
  say(known?.pictures === "loading" ? texts.waiting : texts.looking, true);
}

function complain(error: Error): void {
  const silent = error instanceof api.Silence;
  const text = silent ? texts.silent : error.message;
  state.textContent = "";
  problem.replaceChildren(element("p", {}, text.charAt(0).toUpperCase() + text.slice(1)));
  if (!silent) return;
  const again = element("button", { type: "button" }, texts.again);
  again.addEventListener("click", () => void show(null));
  problem.append(again);
}

async function about(signal: AbortSignal): Promise<api.About> {
  return (known = await api.about(signal));
}

/** Tells whether pictures can be looked at, until that is settled. */
async function watchNetwork(): Promise<void> {
  const forever = new AbortController().signal;
  for (;;) {
    const { pictures, why } = await about(forever);
    pictured.textContent =
      pictures === "loading" ? texts.loading : pictures === "none" ? texts.noPictures(why) : "";
    if (pictures !== "loading") return;
    await new Promise((resolve) => setTimeout(resolve, LOADING_MS));
  }
}

function ask(what: What, mending = false): void {
  go({ ...asked, what }, mending);
}

function take(file: File): void {
  const largest = known?.largest ?? Infinity;
  const refused =
    file.size > largest ? texts.large(file.size, largest) : file.size === 0 ? texts.empty : null;
  if (refused !== null) complain(new api.Refusal(refused));
  else ask({ kind: "picture", number: hold(file) });
}

function readTitle(mending: boolean): void {
  const text = title.value.trim();
  const isFile = known?.files === true && /^(file:|[/\\]|[a-z]:[/\\])/i.test(text);
  if (isFile && mending) return; // not while it is typed
  ask(
    text === ""
      ? { kind: "nothing" }
      : isFile
        ? { kind: "file", file: text }
        : { kind: "title", text },
    mending,
  );
}

async function random(): Promise<void> {
  try {
    const { signal } = current;
    const one = await api.anyPoster((known ?? (await about(signal))).posters, signal);
    if (one !== undefined) ask({ kind: "poster", id: one.id });
  } catch (error) {
    if (error instanceof api.Refusal || error instanceof api.Silence) complain(error);
  }
}

let typing: ReturnType<typeof setTimeout> | undefined;
title.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => readTitle(asked.what.kind === "title"), TYPING_MS);
});
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  readTitle(asked.what.kind === "title");
});
part("how").addEventListener("submit", (event) => {
  event.preventDefault();
  go({ ...asked, where: where.value.trim(), k: Number(count.value) });
});
count.addEventListener("change", () => go({ ...asked, k: Number(count.value) }));
part("random").addEventListener("click", () => void random());
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.walk") : null;
  const plain =
    event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!(link instanceof HTMLAnchorElement) || !plain) return;
  event.preventDefault();
  go(parseAddress(link.search));
});
addEventListener("popstate", ({ state }) => {
  asked = parseAddress(location.search);
  const { scrolled } = (state ?? {}) as { scrolled?: unknown };
  void show(typeof scrolled === "number" ? scrolled : 0);
});
watchForPictures(part<HTMLInputElement>("chooser"), take, () =>
  complain(new api.Refusal(texts.noFile)),
);
for (const number of COUNTS) count.append(element("option", { value: `${number}` }, `${number}`));
void watchNetwork().catch(() => undefined); // whoever asks next is told that nobody answers
void show(null);
