/** Some of a list, drawn by chance, none twice; `random` as Math.random. */
export function sample<T>(many: number, from: readonly T[], random = Math.random): T[] {
  const left = [...from];
  const drawn: T[] = [];
  while (drawn.length < many && left.length > 0) {
    drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return drawn;
}
