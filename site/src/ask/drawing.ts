/** What the page shows, drawn: of each change, the parts that changed. */
import { element } from "../page/dom";
import { COUNTS, USUAL, writeAddress } from "./address";
import { askedWith, card } from "./cards";
import { texts } from "./texts";
import type { Page } from "./walk";

/** An element that ask.html has. */
export function part<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
}

const title = part<HTMLInputElement>("title");
const where = part<HTMLInputElement>("where");
const count = part<HTMLSelectElement>("k");
const more = part<HTMLDetailsElement>("more");
const heading = part("heading");
const state = part("state");

for (const number of COUNTS) count.append(element("option", { value: `${number}` }, `${number}`));

/** `again` asks once more. */
export function drawing(again: () => void): (now: Page, before: Page) => void {
  return (now, before) => {
    document.body.classList.toggle("busy", now.busy);
    document.title = now.name === null ? texts.page : `${now.name} · ${texts.page}`;
    heading.textContent = now.heading;
    // Said aloud where it is set: once for each list.
    if (now.state !== before.state || now.posters !== before.posters) state.textContent = now.state;
    if (now.asked !== before.asked) fillForm(now);
    if (now.with !== before.with) {
      part("asked").replaceChildren(...(now.with === null ? [] : askedWith(now.with)));
    }
    if (now.posters !== before.posters) list(now);
    if (now.problem !== before.problem) tellProblem(now, again);
  };
}

function fillForm({ asked }: Page): void {
  const { what } = asked;
  if (document.activeElement !== title) {
    title.value = what.kind === "title" ? what.text : what.kind === "file" ? what.file : "";
  }
  where.value = asked.where;
  count.value = String(asked.k);
  if (asked.where !== "" || asked.k !== USUAL) more.open = true;
}

function list({ posters, asked }: Page): void {
  part("worth").hidden = !posters.some((one) => "similarity" in one);
  const cards = posters.map((one) =>
    card(one, writeAddress({ ...asked, what: { kind: "poster", id: one.id } })),
  );
  part("found").replaceChildren(...cards);
}

function tellProblem({ problem }: Page, again: () => void): void {
  const said = problem === null ? [] : [element("p", {}, problem.text)];
  part("problem").replaceChildren(...said);
  if (problem?.again !== true) return;
  const button = element("button", { type: "button" }, texts.again);
  button.addEventListener("click", again);
  part("problem").append(button);
}
