/** Every text of the viewer, in one place, ready for other languages. */
export const texts = {
  count: (posters: number): string =>
    posters === 1 ? "1 poster" : `${posters.toLocaleString("en")} posters`,

  map: {
    label: (title: string): string => `Map: ${title}`,
    help: "Arrow keys move the map, plus and minus zoom, Enter opens the poster in the middle. With a poster open, arrow keys walk to the next one and Escape closes it.",
  },

  toolbar: {
    label: "Map controls",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    home: "Show the whole map",
    fullscreen: "Full screen",
    leaveFullscreen: "Leave full screen",
  },

  card: {
    label: "Poster",
    close: "Close",
    loading: "Loading",
    picture: (title: string): string => `Poster: ${title}`,
    cluster: (name: string): string => `In ${name}`,
    tags: "Tags",
    open: (host: string): string => `Open at ${host}`,
    copy: "Copy link",
    copied: "Copied",
    copyFailed: "Copy it from the address bar",
  },

  announce: {
    poster: (title: string, year: number | null, tags: readonly string[]): string =>
      [title, ...(year === null ? [] : [String(year)]), ...tags].join(", "),
    closed: "Closed",
    edge: "No poster further that way",
  },

  failure: {
    heading: "The map cannot be shown",
    remedy:
      "Copy the whole map folder again, or build it again: index.html, assets/ and data/ must come from the same build.",
    missing: (file: string): string => `${file} is missing or damaged.`,
    wrong: (file: string, problem: string): string => `${file} does not fit this page: ${problem}.`,
    shard: (file: string): string =>
      `${file} could not be loaded; this poster's details are in it.`,
    tile: (file: string): string => `${file} could not be loaded; some posters are not shown.`,
    archive: (file: string): string =>
      `${file} could not be read; some posters are not shown. It takes a web server that answers range requests.`,
    archives:
      "The pictures of this map are in archives, which a page opened from a folder cannot read.",
    serve:
      "Open it from a web server that answers range requests, as most hosts do; on this machine with: mapmaker serve FOLDER. Or build the map with --set compose.tiles=folder.",
    unknownPoster: (id: string): string => `This map has no poster “${id}”.`,
    dismiss: "Dismiss",
    retry: "Try again",
  },
} as const;
