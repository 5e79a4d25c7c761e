"""The address of a repository at GitHub -> where its pages will be, and where they are switched on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mapmaker.checks import Checked
from mapmaker.hosting.contents import Contents

_GITHUB = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?|(?:[^/@:]+@)?)(?:www\.|ssh\.)?github\.com(?::\d+)?[/:]/?([\w.-]+)/([\w.-]+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a repository's pages will be, and the page where one switches them on."""

    url: str
    settings: str


def find_place(url: str, contents: Contents) -> Place | None:
    """Return where the pages of the repository at `url` will be; None if it is not at GitHub, where nobody can know."""
    found = _GITHUB.fullmatch(url)
    if found is None:
        return None
    owner, name = found[1].lower(), found[2]
    own = f"{owner}.github.io"
    folder = "" if name.lower() == own else f"{name}/"
    settings = f"https://github.com/{found[1]}/{name}/settings/pages"
    domain = contents.read("CNAME").decode("utf-8", "replace").strip() if "CNAME" in contents.digests else ""
    if _HOST.fullmatch(domain):
        return Place(f"https://{domain}/", settings)
    return Place(f"https://{own}/{folder}", settings)


def address_notes(place: Place, checked: Checked) -> Iterator[str]:
    """Yield what is to be said of a map that knows no address, or another one."""
    if not checked.base_url:
        yield f"links to the map show no picture, as it does not know its address: build with --base-url {place.url}"
    elif checked.base_url.lower() != place.url.lower():
        said = f"the map says that it is at {checked.base_url}, but it will be at {place.url}"
        yield f"{said}: build with --base-url {place.url}"
