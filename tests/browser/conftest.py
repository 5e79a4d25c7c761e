"""Chromium, maps to open in it, and pages that keep an eye on what goes wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

import mapmaker
from mapmaker.sources.demo import write_posters

from .handmade import Handmade, write_map
from .visit import Visit

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 812},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
LISTED = 330
"""Posters of a site whose list has more than fit a page."""

Open = Callable[..., Visit]
Read = Callable[..., Page]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder as a static host does, and keeps the terminal clean."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder on this machine alone; gives the address of its root, with a slash."""
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one these tests are skipped, but on CI they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "NO BROWSER TEST WAS RUN: there is no chromium on the PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def spec() -> Handmade:
    return Handmade()


@pytest.fixture(scope="session")
def site(spec: Handmade, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handmade map, in a folder below another; not to be changed."""
    folder = tmp_path_factory.mktemp("host") / "deep" / "map"
    write_map(folder, spec)
    return folder


@pytest.fixture
def copied(site: Path, tmp_path: Path) -> Path:
    """The handmade map, to be broken."""
    return Path(shutil.copytree(site, tmp_path / "map"))


@pytest.fixture
def open_map(chromium: Browser, site: Path) -> Iterator[Open]:
    """Opens the handmade map from file://, or any other, at a hash; checks it when the test ends.

    trouble=True: the test breaks the map on purpose, so the console may complain.
    Other options are those of a browser context.
    """
    with ExitStack() as stack:

        def open_(hash: str = "", *, base: str = "", trouble: bool = False, **options: Any) -> Visit:
            context = chromium.new_context(**{**DESKTOP, **options})
            stack.callback(context.close)
            visit = Visit(context.new_page(), base or site.as_uri() + "/")
            if not trouble:
                stack.callback(visit.assert_clean)
            visit.open(hash)
            return visit

        yield open_


@pytest.fixture(scope="session")
def listed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site of a real build, with more posters than fit a page; the first process to need it makes it for all."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "listed"
    with FileLock(f"{folder}.lock"):
        if not (folder / "map").exists():
            write_posters(folder / "posters", LISTED)
            build_listed(folder)
    return folder / "map"


def build_listed(folder: Path) -> None:
    """Build the map of a folder's posters, with all that its list can have."""
    mapmaker.build(
        folder / "posters",
        folder / "map",
        folder / "posters/metadata.csv",
        workers=1,
        extractor="classic",
        poster_size=48,
        title="Posters <of> a program",
        compose={"description": "Drawn, not filmed.", "licence": "CC0"},
        triage={"near": "off"},  # series, of which some differ in their titles alone
    )


@pytest.fixture
def read(chromium: Browser, listed: Path) -> Iterator[Read]:
    """Opens a page of the list without JavaScript; checks it when the test ends."""
    with ExitStack() as stack:

        def read_(name: str = "index.html", **options: Any) -> Page:
            context = chromium.new_context(**{**DESKTOP, "java_script_enabled": False, **options})
            stack.callback(context.close)
            visit = Visit(context.new_page(), listed.as_uri() + "/")
            stack.callback(visit.assert_clean)
            visit.page.goto(f"{visit.base}list/{name}")
            return visit.page

        yield read_
