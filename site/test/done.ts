/** Work in steps -> its result, at once: no page waits for its turn here. */
import type { Steps } from "../src/data/slices";

export function done<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
