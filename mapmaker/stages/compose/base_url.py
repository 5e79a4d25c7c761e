"""Where a map will be published, as the user wrote it -> the base URL that the addresses of all its pages begin with.

And what search engines are told of them there: sitemaps.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from mapmaker.errors import OptionError
from mapmaker_site.sitemap import render_sitemaps

_PAGE = "index.html"
_HOST = re.compile(r"([^][@:%]+|\[[0-9A-Fa-f:.]+\])(:\d*)?")
"""A name or an IPv6 address, and a port."""
_NEVER = re.compile(r"[?#\\\"<>^`{|}]|%(?![0-9A-Fa-f]{2})")


def read_base_url(text: str) -> str:
    """Return the address of the map's folder, with a slash at its end; "" of "".

    OptionError if it is not that of a web page: http or https, a host, and nothing behind the path. Nor may it hold a
    password, which all pages would tell; what may be one is not repeated.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and parts.port != 0
        steps = unquote(parts.path).split("/")
    except ValueError:  # of a port or an IPv6 host that is none
        whole = False
    odd = any(character.isspace() or not character.isprintable() for character in text)
    if not whole or odd or _NEVER.search(text) or "." in steps or ".." in steps:
        shown = "" if "@" in text else f" = {text!r}"
        raise OptionError(f"compose.base_url{shown} is no address of a web page: write it as https://me.github.io/map/")
    folder = text.removesuffix(_PAGE) if parts.path.endswith(f"/{_PAGE}") else text
    return folder if folder.endswith("/") else f"{folder}/"


def sitemaps(base_url: str, files: Iterable[str]) -> dict[str, bytes]:
    """Return the sitemaps of the pages among `files`, by path below the site; none where nobody knows where it is."""
    if not base_url:
        return {}
    pages = sorted(name for name in files if name.endswith(".html") and name != _PAGE)
    return {name: text.encode() for name, text in render_sitemaps(base_url, ["", *pages]).items()}
