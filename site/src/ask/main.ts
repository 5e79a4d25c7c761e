/** The search page of `mapmaker serve --search`: the address says what is asked, and the page shows the answer. */
import { type Asked, parseAddress, type What, writeAddress } from "./address";
import { drawing, part } from "./drawing";
import { hold, watchForPictures } from "./pictures";
import { texts } from "./texts";
import { Walk } from "./walk";

const TYPING_MS = 200;
const LOADING_MS = 1500;

const title = part<HTMLInputElement>("title");
const where = part<HTMLInputElement>("where");
const count = part<HTMLSelectElement>("k");
const again = (): void => void walk.ask(walk.page.asked);
const walk = new Walk(drawing(again));

/** Asks for something else: a new page of the walk, unless it only mends the last one. */
function go(next: Asked, mending = false): void {
  if (mending) history.replaceState(null, "", writeAddress(next));
  else {
    history.replaceState({ scrolled: scrollY }, "");
    history.pushState(null, "", writeAddress(next));
  }
  void show(next, mending ? null : 0);
}

/** `scrolled`: how far down the answer begins, null to stay where the visitor is. */
async function show(asked: Asked, scrolled: number | null): Promise<void> {
  if (!(await walk.ask(asked)) || scrolled === null) return;
  scrollTo(0, scrolled);
  part("heading").focus({ preventScroll: true });
}

function ask(what: What, mending = false): void {
  go({ ...walk.page.asked, what }, mending);
}

/** Tells whether pictures can be looked at, until that is settled. */
async function watchNetwork(): Promise<void> {
  const forever = new AbortController().signal;
  for (;;) {
    const { pictures, why } = await walk.about(forever);
    part("pictured").textContent =
      pictures === "loading" ? texts.loading : pictures === "none" ? texts.noPictures(why) : "";
    if (pictures !== "loading") return;
    await new Promise((resolve) => setTimeout(resolve, LOADING_MS));
  }
}

function readTitle(typing: boolean): void {
  const what = walk.readTitle(title.value.trim(), typing);
  if (what !== null) ask(what, walk.page.asked.what.kind === "title");
}

async function random(): Promise<void> {
  const what = await walk.any();
  if (what !== undefined) ask(what);
}

let typing: ReturnType<typeof setTimeout> | undefined;
title.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => readTitle(true), TYPING_MS);
});
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  readTitle(false);
});
part("how").addEventListener("submit", (event) => {
  event.preventDefault();
  go({ ...walk.page.asked, where: where.value.trim(), k: Number(count.value) });
});
count.addEventListener("change", () => go({ ...walk.page.asked, k: Number(count.value) }));
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
  const { scrolled } = (state ?? {}) as { scrolled?: unknown };
  void show(parseAddress(location.search), typeof scrolled === "number" ? scrolled : 0);
});
watchForPictures(
  part<HTMLInputElement>("chooser"),
  (file) => {
    if (walk.takes(file.size)) ask({ kind: "picture", number: hold(file) });
  },
  () => walk.refuse(texts.noFile),
);
void watchNetwork().catch(() => undefined); // whoever asks next is told that nobody answers
void show(parseAddress(location.search), null);
