/** Clusters -> the order in which a tour visits them. Pure. */
import type { Cluster } from "../data/contract";

/** Stops at most, the largest clusters: a tour of six minutes. */
const MOST = 60;

/** From the largest one always to the nearest that is left: no flight across the map and back. */
export function route(clusters: readonly Cluster[]): Cluster[] {
  const [largest, ...others] = [...clusters].sort((a, b) => b.size - a.size).slice(0, MOST);
  const left = new Set(others);
  const order: Cluster[] = [];
  for (let next = largest; next !== undefined; next = nearest(next, left)) {
    order.push(next);
    left.delete(next);
  }
  return order;
}

/** The larger one, where two are as near. */
function nearest({ cell }: Cluster, left: Iterable<Cluster>): Cluster | undefined {
  let best: Cluster | undefined;
  for (const other of left) {
    if (best === undefined || apart(other.cell, cell) < apart(best.cell, cell)) best = other;
  }
  return best;
}

function apart([x, y]: Cluster["cell"], [column, row]: Cluster["cell"]): number {
  return (x - column) ** 2 + (y - row) ** 2;
}
