"""Where a map will be published, as the user wrote it -> the address that all its pages begin with."""

from urllib.parse import urlsplit

from mapmaker.errors import OptionError

_PAGE = "index.html"


def base_address(text: str) -> str:
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
            f"compose.address = {text!r} is no address of a web page: write it as https://me.github.io/map/"
        )
    folder = text.removesuffix(_PAGE) if parts.path.endswith(f"/{_PAGE}") else text
    return folder if folder.endswith("/") else f"{folder}/"
