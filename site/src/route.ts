/** Clusters -> the order in which a tour visits them. Pure. */
import type { Cluster } from "./contract";

/** From the largest one always to the nearest that is left: no flight across the map and back. */
export function route(clusters: readonly Cluster[]): Cluster[] {
  const left = [...clusters].sort((a, b) => b.size - a.size);
  const order: Cluster[] = [];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const { cell } = next;
    order.push(next);
    left.sort((a, b) => apart(a.cell, cell) - apart(b.cell, cell));
  }
  return order;
}

function apart([x, y]: Cluster["cell"], [column, row]: Cluster["cell"]): number {
  return (x - column) ** 2 + (y - row) ** 2;
}
