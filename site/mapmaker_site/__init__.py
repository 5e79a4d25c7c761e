"""The viewer as it is shipped: a title -> index.html, and the files it needs beside it.

A page is `render_page(...)` as index.html, and each of `ASSETS` below assets/. What it shows is
described in docs/map-data.md. Source of the viewer: site/src; `npm run build` writes the assets.
"""

from html import escape
from importlib.resources import files
from string import Template
from typing import Final

__all__ = ["ASSETS", "read_asset", "render_page"]

ASSETS: Final = ("viewer.js", "viewer.css", "LICENSES.txt")


def read_asset(name: str) -> bytes:
    """One of `ASSETS`, as bytes."""
    if name not in ASSETS:
        raise KeyError(f"{name!r} is not an asset of the viewer; there are {', '.join(ASSETS)}")
    return (files(__name__) / name).read_bytes()


def render_page(*, title: str, description: str, overview: str, language: str = "en") -> str:
    """index.html, to be written as UTF-8. All values are plain text and escaped here.

    overview: relative address of a picture of the whole map, shown without JavaScript.
    language: of the title and description, as an HTML language tag.
    """
    template = Template((files(__name__) / "index.html").read_text(encoding="utf-8"))
    values = {
        "title": title,
        "description": description,
        "overview": overview,
        "language": language,
    }
    return template.substitute({name: escape(value) for name, value in values.items()})
