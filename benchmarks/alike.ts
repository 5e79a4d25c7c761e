/**
 * The viewer's own search for what is alike, run in Node on the files of a map: questions in, answers out, as JSON.
 *
 * benchmarks/mixing.py bundles and runs it. In: {"folder", "most", "mixes": [[[cell, weight], ...], ...]}. Out:
 * {"found": [[[cell, likeness], ...], ...], "loaded": ms, "times": [ms], "longest": ms of a step}.
 */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { readMap } from "../site/src/data/contract";
import { Shards } from "../site/src/data/shards";
import { Vectors } from "../site/src/data/vectors";
import { meanOf, nearest } from "../site/src/find/likeness";

interface Asked {
  readonly folder: string;
  readonly most: number;
  readonly mixes: readonly (readonly (readonly [cell: number, weight: number])[])[];
}

const { folder, most, mixes } = JSON.parse(readFileSync(0, "utf8")) as Asked;

/** Runs a script of the map as a page would. */
function load(file: string): Promise<void> {
  const context = { mapmaker: { push: (message: unknown) => shards.receive(message) } };
  runInNewContext(readFileSync(`${folder}/${file}`, "utf8"), Object.assign(context, { self: context }));
  return Promise.resolve();
}

const shards: Shards = new Shards(load);
await load("data/map.js");
const map = readMap(JSON.parse(JSON.stringify(shards.take("map"))));
if (map.vectors === null) throw new Error(`${folder} has no vectors`);

const begun = performance.now();
const vectors = new Vectors(map, map.vectors, shards);
await vectors.load(() => undefined);
const loaded = performance.now() - begun;

const times: number[] = [];
let longest = 0;
const found = mixes.map((mix) => {
  const started = performance.now();
  const parts = mix.map(([cell, weight]) => ({ cell, weight }));
  const place = meanOf(vectors, parts);
  if (place === null) throw new Error(`${JSON.stringify(mix)} cancels out`);
  const steps = nearest(vectors, place, most, mix.map(([cell]) => cell));
  for (;;) {
    const from = performance.now();
    const step = steps.next();
    longest = Math.max(longest, performance.now() - from);
    if (step.done !== true) continue;
    times.push(performance.now() - started);
    return step.value.map(({ cell, likeness }) => [cell, likeness]);
  }
});
process.stdout.write(JSON.stringify({ found, loaded, times, longest }));
