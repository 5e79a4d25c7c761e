export interface Called {
  readonly slug: string;
  readonly name: string;
  readonly shade?: string;
}

/** Every text of the viewer, in one place, ready for other languages. */
export const texts = {
  count: (posters: number): string =>
    posters === 1 ? "1 poster" : `${posters.toLocaleString("en")} posters`,

  /** what a cluster is called, one without a name by its colours, else its slug */
  cluster: ({ slug, name, shade }: Called): string => name || shade || `Cluster ${slug}`,

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
    rooms: "Explore",
    random: "A random poster",
    tour: "Tour of the clusters",
  },

  minimap: {
    fold: "Hide the overview",
    unfold: "Show the overview",
  },

  tour: {
    label: "Tour",
    stop: "Stop",
    next: "Next",
    at: (turn: number, all: number, posters: number): string =>
      `${turn} of ${all} · ${texts.count(posters)}`,
  },

  gallery: {
    link: "Gallery",
    of: (name: string): string => `Gallery of ${name}`,
    all: "Clusters in pictures",
    visited: "Cluster",
    chosen: "Galleries of the chosen clusters",
  },

  bare: {
    whole: "Open the whole map",
  },

  select: {
    hint: "Draw around posters on the map, or take all that are in view.",
    ways: "What to select",
    box: "Box",
    lasso: "Lasso",
    inView: "All in view",
    lit: "All that match",
    drawBox: "Drag a box around posters",
    drawLasso: "Draw a line around posters",
    cancel: "Cancel",
    count: (posters: number): string => `${texts.count(posters)} selected`,
    match: (matching: number, all: number, asked: { search: boolean; filter: boolean }): string => {
      const what = [...(asked.search ? ["search"] : []), ...(asked.filter ? ["filter"] : [])];
      const said = `${matching.toLocaleString("en")} of ${all.toLocaleString("en")} selected`;
      return `${said} ${matches(matching)} the ${what.join(" and ")}`;
    },
    none: "No poster was inside.",
    list: "Selected posters",
    poster: (place: number): string => `Poster ${place}`,
    rest: (posters: number): string => `and ${posters.toLocaleString("en")} more`,
    csv: "Save as CSV",
    json: "Save as JSON",
    clear: "Clear",
    loading: (done: number, all: number): string =>
      `Loading ${done.toLocaleString("en")} of ${all.toLocaleString("en")} files`,
    saved: (file: string): string => `Saved as ${file}`,
    failed: (file: string): string => `${file} could not be loaded, so nothing was saved.`,
    file: "selection",
  },

  about: {
    author: "By",
    credits: "Credits",
    licence: "Licence",
    attribution: "Attribution",
    moreAttribution: (others: number): string =>
      `and ${others.toLocaleString("en")} more, each with its posters`,
    contact: "Contact",
    contactUse: "To have a poster removed, write to:",
    list: "All posters as a list",
    quality: "How good this map is",
    clusters: "Clusters",
    keys: "Keys",
    made: "Made with mapmaker.",
    keyTable: [
      ["Arrows", "move the map; with a poster open, walk to the next"],
      ["+ −", "zoom"],
      ["Enter", "open the poster in the middle"],
      ["/", "search"],
      ["Esc", "close"],
      ["Tab", "from part to part"],
    ],
  },

  panel: {
    close: "Close the panel",
    search: "Search",
    filter: "Filter",
    select: "Select",
    mix: "More like it",
    about: "About this map",
  },

  /** 0.74; a minus as readers know it */
  likeness: (likeness: number): string => likeness.toFixed(2).replace("-", "−"),
  /** of random pairs of posters */
  above: (percent: number): string => `above ${percent.toFixed(1)}% of pairs`,

  mix: {
    heading: (posters: number): string =>
      posters < 2 ? texts.panel.mix : `A mix of ${texts.count(posters)}`,
    parts: "Posters to be like",
    hint: "Posters like one, or between several: add another.",
    full: (most: number): string => `${most} are as many as can be mixed.`,
    add: "Add a poster by its title",
    pick: "Choose it on the map",
    picking: {
      keys: "Now click a poster on the map to add it. Enter takes the one in the middle.",
      fingers: "Now tap a poster on the map to add it.",
    },
    weight: (title: string): string => `How much ${title} counts`,
    share: (percent: number): string => `${percent}%`,
    remove: (title: string): string => `Take ${title} out`,
    go: (title: string): string => `Show ${title} on the map`,
    results: (posters: number): string => (posters < 2 ? "Most like it" : "Nearest to the mix"),
    poster: (title: string, likeness: string, above: string): string =>
      [title, `likeness ${likeness}`, ...(above === "" ? [] : [above])].join(", "),
    loading: (done: number, all: number): string =>
      `Loading ${done.toLocaleString("en")} of ${all.toLocaleString("en")} files`,
    large: (bytes: number): string =>
      `To look at all posters of this map, ${Math.round(bytes / 1e6).toLocaleString("en")} MB must be loaded first.`,
    load: "Load them",
    found: (posters: number, inputs: number, lit: number | null): string => {
      if (posters === 0) return lit === null ? "No other poster" : "No other poster matches";
      const what = inputs > 1 ? "nearest to the mix" : "most like it";
      const among = lit === null ? "" : `, of those that match`;
      return `The ${texts.count(posters)} ${what}${among}`;
    },
    none: "Nothing lies between these: give other weights.",
    weightless: "All weights are 0: give at least one more.",
    more: "Show more",
    space: (numbers: number): string =>
      `Likeness as this map sees it: by the ${numbers.toLocaleString("en")} numbers a poster in which its neighbours are near. Other ways of looking rank differently. Above 99% of pairs: of 100 random pairs of this map's posters, 99 are less alike.`,
  },

  search: {
    label: "Search",
    placeholder: "Search posters",
    clear: "Clear the search",
    quoted: (text: string, column: string | null): string =>
      column === null ? `“${text}”` : `${column}: “${text}”`,
    column: "Search in",
    title: "title",
    results: "Posters found",
    hint: "Words in any order; small typing errors are forgiven.",
    loading: "Loading",
    found: (posters: number): string =>
      posters === 0 ? "Nothing found" : `${posters.toLocaleString("en")} found`,
    foundOf: (left: number, found: number): string =>
      `${left.toLocaleString("en")} of ${found.toLocaleString("en")} found ${matches(left)} the filter`,
    rest: (posters: number): string => `and ${posters.toLocaleString("en")} more`,
    beside: (year: number | null, value: string): string =>
      [year === null ? "" : String(year), value].filter((part) => part !== "").join(" · "),
  },

  filter: {
    clear: "Clear filter",
    clearAll: "Clear search and filter",
    loading: "Loading",
    lacking: "Not loaded",
    nothing: "This map has no years, tags or clusters to filter by.",
    count: (left: number, all: number): string =>
      `${left.toLocaleString("en")} of ${texts.count(all)}`,
    match: (matching: number, all: number): string =>
      `${matching.toLocaleString("en")} of ${all.toLocaleString("en")} ${matches(matching)}`,
    tags: {
      any: (tags: readonly string[]): string => tags.join(" or "),
      all: (tags: readonly string[]): string => tags.join(" and "),
      none: (tags: readonly string[]): string => tags.map((tag) => `not ${tag}`).join(", "),
    },
    anyCluster: (names: readonly string[]): string => names.join(" or "),
    yearHeading: "Years",
    firstYear: "First year",
    lastYear: "Last year",
    years: (first: number, last: number): string =>
      first === last ? String(first) : `${first} to ${last}`,
    tagHeading: "Tags",
    tagKinds: { list: "Tags", find: "Find a tag" },
    mode: "Which of the chosen tags a poster must have",
    modes: { any: "Any", all: "All", none: "None" },
    clusterHeading: "Clusters",
    clusterKinds: { list: "Clusters", find: "Find a cluster" },
    rest: (names: number): string => `and ${names.toLocaleString("en")} more: find them by name`,
    noName: "None of that name",
  },

  card: {
    label: "Poster",
    close: "Close",
    loading: "Loading",
    picture: (title: string): string => `Poster: ${title}`,
    cluster: (name: string): string => `In ${name}`,
    flyToCluster: (name: string): string => `In ${name}: show this cluster`,
    onlyYear: (year: number): string => `Only posters of ${year}`,
    onlyTag: (tag: string): string => `Only posters tagged ${tag}`,
    similar: "Most like it",
    similarPoster: (place: number, all: number): string => `Similar poster ${place} of ${all}`,
    similarAbove: (percent: number): string =>
      `Most like it: each above ${percent.toFixed(1)}% of random pairs`,
    more: "More like it",
    mix: "Mix with …",
    addToMix: "Add to the mix",
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
    noYears: (first: number, last: number): string =>
      `No poster of this map is from ${texts.filter.years(first, last)}.`,
    unknownPoster: (id: string): string => `This map has no poster “${id}”.`,
    gonePoster: "The poster of this link is no longer on this map.",
    lostClusters: (clusters: number): string =>
      clusters === 1
        ? "A cluster of this link is not on this map."
        : `${clusters.toLocaleString("en")} clusters of this link are not on this map.`,
    lostMix: (posters: number): string =>
      posters === 1
        ? "A poster of this link's mix is not on this map."
        : `${posters.toLocaleString("en")} posters of this link's mix are not on this map.`,
    dismiss: "Dismiss",
    retry: "Try again",
  },
} as const;

function matches(posters: number): string {
  return posters === 1 ? "matches" : "match";
}
