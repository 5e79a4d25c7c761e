/** Failure has a face: a panel when there is no map, a line when something of it is missing. */
import { element, iconButton } from "./dom";
import { Problems } from "./problems";
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

/** One line at the bottom, for the first problem, since the rest mostly follow from it. */
export class Notice {
  readonly element = element("div", { class: "notice", role: "status" });
  private readonly problems = new Problems();
  private readonly text = element("span");
  private readonly dismiss = iconButton("close", texts.failure.dismiss, () => {
    this.problems.dismiss();
    this.show();
  });

  /** `gone`: gives the focus another place, if it was here. */
  constructor(private readonly gone: () => void) {}

  /** `file`: the one that could not be loaded, if the problem is about one. */
  say(text: string, file: string | null = null): void {
    this.problems.add({ text, file });
    this.show();
  }

  /** A file is here; if it was said to be missing, that is taken back. */
  came(file: string): void {
    if (this.problems.first === null) return;
    this.problems.came(file);
    this.show();
  }

  /** The visitor looks at or asks for something else. */
  moveOn(): void {
    this.problems.moveOn();
    this.show();
  }

  private show(): void {
    const { first } = this.problems;
    if (first === null) {
      const focused = this.element.contains(document.activeElement);
      this.element.replaceChildren();
      if (focused) this.gone();
      return;
    }
    if (this.text.textContent !== first.text) this.text.textContent = first.text;
    if (!this.text.isConnected) this.element.append(this.text, this.dismiss);
  }
}
