/** A filter by just one tag or year, as a card offers it: switched on, switched off, told from others. Pure. */
import { type Filter, NO_FILTER } from "./state";

/** A filter's part that asks for one thing only. */
export type Only = Pick<Filter, "tags" | "tagMode"> | Pick<Filter, "years">;

export function onlyTag(tag: string): Only {
  return { tags: [tag], tagMode: "any" };
}

export function onlyYear(year: number): Only {
  return { years: [year, year] };
}

export function asksOnly(filter: Filter, only: Only): boolean {
  if ("years" in only) return String(filter.years) === String(only.years);
  // All of one tag is any of it.
  const tags = filter.tagMode !== "none" && filter.tags.length === 1;
  return tags && filter.tags[0] === only.tags[0];
}

/** The filter with this part; without it, if it has it already. Its other parts stay. */
export function toggled(filter: Filter, only: Only): Filter {
  if (!asksOnly(filter, only)) return { ...filter, ...only };
  const { years, tags, tagMode } = NO_FILTER;
  return "years" in only ? { ...filter, years } : { ...filter, tags, tagMode };
}
