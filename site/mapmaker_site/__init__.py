"""The viewer as it is shipped: a title -> index.html, and the files it needs beside it.

A page is `render_page(...)` as index.html, and each of `ASSETS` below assets/. What it shows is
described in docs/map-data.md. Source of the viewer: site/src; `npm run build` writes the assets.
"""

from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from mapmaker_site.head import canonical_link, shared_head
from mapmaker_site.pages import lang_attribute

__all__ = ["ASSETS", "read_asset", "render_page"]

ASSETS: Final = ("viewer.js", "viewer.css", "list.css", "galleries.css", "quality.css", "LICENSES.txt")
LISTED: Final = '<p><a href="list/index.html">All posters as a list</a></p>\n'
PICTURED: Final = '<p><a href="clusters/index.html">Clusters of posters that are alike</a></p>\n'
OG_URL: Final = '<meta property="og:url" content="{}">\n'


def read_asset(name: str) -> bytes:
    """One of `ASSETS`, as bytes."""
    if name not in ASSETS:
        raise KeyError(f"{name!r} is not an asset of the viewer; there are {', '.join(ASSETS)}")
    return (files(__name__) / name).read_bytes()


def render_page(
    *,
    title: str,
    description: str,
    overview: str,
    address: str = "",
    language: str = "en",
    author: str = "",
    noindex: bool = False,
    listed: bool = False,
    galleries: bool = False,
    described: bool = True,
) -> str:
    """index.html, to be written as UTF-8. All values are plain text and escaped here.

    overview: relative address of a picture of the whole map, shown without JavaScript and beside links to the page.
    address: where the page will be published, with a slash at its end, for those who show links to it; "" if nobody
        knows, then the picture's address stays relative, which few of them follow.
    language: of the title and description, as an HTML language tag, "" if nobody knows; all else is English.
    author: whose map it is; "" says nothing of it.
    noindex: asks search engines to leave the page out.
    listed: whether list/index.html is there, see `mapmaker_site.pages`; shown without JavaScript.
    galleries: whether clusters/index.html is there, see `mapmaker_site.galleries`; likewise.
    described: whether the description is the user's; False says that it is English, as one of ours is.
    """
    named = {"author": author, "robots": "noindex" if noindex else ""}
    optional = [f'<meta name="{name}" content="{escape(value)}">\n' for name, value in named.items() if value]
    template = Template((files(__name__) / "index.html").read_text(encoding="utf-8"))
    values = {
        "title": title,
        "description": description,
        "overview": overview,
        "shown": address + overview,
    }
    lang = lang_attribute(language)
    markup = {
        "shared_head": shared_head(),
        "optional": "".join(optional),
        "published": canonical_link(address) + (OG_URL.format(escape(address)) if address else ""),
        "listed": (LISTED if listed else "") + (PICTURED if galleries else ""),
        "title_lang": lang,
        "description_lang": lang if described else "",
    }
    return template.substitute({name: escape(value) for name, value in values.items()}, **markup)
