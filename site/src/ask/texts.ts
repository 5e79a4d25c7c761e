/** Every word of the page that is not in ask.html. */
import type { Found } from "./api";

/** What 5,000 pairs can tell. */
const MOST_PERCENT = 99.98;

function count(number: number, one: string): string {
  return `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
}

export const texts = {
  page: "What is like this one?",
  welcome: (posters: number) => `${count(posters, "poster")} on this map. Start with any of them:`,
  welcomeSome: (posters: number) =>
    `${count(posters, "poster")} ${posters === 1 ? "fulfils" : "fulfil"} the condition. Start with any of them:`,
  some: "Some posters",
  like: (name: string) => `Like ${name}`,
  yours: "your picture",
  titled: (text: string) => `Posters called “${text}”`,
  none: "No poster is called so. A few letters of the title are enough.",
  noneOfThose: "No poster that fulfils the condition is called so.",
  nothingFound: "No poster fulfils the condition.",
  onMap: "On the map",
  onMapOf: (name: string) => `${name}: on the map`,
  notOnMap: "Not on the map: triage left it out",
  isPoster: (name: string) => `This picture is a poster of the map: ${name}`,
  nameOf: (title: string, year: number | null) => (year === null ? title : `${title} (${year})`),
  similarity: (found: Found) => found.similarity.toFixed(3),
  worth: ({ percentile }: Found) =>
    percentile === null ? "" : `above ${shownPercent(percentile)}%`,
  asking: "Looking for what is like it …",
  looking: "Looking at the picture …",
  waiting: "The network is being loaded; the picture waits for it …",
  answered: (found: number) => `${count(found, "poster")}, the most similar first`,
  noAnswer: "No answer",
  listed: (found: number) => count(found, "poster"),
  loading: "The network that looks at pictures is being loaded. Posters can be asked with already.",
  noPictures: (why: string) => `Pictures of your own cannot be asked with: ${why}`,
  silent: "The server does not answer. Start it again with: mapmaker serve --search",
  again: "Try again",
  lost: "The picture is not on this page any more. Drop or choose it again.",
  large: (bytes: number, largest: number) =>
    `The picture has ${Math.ceil((bytes / 2 ** 20) * 10) / 10} MiB; at most ${largest / 2 ** 20} are taken. Make it smaller.`,
  noFile: "That is no file. Save the picture first, then drop the file here.",
  empty: "The file is empty.",
  /** What the server says, as a sentence; parameters and files, such as `where = ...`, are called as they are. */
  refusal: (line: string) =>
    /^\S+(:| =)/.test(line) ? line : line.charAt(0).toUpperCase() + line.slice(1),
} as const;

/**
 * Never more than it is: all of 5,000 pairs are not all pairs. Most that is found is above 99% of pairs: only there do
 * parts of a percent tell anything.
 */
function shownPercent(percentile: number): string {
  return String(percentile >= 99 ? Math.min(MOST_PERCENT, percentile) : Math.floor(percentile));
}
