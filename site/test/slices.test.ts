import { describe, expect, it } from "vitest";
import { inSlices, type Steps, whileWanted } from "../src/data/slices";
import { done } from "./done";

/** Work of so many steps, each of some milliseconds. */
function* work(steps: number, milliseconds: number): Steps<string> {
  for (let step = 0; step < steps; step++) {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
    yield;
  }
  return "done";
}

describe("work in slices", () => {
  it("comes to its result, and lets others have their turn before", async () => {
    let others = 0;
    const beside = setInterval(() => others++, 1);
    expect(await inSlices(work(10, 4))).toBe("done");
    clearInterval(beside);
    expect(others).toBeGreaterThan(0);
  });

  it("is given up once it is no longer wanted", () => {
    let asked = 0;
    expect(done(whileWanted(work(10, 0), () => ++asked < 4))).toBe(null);
    expect(asked).toBe(4);
    expect(done(whileWanted(work(10, 0), () => true))).toBe("done");
  });
});
