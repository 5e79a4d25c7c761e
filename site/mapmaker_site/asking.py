"""The page that asks what is like what, of a server on this machine; see docs/serving.md.

`render_page()` is the page, and each of `ASSETS` is below /page/. Source: site/src/ask; `npm run build` writes them.
"""

from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from mapmaker_site.head import shared_head

__all__ = ["ASSETS", "read_asset", "render_page"]

ASSETS: Final = ("ask.js", "ask.css")


@cache
def read_asset(name: str) -> bytes:
    """One of `ASSETS`, as bytes."""
    if name not in ASSETS:
        raise KeyError(f"{name!r} is not an asset of the page; there are {', '.join(ASSETS)}")
    return (files(__package__) / name).read_bytes()


@cache
def render_page() -> str:
    """The page, to be sent as UTF-8: the same for every map, of which it asks the server."""
    template = Template((files(__package__) / "ask.html").read_text(encoding="utf-8"))
    return template.substitute(shared_head=shared_head())
