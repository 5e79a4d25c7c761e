/**
 * The layouts, by the room there is. The media queries of src/style say the same, in the same words
 * (test/screens.test.ts); a window that is neither narrow nor low has room for all.
 */

/** Upright phones, narrow windows: card and panel are sheets at the bottom. */
export const NARROW = "(max-width: 520px), (max-width: 720px) and (min-height: 520.02px)";

/** Phones on their side: card and panel are columns at the sides. */
export const LOW = "(min-width: 520.02px) and (max-height: 520px)";

/** Where card and panel share the room: the card then takes the panel's place. */
export const TIGHT = `${NARROW}, ${LOW}`;

/** Where the buttons that open a panel have room for words. */
export const ROOMY = "(min-width: 1200px) and (min-height: 520.02px)";

/** Roomy ones where, beside a card, they have not. */
export const CROWDED = "(min-width: 1200px) and (max-width: 1400px) and (min-height: 520.02px)";

/** Middling ones too low for the overview under the buttons. */
export const SHALLOW =
  "(min-width: 720.02px) and (max-width: 1199.98px) and (min-height: 520.02px) and (max-height: 700px)";

/** Where fingers do what the mouse does elsewhere, and keys are seldom at hand. */
export const FINGERS = "(pointer: coarse)";

/** Whether the window is such a one now. */
export function fits(layout: string): boolean {
  return matchMedia(layout).matches;
}
