/** Text -> a file that the browser saves; nothing is sent anywhere. */
import { element } from "./dom";

/** Browsers read the file some time after the click. */
const KEPT_MS = 60_000;

export function download(file: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  element("a", { href: address, download: file }).click();
  window.setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
