/**
 * Texts and a query -> the indexes of those that it finds, best first.
 *
 * A text is found if it holds every word of the query, in any order, in whole or in part, whatever the
 * accents. Only where that finds little, words with one wrong, missing or swapped letter count too.
 * The work comes as generators, so that whoever runs them can let the page breathe between two steps.
 */
import UFuzzy from "@leeoniya/ufuzzy";
import type { Steps } from "../data/slices";

/** Fewer texts than this found, and typing errors are forgiven. */
const LITTLE = 8;
/** More texts than this found, and only those that begin with the query are put in order: nobody reads on. */
const MANY = 20_000;
/** Texts looked at in one step; a step is some milliseconds. */
const STEP = 8192;
/** The same where each is looked at closely. */
const CLOSE_STEP = 1024;
/** Index, length and position share one float: 2 ** 53 is their limit. */
const MOST = 2 ** 24;
const LONGEST = 255;
/** Characters of a query that are heeded: the texts have no more. */
const HEEDED = 200;
/** Characters of a word whose typing errors are forgiven: what matches them grows with the square. */
const LONGEST_WORD = 32;

/** Typed, not lists: at 170,000 texts that halves the time. */
export type Indexes = Uint32Array;

/**
 * How well a text matches, the best first: it is the query; it begins with it; holds it as whole words; as
 * the beginning of a word; holds its words apart, each inside another word being one step further down.
 */
const WHOLE = 0;
const START = 1;
const WORD = 2;
const PHRASE = 3;
const WORDS = 4;

export class Titles {
  /** the last exact answer, which a longer query narrows down */
  private last: { words: readonly string[]; found: Indexes };
  private readonly all: Indexes;

  private constructor(private readonly folded: readonly string[]) {
    this.all = Uint32Array.from(folded.keys());
    this.last = { words: [""], found: this.all };
  }

  /** Prepares texts for searching, once. */
  static *read(texts: readonly string[]): Steps<Titles> {
    const folded: string[] = [];
    for (const text of texts) {
      folded.push(fold(text));
      if (folded.length % STEP === 0) yield;
    }
    return new Titles(folded);
  }

  /** The indexes of the texts found, best first; none for a query without a word. */
  *search(query: string): Steps<Indexes> {
    const words = wordsOf(query);
    if (words.length === 0) return new Uint32Array();
    const exact = yield* this.exact(words);
    const ranked = yield* this.ranked(exact, words, words.join(" "));
    if (exact.length >= LITTLE) return ranked;
    const known = new Set(exact);
    const near = [...(yield* this.forgiving(words))].filter(([index]) => !known.has(index));
    near.sort(([, one], [, other]) => one - other);
    return Uint32Array.from([...ranked, ...near.map(([index]) => index)]);
  }

  /** Texts that hold every word; ascending. */
  private *exact(words: readonly string[]): Steps<Indexes> {
    const narrower = this.last.words.every((old) => words.some((word) => word.includes(old)));
    let found = narrower ? this.last.found : this.all;
    for (const word of longestFirst(words)) {
      found = yield* this.sieve(found, (text) => text.includes(word));
    }
    this.last = { words, found };
    return found;
  }

  private *sieve(among: Indexes, keeps: (text: string) => boolean): Steps<Indexes> {
    const kept = new Uint32Array(among.length);
    let count = 0;
    for (let i = 0; i < among.length; i++) {
      const index = among[i] ?? 0;
      if (keeps(this.folded[index] ?? "")) kept[count++] = index;
      if (i % STEP === STEP - 1) yield;
    }
    return kept.slice(0, count);
  }

  private *ranked(found: Indexes, words: readonly string[], phrase: string): Steps<Indexes> {
    if (found.length <= MANY) return yield* this.sorted(found, words, phrase);
    const begin = yield* this.sieve(found, (text) => text.startsWith(phrase));
    return withFirst(yield* this.sorted(begin, words, phrase), begin, found);
  }

  private *sorted(found: Indexes, words: readonly string[], phrase: string): Steps<Indexes> {
    const keys = new Float64Array(found.length);
    for (let i = 0; i < found.length; i++) {
      const index = found[i] ?? 0;
      keys[i] = keyOf(this.folded[index] ?? "", words, phrase, index);
      if (i % STEP === STEP - 1) yield;
    }
    yield;
    return Uint32Array.from(keys.sort(), (key) => key % MOST);
  }

  /** Texts that hold every word, or one like it: their keys, the least the best. */
  private *forgiving(words: readonly string[]): Steps<Keys> {
    let keys: Keys | null = null;
    for (const word of longestFirst(words)) {
      const matcher = matcherOf(word);
      const among: Indexes = keys === null ? this.all : Uint32Array.from(keys.keys());
      yield;
      if (matcher === null) {
        const holding = yield* this.sieve(among, (text) => text.includes(word));
        keys = new Map(Array.from(holding, (index) => [index, keys?.get(index) ?? 0]));
      } else {
        const found = yield* this.matched(among, word, matcher);
        keys = yield* this.keys(found, word, matcher, keys);
      }
    }
    return keys ?? new Map();
  }

  private *matched(among: Indexes, word: string, matcher: UFuzzy): Steps<number[]> {
    const found: number[] = [];
    for (let i = 0; i < among.length; i += STEP) {
      const part = Array.from(among.subarray(i, i + STEP));
      found.push(...(matcher.filter(this.folded as string[], word, part) ?? []));
      yield;
    }
    return found;
  }

  /** How far a word is from what matches it, added to what the words before have. */
  private *keys(
    found: readonly number[],
    word: string,
    matcher: UFuzzy,
    before: Keys | null,
  ): Steps<Keys> {
    const keys = new Map<number, number>();
    for (let i = 0; i < found.length; i += CLOSE_STEP) {
      const part = found.slice(i, i + CLOSE_STEP);
      const { idx, start, chars } = matcher.info(part, this.folded as string[], word);
      idx.forEach((index, at) => {
        const missed = word.length - (chars[at] ?? 0);
        const near = Math.min(start[at] ?? 0, LONGEST);
        const short = Math.min(this.folded[index]?.length ?? 0, LONGEST);
        const key = (missed * (LONGEST + 1) + near) * (LONGEST + 1) + short;
        keys.set(index, key + (before?.get(index) ?? 0));
      });
      yield;
    }
    return keys;
  }
}

/** The first ones, and then the rest of all; `among`: the first ones as they stand in all. */
function withFirst(first: Indexes, among: Indexes, all: Indexes): Indexes {
  const joined = new Uint32Array(all.length);
  joined.set(first);
  let [next, at] = [0, first.length];
  for (const index of all) {
    if (index === among[next]) next++;
    else joined[at++] = index;
  }
  return joined;
}

/** By index of a text, the least the best. */
type Keys = ReadonlyMap<number, number>;

/** Texts as they are compared: small letters without accents, apostrophes left out. */
export function fold(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase().replaceAll("'", "");
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f'’‘ʼ]/g, "")
    .toLowerCase()
    .replace(/[øłđßæœıþð]/g, (letter) => PLAIN[letter] ?? letter);
}

/** Letters that Unicode does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ı: "i",
  þ: "th",
  ð: "d",
};

/** A query's words, folded; where it has no letter or digit, the whole of it is one. */
export function wordsOf(query: string): string[] {
  const folded = fold(query.slice(0, HEEDED)).trim();
  const words = folded.match(/[\p{L}\p{N}\p{M}]+/gu) ?? (folded === "" ? [] : [folded]);
  return [...new Set(words)];
}

function longestFirst(words: readonly string[]): string[] {
  return [...words].sort((a, b) => b.length - a.length);
}

function keyOf(text: string, words: readonly string[], phrase: string, index: number): number {
  const [rank, at] = rankOf(text, words, phrase);
  const near = Math.min(at, LONGEST);
  const short = Math.min(text.length, LONGEST);
  return ((rank * (LONGEST + 1) + near) * (LONGEST + 1) + short) * MOST + index;
}

/** How well a text that holds all words matches, 0 the best, and where. */
function rankOf(
  text: string,
  words: readonly string[],
  phrase: string,
): [rank: number, at: number] {
  const at = wordStart(text, phrase);
  if (at >= 0) {
    const ends = !isLetter(text, at + phrase.length);
    if (at === 0 && text.length === phrase.length) return [WHOLE, 0];
    if (ends) return [at === 0 ? START : WORD, at];
    return [PHRASE, at];
  }
  let inside = 0;
  let first = LONGEST;
  for (const word of words) {
    const start = wordStart(text, word);
    if (start < 0) inside++;
    first = Math.min(first, start < 0 ? text.indexOf(word) : start);
  }
  return [WORDS + inside, first];
}

/** Where a word of the text begins with `part`; -1 if none does. */
function wordStart(text: string, part: string): number {
  let at = text.indexOf(part);
  while (at > 0 && isLetter(text, at - 1)) at = text.indexOf(part, at + 1);
  return at;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code > 96 && code < 123) || (code > 47 && code < 58);
  return code >= 128 && /[\p{L}\p{N}\p{M}]/u.test(text.charAt(at));
}

/** In words of Latin letters, typing errors are forgiven from the beginning of a word on. */
const LATIN = new UFuzzy({ intraMode: 1, interLft: 2 });
const OTHER = new UFuzzy({
  intraMode: 1,
  unicode: true,
  interSplit: "[^\\p{L}\\d\\p{M}]+",
  intraSplit: "\\p{Ll}\\p{Lu}",
  interBound: "[^\\p{L}\\d]",
  intraBound: "\\p{L}\\d|\\d\\p{L}|\\p{Ll}\\p{Lu}",
  intraChars: "[\\p{L}\\d]",
  intraContr: "'\\p{L}{1,2}\\b",
});

/** null: typing errors are not forgiven in signs, nor in what is longer than any word. */
function matcherOf(word: string): UFuzzy | null {
  if (word.length > LONGEST_WORD || !/^[\p{L}\d]+$/u.test(word)) return null;
  return /^[a-z\d]+$/.test(word) ? LATIN : OTHER;
}
