/** Long work in small steps -> its result, with the page free to answer in between. */

/** How long the work may hold up the page at a time: half a frame. */
const SLICE_MS = 8;

/** Work that pauses by `yield` every few milliseconds, and returns its result. */
export type Steps<T> = Generator<void, T>;

/** Runs work to its end. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  let until = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < until) continue;
    await turn();
    until = performance.now() + SLICE_MS;
  }
}

/** The same work, but given up, with null, once `wanted` says no. */
export function* whileWanted<T>(steps: Steps<T>, wanted: () => boolean): Steps<T | null> {
  while (wanted()) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
  }
  return null;
}

/** After what else waits for the page; setTimeout would wait 4 ms each time. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
