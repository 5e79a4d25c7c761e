/** What of the view cards and panels cover: strips at its sides, or on narrow screens at its bottom. */
import type { Covered } from "./atlas";

/** What is covered, and all from the first of the bars to the right edge. */
export function alsoBeyond(bars: readonly HTMLElement[], covered: Covered): Covered {
  const starts = bars.map((bar) => bar.getBoundingClientRect().left);
  return { ...covered, right: Math.max(covered.right, window.innerWidth - Math.min(...starts)) };
}

export function coveredBy(...elements: readonly HTMLElement[]): Covered {
  const covered = { left: 0, right: 0, bottom: 0 };
  for (const element of elements) {
    if (element.hidden) continue;
    const { left, right, top } = element.getBoundingClientRect();
    if (left <= 0 && right >= window.innerWidth) {
      covered.bottom = Math.max(covered.bottom, window.innerHeight - top);
    } else if (left + right < window.innerWidth) {
      covered.left = Math.max(covered.left, right);
    } else {
      covered.right = Math.max(covered.right, window.innerWidth - left);
    }
  }
  return covered;
}
