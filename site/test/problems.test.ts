import { describe, expect, it } from "vitest";
import { Problems } from "../src/page/problems";

function problems(...files: readonly string[]): Problems {
  const made = new Problems();
  for (const file of files) made.add({ text: `${file}?`, file });
  return made;
}

describe("problems", () => {
  it("are said one after the other, as their files come", () => {
    const made = problems("tiles/1.webp", "data/facets.js", "tiles/1.webp");
    made.came("data/other.js");
    expect(made.first).toEqual({ text: "tiles/1.webp?", file: "tiles/1.webp" });
    made.came("tiles/1.webp");
    expect(made.first?.file).toBe("data/facets.js");
    made.came("data/facets.js");
    expect(made.first).toBe(null);
  });

  it("that have been dismissed make way for others, but those of files beside theirs go too", () => {
    const made = problems("tiles/1.webp", "tiles/2/3.webp", "data/facets.js");
    made.dismiss();
    expect(made.first?.file).toBe("data/facets.js");
    made.dismiss();
    expect(made.first).toBe(null);
  });

  it("are not said again once dismissed, unless the file was here in between", () => {
    const made = problems("tiles/1.webp");
    made.dismiss();
    made.add({ text: "?", file: "tiles/1.webp" });
    expect(made.first).toBe(null);
    made.came("tiles/1.webp");
    made.add({ text: "?", file: "tiles/1.webp" });
    expect(made.first?.file).toBe("tiles/1.webp");
  });

  it("that are about no file can be said again, and wait for their turn", () => {
    const made = problems("tiles/1.webp");
    const text = "This map has no poster “x”.";
    made.add({ text, file: null });
    made.came("tiles/1.webp");
    expect(made.first?.text).toBe(text);
    made.dismiss();
    made.add({ text, file: null });
    expect(made.first?.text).toBe(text);
  });

  it("of a folder are over once one of them is dismissed, and others are said all the same", () => {
    const made = problems("tiles/5/1/1.webp", "tiles/5/2/1.webp");
    made.dismiss();
    made.add({ text: "?", file: "tiles/5/9/9.webp" });
    expect(made.first).toBe(null);
    made.add({ text: "?", file: "tiles/4/1/1.webp" });
    expect(made.first?.file).toBe("tiles/4/1/1.webp");
    made.dismiss();
    made.add({ text: "?", file: "data/facets.js" });
    made.dismiss();
    made.add({ text: "?", file: "data/search/0.js" });
    expect(made.first?.file).toBe("data/search/0.js");
  });

  it("that are about no file are over when one moves on, the others are not", () => {
    const made = problems();
    made.add({ text: "This map has no poster “x”.", file: null });
    made.add({ text: "?", file: "tiles/1.webp" });
    made.moveOn();
    expect(made.first?.file).toBe("tiles/1.webp");
  });
});
