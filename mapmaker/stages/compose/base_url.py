"""Where a map will be published, as the user wrote it -> the base URL that the addresses of all its pages begin with.

And what search engines are told of them there: sitemaps.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from mapmaker.errors import OptionError
from mapmaker_site.sitemap import render_sitemaps

_PAGE = "index.html"


def read_base_url(text: str) -> str:
    """Return the address of the map's folder, with a slash at its end; "" of "".

    OptionError if it is not that of a web page: http or https, a host, and nothing behind the path. Nor may it hold a
    password, which all pages would tell.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of a port or an IPv6 host that is none
        whole = False
    odd = any(character.isspace() or not character.isprintable() for character in text)
    if not whole or odd or any(character in text for character in "?#@\\"):
        raise OptionError(
            f"compose.base_url = {text!r} is no address of a web page: write it as https://me.github.io/map/"
        )
    folder = text.removesuffix(_PAGE) if parts.path.endswith(f"/{_PAGE}") else text
    return folder if folder.endswith("/") else f"{folder}/"


def sitemaps(base_url: str, files: Iterable[str]) -> dict[str, bytes]:
    """Return the sitemaps of the pages among `files`, by path below the site; none where nobody knows where it is."""
    if not base_url:
        return {}
    pages = sorted(name for name in files if name.endswith(".html") and name != _PAGE)
    return {name: text.encode() for name, text in render_sitemaps(base_url, ["", *pages]).items()}
