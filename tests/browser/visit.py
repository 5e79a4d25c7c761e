"""One opened page: what is on it, and what went wrong on it."""

import io
import re
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, Request, Response

from .handmade import Handmade, colour


class Visit:
    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.trouble: list[str] = []
        self.requested: list[str] = []
        page.on("console", lambda message: self.trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._requested)
        page.on("response", self._answered)

    def _failed(self, request: Request) -> None:
        # A tile that is no longer wanted is called off by Leaflet: that is as it should be.
        if request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"failed: {request.url}: {request.failure}")

    def _requested(self, request: Request) -> None:
        self.requested.append(request.url)
        if not request.url.startswith((self.base, "data:", "blob:")):  # a blob is of the page's own making
            self.trouble.append(f"outside: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.trouble.append(f"{response.status}: {response.url}")

    def assert_clean(self) -> None:
        assert self.trouble == []

    def open(self, hash: str = "") -> None:
        self.page.goto(f"{self.base}index.html{hash}")

    @property
    def map(self) -> Locator:
        return self.page.get_by_role("application")

    @property
    def card(self) -> Locator:
        return self.page.get_by_role("complementary", name="Poster")

    @property
    def title(self) -> Locator:
        return self.card.get_by_role("heading")

    @property
    def hash(self) -> str:
        return self.page.url.partition("#")[2]

    def wait_for_hash(self, pattern: str) -> None:
        self.page.wait_for_url(re.compile(rf"#{pattern}$"), timeout=5000)

    def settle(self) -> None:
        """Until all tiles in view are here and shown in full, and nothing moves any more."""
        self._wait_for_tiles()
        before = b""
        for _ in range(20):
            now = self.page.screenshot()
            if now == before:
                return
            before = now
            self.page.wait_for_timeout(100)

    def _wait_for_tiles(self) -> None:
        self.page.wait_for_function(
            """() => {
                const tiles = [...document.querySelectorAll(".leaflet-tile")];
                return tiles.length > 0
                    && !document.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim")
                    && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded")
                        && ["", "1"].includes(tile.style.opacity));
            }"""
        )

    def map_box(self, spec: Handmade) -> dict[str, float]:
        """The whole map on the screen at home: fitted into what is free, with a margin of 2.4 % of the long side."""
        size = self.page.viewport_size
        assert size is not None
        width, height = size["width"], size["height"]
        margin = round(max(width, height) * 0.024)
        free = self.free()
        room = free["width"] - 2 * margin, free["height"] - 2 * margin
        scale = min(room[0] / spec.size[0], room[1] / spec.size[1], 2)
        return {
            "x": free["x"] + (free["width"] - spec.size[0] * scale) / 2,
            "y": (free["height"] - spec.size[1] * scale) / 2,
            "scale": scale,
        }

    def free(self) -> dict[str, float]:
        """What of the window neither card nor panel covers, nor the buttons of a low one."""
        size = self.page.viewport_size
        assert size is not None
        left, right, bottom = 0.0, float(size["width"]), float(size["height"])
        low = size["height"] <= 520 < size["width"]
        for part in self.page.locator(".panel:visible, .card:visible" + ", .toolbar:visible" * low).all():
            box = part.bounding_box()
            assert box is not None
            if box["width"] >= size["width"]:
                bottom = min(bottom, box["y"])
            elif box["x"] == 0 or box["x"] + box["width"] < size["width"] / 3:
                left = max(left, box["x"] + box["width"])
            else:
                right = min(right, box["x"])
        return {"x": left, "y": 0, "width": right - left, "height": bottom}

    def spot(self, spec: Handmade, cell: int, part: float = 0.5) -> tuple[float, float]:
        """Where a cell is on the screen at home; part: 0 its upper left corner, 1 its lower right."""
        box, (left, top) = self.map_box(spec), spec.corner(cell)
        x = box["x"] + (left + part * spec.cell[0]) * box["scale"]
        y = box["y"] + (top + part * spec.cell[1]) * box["scale"]
        return x, y

    def click(self, spec: Handmade, cell: int) -> None:
        self.page.mouse.click(*self.spot(spec, cell))

    def picture(self) -> Image.Image:
        return Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")

    def focused(self) -> Any:
        """The name of what has the keyboard's focus."""
        return self.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.textContent")


def corners(canvas: Locator, size: tuple[int, int]) -> list[list[int]]:
    """The colours, with alpha, of a canvas's corner pixels. Chromium complains of slow reading."""
    right, bottom = size[0] - 1, size[1] - 1
    found: list[list[int]] = canvas.evaluate(
        """(canvas, points) => points.map(([x, y]) =>
            [...canvas.getContext("2d", {willReadFrequently: true}).getImageData(x, y, 1, 1).data])""",
        [[0, 0], [right, 0], [0, bottom], [right, bottom]],
    )
    return found


def near(one: Any, other: tuple[int, int, int], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def assert_posters_shown(visit: Visit, spec: Handmade) -> None:
    visit.settle()
    picture = visit.picture()
    ratio = picture.width / visit.page.viewport_size["width"]  # type: ignore[index]
    for cell in spec.posters:
        x, y = visit.spot(spec, cell, part=0.2)
        assert near(picture.getpixel((round(x * ratio), round(y * ratio))), colour(cell)), cell
