/** A user's text -> itself, with its web addresses as links. */
import { webAddress } from "../data/contract";
import { outwardLink } from "./dom";

export function linked(text: string): (Node | string)[] {
  return text.split(/(\s+)/).flatMap((word) => {
    // What ends a sentence or closes a bracket is not the address's.
    const [, before = "", address = word, after = ""] =
      /^([(<"'“]*)(.*?)([)>"'”.,;:!?]*)$/s.exec(word) ?? [];
    const href = webAddress(address);
    return href === null ? [word] : [before, outwardLink(href, address), after];
  });
}

/** A plain e-mail address as a link's target; null if it is none. */
export function mailAddress(text: string): string | null {
  return /^[\p{L}\p{N}._+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(text)
    ? `mailto:${text}`
    : null;
}
