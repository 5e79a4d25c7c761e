/** Failure has a face: a panel when there is no map, a line when something of it is missing. */
import { element, iconButton } from "./dom";
import { texts } from "./texts";

/** What stands where the map cannot. */
export function failurePanel(problem: string, remedy: string = texts.failure.remedy): HTMLElement {
  return element(
    "div",
    { class: "failure", role: "alert" },
    element("h1", {}, texts.failure.heading),
    element("p", { class: "problem" }, problem),
    element("p", { class: "quiet" }, remedy),
  );
}

/** One line at the bottom; the first problem stays until dismissed, since the rest follow from it. */
export class Notice {
  readonly element = element("div", { class: "notice", role: "status" });

  say(problem: string): void {
    if (this.element.childElementCount > 0) return;
    const dismiss = iconButton("close", texts.failure.dismiss, () => this.clear());
    this.element.append(element("span", {}, problem), dismiss);
  }

  clear(): void {
    this.element.replaceChildren();
  }
}
