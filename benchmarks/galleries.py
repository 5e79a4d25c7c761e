"""Galleries of one large cluster, measured in Chromium: how soon a page is there, and what it asks for.

    python benchmarks/galleries.py [--count 5000] [--cell 192x288] [--built MAP_FOLDER] [--runs 7]

A map of COUNT posters, all of one cluster, is made up: noise for posters, tiles of the zoom that galleries show, real
pages by the code that writes them. Its first, middle and last page and the index, or the index and the largest gallery
of a map that was built, are loaded from a server on this machine, each time by a fresh context (an empty cache), at
1440 x 900 and as a phone: milliseconds until the page has loaded, and until every picture on the screen is there and
decoded; pictures asked for, also below the screen, and bytes; then what axe-core finds wrong. Two shared cores: times
are medians, with their quartiles.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from large_map import made_up
from PIL import Image
from playwright.sync_api import Browser, Response, sync_playwright
from viewer import ARGUMENTS, sent, served

from mapmaker.model import Cluster, Clusters
from mapmaker.shelves import gallery_zoom, page_count
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.galleries import Galleries
from mapmaker_site import ASSETS, read_asset
from mapmaker_site.galleries import gallery_file
from mapmaker_site.pages import Book

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 3,
        "is_mobile": True,
        "has_touch": True,
    },
}
AXE = Path(__file__).parents[1] / "site/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOISE = 6
"""Pixels of a poster's noise across a cell, before it is enlarged: tiles then weigh what real ones do, about."""
QUALITY = 75
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def one_cluster(count: int, cell: tuple[int, int]) -> Catalog:
    """Return a map of so many posters that are all of one cluster."""
    made = made_up(count, 0)
    everybody = Cluster("all", "All of them", np.arange(count, dtype=np.int32))
    tiles = replace(made.tiles, cell=cell)
    extent = max(tiles.extent(made.arrangement.columns, made.arrangement.rows))
    tiles = replace(tiles, max_zoom=(-(-extent // tiles.size) - 1).bit_length())
    return replace(made, clusters=Clusters(np.zeros(count, np.int32), [everybody]), tiles=tiles, galleries=True)


def write(folder: Path, catalog: Catalog) -> None:
    """Write galleries, styles, and tiles of noise."""
    for place, page in Galleries(catalog, Book(catalog.title)).pages():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(page.render())
    (folder / "assets").mkdir()
    for name in ASSETS:
        (folder / "assets" / name).write_bytes(read_asset(name))
    tiles, random = catalog.tiles, np.random.default_rng(0)
    zoom = gallery_zoom(*tiles.cell, tiles.margin, tiles.max_zoom, packed=False)
    side = tiles.size * NOISE // tiles.cell_at(zoom)[0]
    for name in sorted(Galleries(catalog, Book("")).tiles):
        path = folder / "tiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8))
        noise.resize((tiles.size, tiles.size), Image.Resampling.BICUBIC).save(path, quality=QUALITY, method=2)


def load(browser: Browser, address: str, screen: dict[str, Any]) -> tuple[float, int, int]:
    """Return milliseconds until a page has loaded, pictures that it asked for by then, and bytes of all answers."""
    context = browser.new_context(**screen)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="load")
    page.wait_for_load_state("networkidle")
    loaded = float(page.evaluate(LOADED))
    pictures = sum(answer.url.endswith(".webp") for answer in answers)
    size = sum(map(sent, answers))
    context.close()
    return loaded, pictures, size


def painted(browser: Browser, address: str, screen: dict[str, Any]) -> float:
    """Return milliseconds until every picture on the screen is there and decoded."""
    context = browser.new_context(**screen, bypass_csp=True)  # so that it can be waited for in the page
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        """() => document.readyState === "complete" && [...document.images].every((image) => {
            const box = image.parentElement.getBoundingClientRect();
            return box.top > innerHeight || (image.complete && image.naturalWidth > 0);
        })""",
        polling="raf",
    )
    page.evaluate("() => Promise.all([...document.images].filter((i) => i.complete).map((i) => i.decode()))")
    took = float(page.evaluate("() => performance.now()"))
    context.close()
    return took


def faults(browser: Browser, address: str, screen: dict[str, Any]) -> list[str]:
    """Return the rules of axe-core that a page breaks."""
    context = browser.new_context(**screen)
    page = context.new_page()
    page.goto(address)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    found: list[str] = page.evaluate(
        "async how => (await axe.run(document, how)).violations.map(one => one.id)", options
    )
    context.close()
    return found


def told(values: Sequence[float]) -> str:
    """Return a median and its quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--cell", default="192x288")
    parser.add_argument("--built", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    width, height = map(int, options.cell.split("x"))
    catalog = one_cluster(options.count, (width, height))
    last = page_count(options.count)
    names = ["index.html", *(gallery_file("all", number) for number in (1, (last + 1) // 2, last))]
    with tempfile.TemporaryDirectory() as made_up_map, sync_playwright() as playwright:
        folder: Path = options.built or Path(made_up_map)
        if options.built:
            largest = max(folder.glob("clusters/*_1.html"), key=lambda page: page.stat().st_size)
            names = ["index.html", largest.name]
        else:
            write(folder, catalog)
            (folder / "index.html").write_text("<!doctype html>", encoding="utf-8")
        pages = [path.stat().st_size for path in folder.glob("clusters/*.html")]
        print(f"{len(pages):,} pages, {sum(pages) / 1e6:.2f} MB\n")
        print("| page | screen | loaded, ms | on the screen, ms | pictures | kB | axe |\n|---|---|---|---|---|---|---|")
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        with served(folder) as address:
            for name in names:
                for screen, how in SCREENS.items():
                    where = f"{address}clusters/{name}"
                    loads = [load(browser, where, how) for _ in range(options.runs)]
                    shown = [painted(browser, where, how) for _ in range(options.runs)]
                    wrong = ", ".join(faults(browser, where, how)) or "clean"
                    _, pictures, sizes = loads[-1]
                    times = f"{told([one[0] for one in loads])} | {told(shown)}"
                    print(f"| {name} | {screen} | {times} | {pictures} | {sizes / 1e3:.0f} | {wrong} |")
        browser.close()


if __name__ == "__main__":
    main()
