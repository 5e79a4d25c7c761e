/**
 * src/ -> mapmaker_site/: the viewer's classic script and stylesheet, stylesheets of the pages, script and stylesheet
 * of the search page, and the licences of what is inside the viewer.
 *
 * `node build.mjs` writes them; `node build.mjs --compare` builds in memory and fails if the
 * committed files differ by a byte, so that what is shipped is what the source says.
 */
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = import.meta.dirname;
const shipped = join(here, "mapmaker_site");

const CONTAINED = [
  { name: "Leaflet", folder: "leaflet", home: "https://leafletjs.com", kind: "BSD 2-Clause" },
  {
    name: "PMTiles",
    folder: "pmtiles",
    home: "https://github.com/protomaps/PMTiles",
    kind: "BSD 3-Clause",
    // Its package comes without; this is the text of its repository.
    file: join(here, "licences", "pmtiles.txt"),
  },
  { name: "fflate", folder: "fflate", home: "https://101arrowz.github.io/fflate", kind: "MIT" },
  {
    name: "uFuzzy",
    folder: "@leeoniya/ufuzzy",
    home: "https://github.com/leeoniya/uFuzzy",
    kind: "MIT",
  },
];

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: {
      viewer: "src/main.ts",
      "viewer-style": "src/style/viewer.css",
      list: "src/style/list.css",
      galleries: "src/style/galleries.css",
      quality: "src/style/quality.css",
      ask: "src/ask/main.ts",
      "ask-style": "src/style/ask.css",
    },
    outdir: "mapmaker_site",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2021", "chrome105", "firefox110", "safari15.4"],
    charset: "utf8",
    legalComments: "inline",
    // Leaflet's pictures belong to markers and layer lists, which this map does not have.
    loader: { ".png": "empty" },
    write: false,
  });
  return result.outputFiles.map((file) => ({
    name: basename(file.path).replace("-style", ""),
    bytes: Buffer.from(file.contents),
  }));
}

async function licences() {
  const lines = ["viewer.js and viewer.css contain:", "", "mapmaker's viewer (MIT)"];
  const texts = [];
  for (const { name, folder, home, kind, file } of CONTAINED) {
    const package_ = join(here, "node_modules", folder);
    const { version } = JSON.parse(await readFile(join(package_, "package.json"), "utf8"));
    lines.push(`${name} ${version}, ${home} (${kind})`);
    const text = (await readFile(file ?? join(package_, "LICENSE"), "utf8")).trim();
    texts.push("-".repeat(72), name, "", text, "");
  }
  lines.push("", ...texts);
  return { name: "LICENSES.txt", bytes: Buffer.from(lines.join("\n")) };
}

async function differs({ name, bytes }) {
  const committed = await readFile(join(shipped, name)).catch(() => Buffer.alloc(0));
  return !committed.equals(bytes);
}

const files = [...(await bundle()), await licences()];
if (process.argv.includes("--compare")) {
  const stale = [];
  for (const file of files) if (await differs(file)) stale.push(file.name);
  if (stale.length > 0) {
    console.error(`mapmaker_site/ is not what src/ builds: ${stale.join(", ")}; run npm run build`);
    process.exit(1);
  }
} else {
  for (const file of files) await writeFile(join(shipped, file.name), file.bytes);
}
for (const { name, bytes } of files) {
  console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzip`);
}
