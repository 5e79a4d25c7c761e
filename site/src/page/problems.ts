/** What went wrong, the first first, until it is dismissed or its file has come after all. Pure. */

export interface Problem {
  readonly text: string;
  /** the file that could not be loaded, if it is about one */
  readonly file: string | null;
}

export class Problems {
  private open: readonly Problem[] = [];
  /** files that the visitor wants to hear no more of, nor of others in their folders */
  private readonly dismissed = new Set<string>();

  get first(): Problem | null {
    return this.open[0] ?? null;
  }

  add(problem: Problem): void {
    const { text, file } = problem;
    const known = this.open.some((other) => other.file === file && other.text === text);
    if (known) return;
    if (file !== null && this.silent(file)) this.dismissed.add(file);
    else this.open = [...this.open, problem];
  }

  private silent(file: string): boolean {
    return [...this.dismissed].some((other) => folderOf(other) === folderOf(file));
  }

  /** What is about no file was about one question or link: with the next it is over. */
  moveOn(): void {
    this.open = this.open.filter(({ file }) => file !== null);
  }

  /** A file is here: whatever was said of it is so no more. */
  came(file: string): void {
    this.dismissed.delete(file);
    this.open = this.open.filter((problem) => problem.file !== file);
  }

  /** Takes away the first, and all of files beside its own: they mostly have one cause, and nobody wants to press fifty times. */
  dismiss(): void {
    const place = this.first && placeOf(this.first);
    for (const problem of this.open) {
      if (placeOf(problem) === place && problem.file !== null) this.dismissed.add(problem.file);
    }
    this.open = this.open.filter((problem) => placeOf(problem) !== place);
  }
}

/** The top folder of a problem's file; of one without, its text. */
function placeOf({ text, file }: Problem): string {
  return file?.split("/", 1)[0] ?? text;
}

/** The folders, at most two, whose files mostly fail together: a zoom of tiles; a file beside others stands for itself. */
function folderOf(file: string): string {
  return file.split("/", 2).join("/");
}
