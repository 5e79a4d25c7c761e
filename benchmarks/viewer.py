"""The viewer, measured in Chromium: bytes of the first view, and its speed and memory on a large map.

    python benchmarks/viewer.py [--built MAP_FOLDER] [--large MAP_FOLDER] [--chromium /usr/bin/chromium]

first   MAP_FOLDER as `mapmaker build` made it, opened at 1440 x 900 with an empty cache: requests, and bytes as a host
        sends them, texts in gzip, until nothing is on its way any more
bundle  bytes of the script and the stylesheet, in gzip
large   a map by large_map.py: several queries typed letter by letter, and single letters that nearly all titles hold
        typed and erased, milliseconds from the key to the list; a filter dragged through its years, milliseconds from
        the event to the frame that shows it; search and filter opened, a tag and a cluster chosen, and panning for some
        seconds with all of that on, traced; flights to random posters, and the heap, rubbish collected, after them

The machine's speed is in all figures but the bytes: two shared cores, no graphics processor. What else runs on it is in
them too, but for the milliseconds on the processor.
"""

import argparse
import gzip
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Locator, Page, Response, sync_playwright
from tracing import LONG, traced

from mapmaker.server.static import open_server

VIEW = {"width": 1440, "height": 900}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-precise-memory-info"]
TEXTS = (".html", ".js", ".css", ".txt", ".json")
QUERIES = ("the golden river", "midnigth garden", "chiara", "é", "zzzz", "last train of the north")
LETTERS = "aes"
"""Each is in most titles."""
TURNS = 8
"""How often one of them is typed and erased."""
FLIGHTS = 100


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a map on this machine alone."""
    with open_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


def sent(response: Response) -> int:
    """Return the bytes of an answer as a host sends them: texts in gzip."""
    body = response.body()
    path = response.url.partition("?")[0].partition("#")[0]
    return len(gzip.compress(body, 6)) if path.endswith((*TEXTS, "/")) else len(body)


def first_view(browser: Browser, folder: Path) -> None:
    """Print what it takes to see a map for the first time."""
    with served(folder) as address:
        context = browser.new_context(viewport=VIEW)  # type: ignore[arg-type]  # a plain dict
        page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(address)
        page.wait_for_load_state("networkidle")
        settle(page)
        sizes = {answer.url.removeprefix(address) or "index.html": sent(answer) for answer in answers}
        context.close()
    print("\n### first view\n\n| file | bytes |\n|---|---|")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"| {name} | {size:,} |")
    print(f"\n{len(answers)} requests, {sum(sizes.values()) / 1e3:.0f} kB")


def bundle(folder: Path) -> None:
    """Print how large the viewer is."""
    sizes = {name: len(gzip.compress((folder / "assets" / name).read_bytes())) for name in ("viewer.js", "viewer.css")}
    told = ", ".join(f"{name} {size / 1e3:.1f} kB" for name, size in sizes.items())
    print(f"\n### bundle\n\n{told}; together {sum(sizes.values()) / 1e3:.1f} kB in gzip")


def large(browser: Browser, folder: Path) -> None:
    """Print how it does on a large map."""
    with served(folder) as address:
        context = browser.new_context(viewport=VIEW)  # type: ignore[arg-type]  # a plain dict
        page = context.new_page()
        page.goto(address)
        settle(page)
        chrome = context.new_cdp_session(page)
        print(f"\n### large\n\nheap, just opened: {heap(chrome):.1f} MB")
        search(browser, page, folder)
        filtering(browser, page)
        panning(browser, page)
        flying(page, chrome)
        page.goto("about:blank")
        context.close()


def search(browser: Browser, page: Page, folder: Path) -> None:
    """Type queries; print milliseconds from a key to the list."""
    for file in [*sorted((folder / "data" / "search").glob("*.js")), folder / "data" / "facets.js"]:
        print(f"{file.name}: {len(gzip.compress(file.read_bytes(), 6)) / 1e6:.2f} MB in gzip")
    field = page.get_by_role("combobox", name="Search", exact=True)
    print(f"search, opened for the first time: {traced(browser, page, lambda: open_search(page)).told()}")
    page.evaluate(KEY_TO_LIST)
    times: list[float] = []
    for query in QUERIES:
        field.fill("")
        page.wait_for_timeout(300)
        times += typed(page, query)
        found = page.locator(".search [role=status]").inner_text()
        print(f"search {query!r}: {found}; {told(times[-len(query) :])} from key to list")
    for letter in LETTERS:
        field.fill("")
        page.wait_for_timeout(300)
        there_and_back = typed(page, [letter, "Backspace"] * TURNS)
        print(f"search {letter!r}: typed {told(there_and_back[::2])}, erased {told(there_and_back[1::2])}")
        times += there_and_back
    over = sum(time > LONG for time in times)
    print(f"keystrokes over {LONG:.0f} ms: {over} of {len(times)}, {over / len(times):.0%}")
    page.evaluate("() => self.stopTiming()")
    field.fill("")


def open_search(page: Page) -> None:
    """Open it, and wait for its files, by a letter that they are needed for."""
    page.keyboard.press("/")
    page.keyboard.type("a")
    page.locator(".search [role=option]").first.wait_for(timeout=60_000)


def typed(page: Page, keys: Sequence[str]) -> list[float]:
    """Press keys one after the other; return milliseconds from each to the list."""
    page.evaluate("() => { self.answers = [] }")
    for key in keys:
        (page.keyboard.press if len(key) > 1 else page.keyboard.type)(key)
        page.wait_for_function("() => self.waiting === false", timeout=10_000)
    return [float(value) for value in page.evaluate("() => self.answers")]


KEY_TO_LIST = """() => {
    // From the input event to the frame after the status line and the list have been written for it.
    const room = document.querySelector(".search");
    const field = room.querySelector("input");
    self.answers = [];
    self.waiting = false;
    let since = 0;
    let settled;
    const begun = () => { since = performance.now(); self.waiting = true; };
    const end = () => { self.answers.push(self.last - since); self.waiting = false; };
    field.addEventListener("input", begun, true);
    const watcher = new MutationObserver(() => {
        requestAnimationFrame(() => {
            self.last = performance.now();
            clearTimeout(settled);
            settled = setTimeout(end, 150);  // nothing more comes
        });
    });
    watcher.observe(room, {childList: true, subtree: true, characterData: true});
    self.stopTiming = () => { watcher.disconnect(); field.removeEventListener("input", begun, true); };
}"""


def filtering(browser: Browser, page: Page) -> None:
    """Open the filter, choose, drag the first year; print tasks, and milliseconds from each event to its frame."""
    panel = page.get_by_role("region", name="Filter")
    slider = panel.get_by_role("slider", name="First year")
    steps: dict[str, tuple[Locator, Locator]] = {
        "filter, opened for the first time": (page.get_by_role("button", name="Filter", exact=True), slider),
        "a tag chosen": (panel.get_by_role("list", name="Tags").get_by_role("button").first, slider),
        "a cluster chosen": (panel.get_by_role("list", name="Clusters").get_by_role("button").first, slider),
    }
    for step, (button, shown) in steps.items():
        print(f"{step}: {traced(browser, page, partial(press, button, shown)).told()}")
    panel.get_by_role("button", name="Clear filter").click()
    times = slider.evaluate(
        """async (slider) => {
            const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
            const chip = () => document.querySelector(".lit-chip")?.textContent ?? "";
            const times = [];
            for (let step = 0; step < 30; step++) {
                const before = chip();
                const since = performance.now();
                slider.value = String(Number(slider.value) + 1);
                slider.dispatchEvent(new Event("input", {bubbles: true}));
                slider.dispatchEvent(new Event("change", {bubbles: true}));
                while (chip() === before && performance.now() - since < 3000) await frame();
                await frame();
                await frame();  // the darkness may come a frame after the count
                times.push(performance.now() - since);
            }
            return times;
        }"""
    )
    print(f"filter by first year: {told(times)} from event to frame")


def press(button: Locator, shown: Locator) -> None:
    """Press a button, and wait for what it shows."""
    button.click()
    shown.wait_for(timeout=60_000)


def panning(browser: Browser, page: Page) -> None:
    """Drag the map about; print the script's time a frame, and tasks that a visitor feels."""
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_timeout(400)
    settle(page)
    trace = traced(browser, page, lambda: drag(page))
    print(f"panning: {trace.told_of_frames()}; {trace.told()}")


def drag(page: Page) -> None:
    """Drag the map to and fro for some seconds."""
    page.mouse.move(900, 450)
    page.mouse.down()
    for step in range(240):
        across, down = (step % 80) * 6, (step % 40) * 5
        page.mouse.move(900 - across, 450 + down)
        page.wait_for_timeout(8)
    page.mouse.up()


def flying(page: Page, chrome: CDPSession) -> None:
    """Fly to random posters; print the heap."""
    print(f"heap, after search, filter and panning: {heap(chrome):.1f} MB")
    for done in (FLIGHTS, 2 * FLIGHTS):
        for _ in range(FLIGHTS):
            page.get_by_role("button", name="Random poster").click()
            page.wait_for_timeout(250)
        settle(page)
        print(f"heap, after {done} flights: {heap(chrome):.1f} MB")


def heap(chrome: CDPSession) -> float:
    """Return megabytes in use once rubbish is collected."""
    for _ in range(3):
        chrome.send("HeapProfiler.collectGarbage")
    return float(chrome.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def settle(page: Page) -> None:
    """Wait until tiles are shown and nothing moves; tiles that are not there are not waited for."""
    page.wait_for_function(
        """() => document.querySelector('.leaflet-tile')
            && !document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"""
    )
    page.wait_for_timeout(1500)


def told(milliseconds: Sequence[float]) -> str:
    """Return the median and the most."""
    return f"{statistics.median(milliseconds):.0f} ms, {max(milliseconds):.0f} at most"


def main() -> None:
    """Parse, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--built", type=Path, help="a map of mapmaker build")
    parser.add_argument("--large", type=Path, help="a map of large_map.py")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    if options.built is None and options.large is None:
        parser.error("nothing to measure: give --built, --large, or both")
    for folder in (options.built, options.large):
        if folder is not None and not (folder / "index.html").is_file():
            parser.error(f"{folder} holds no map")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        if options.built is not None:
            first_view(browser, options.built)
            bundle(options.built)
        if options.large is not None:
            large(browser, options.large)
        browser.close()


if __name__ == "__main__":
    main()
