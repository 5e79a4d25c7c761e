/** Query and filter -> what they ask for, in a few words. Pure. */
import type { MapData } from "../data/contract";
import { texts } from "../page/texts";
import { NO_QUERY, searches, type State } from "../state/state";

/** For a reader: `“river”, 1950 to 1960, Drama or Noir`; empty if nothing is asked. */
export function askedFor(
  { query, filter }: Pick<State, "query" | "filter">,
  { clusters }: Pick<MapData, "clusters">,
): string {
  const { years, tags, tagMode } = filter;
  const column = query.column === NO_QUERY.column ? null : query.column;
  const names = filter.clusters.map((slug) =>
    texts.cluster(clusters.find((one) => one.slug === slug) ?? { slug, name: "" }),
  );
  return [
    ...(searches(query) ? [texts.search.quoted(query.text.trim(), column)] : []),
    ...(years === null ? [] : [texts.filter.years(...years)]),
    ...(tags.length === 0 ? [] : [texts.filter.tags[tagMode](tags)]),
    ...(names.length === 0 ? [] : [texts.filter.anyCluster(names)]),
  ].join(", ");
}
