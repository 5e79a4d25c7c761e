/** Long work in small steps -> its result, with the page free to answer in between. */

/** How long the work may hold up the page at a time: half a frame. */
const SLICE_MS = 8;

/** Work that pauses by `yield` every few milliseconds, and returns its result. */
export type Steps<T> = Generator<void, T>;

/** Runs work to its end; null once `wanted` says no: the result is then not waited for. */
export async function inSlices<T>(steps: Steps<T>, wanted: () => boolean): Promise<T | null> {
  let until = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return wanted() ? step.value : null;
    if (performance.now() < until) continue;
    await turn();
    if (!wanted()) return null;
    until = performance.now() + SLICE_MS;
  }
}

/** After what else waits for the page; setTimeout would wait 4 ms each time. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
