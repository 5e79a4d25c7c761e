/** Pictures that a visitor drops, pastes or chooses; the page holds them for as long as it is open. */

const held: { readonly file: Blob; readonly address: string }[] = [];

/** Returns the picture's number. */
export function hold(file: Blob): number {
  held.push({ file, address: URL.createObjectURL(file) });
  return held.length - 1;
}

export function heldPicture(number: number) {
  return held[number];
}

/** Calls `take` with each file that comes, `refuse` where something comes that is none. */
export function watchForPictures(
  chooser: HTMLInputElement,
  take: (file: File) => void,
  refuse: () => void,
): void {
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    chooser.value = ""; // the same file may be chosen again
    if (file !== undefined) take(file);
  });
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file === undefined) return; // text, for the field
    event.preventDefault();
    take(file);
  });
  const over = (dragging: boolean) => document.body.classList.toggle("dropping", dragging);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const file = event.dataTransfer?.files[0];
    if (file === undefined) refuse();
    else take(file);
  });
}
