"""Years and tags -> shelves: which posters stand together in the list beside the map, on how many pages.

Posters are positions in whatever sequence is given. Both who writes the pages and who predicts them read here.
"""

import hashlib
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

PAGE = 200
"""Posters on a page of a gallery, and about as many, on the mean, on one of the list."""
FULL = 300
"""Posters on a page of the list, at most."""
MOST = 200
"""Shelves of a kind: a map may have thousands of tags, most of them used once."""
LEAST = 2
"""Posters on a shelf, where there are more than `MOST` to choose from."""
PICTURES = 24
"""Posters on the strip of a page."""
PICTURE_WIDTH = 48
"""Pixels across a poster of a strip, at least, unless the deepest tiles have less."""
GALLERY_WIDTH = 128
"""The same of a gallery: half as many look torn on a phone, whose screen has three pixels for one."""
PACKED_WIDTH = 64
"""The same where tiles are in archives, so that those of galleries must stand beside them once more."""
INDEXED = 60
"""Clusters on a page of the index of galleries."""
_LONGEST = 40
"""Characters of a slug: file names end somewhere."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Shelf:
    """Posters that stand together; page `number` of them, from 1, is the file list/{stem}-{number}.html.

    `given` says that the name is the user's word, not ours.
    """

    stem: str
    name: str
    posters: Sequence[int]
    given: bool = False


def page_count(posters: int) -> int:
    """Return how many pages of galleries so many posters fill."""
    return -(-posters // PAGE)


def lot(id_: str) -> bytes:
    """Return what a poster draws for its id, at random and yet always the same: the least of some lots is chosen.

    So whoever comes or goes hardly ever changes which of the others are.
    """
    return hashlib.sha256(id_.encode()).digest()


def page_breaks(lots: Sequence[bytes]) -> list[int]:
    """Return where the pages of a shelf begin, whose posters drew these `lots`, in order: 0 first, nothing of none.

    Up to `FULL` posters are one page. More are parted before the one with the least lot in their middle third, and
    each part likewise, so that a page of several holds at least a third of `FULL`. Were there as many posters on each,
    whoever comes would move one poster over every break behind; so breaks stay, but for one in some hundred newcomers.
    """
    breaks: list[int] = []
    parts = [(0, len(lots))]
    while parts:
        first, last = parts.pop()
        if last - first > FULL:
            third = (last - first) // 3
            middle = min(range(first + third, last - third), key=lots.__getitem__)
            parts += [(middle, last), (first, middle)]
        elif last > first:
            breaks.append(first)
    return breaks


def most_pages(shelves: Iterable[int]) -> int:
    """Return how many pages shelves of so many posters fill together, whatever their lots; hardly ever fewer.

    Up to `FULL` posters are one, half as many more are two. Beyond, means are measured, and three deviations added.
    """
    sure = 0
    likely = 0.0
    for posters in shelves:
        if posters <= FULL * 3 // 2:
            sure += -(-posters // FULL)
        else:
            likely += posters / PAGE
    return sure + math.ceil(likely + 0.75 * math.sqrt(likely))


def pictured(lots: Sequence[bytes]) -> list[int]:
    """Return which posters are on the strip of a page where these `lots` were drawn: the least, at most `PICTURES`."""
    return sorted(sorted(range(len(lots)), key=lots.__getitem__)[:PICTURES])


def zoom_of_width(width: int, height: int, margin: int, zoom: int, least: int = PICTURE_WIDTH) -> int:
    """Return the shallowest zoom where a cell is `least` pixels wide, and all of it whole pixels.

    At `zoom`, the deepest, it has `width` x `height` pixels, and the map has a `margin`; each zoom less halves them.
    """
    while zoom > 0 and width >= 2 * least and not (width % 2 or height % 2 or margin % 2):
        zoom, width, height, margin = zoom - 1, width // 2, height // 2, margin // 2
    return zoom


def gallery_zoom(width: int, height: int, margin: int, zoom: int, *, packed: bool) -> int:
    """Return the zoom that galleries are cut from, as `zoom_of_width`; `packed`: where tiles are in archives."""
    return zoom_of_width(width, height, margin, zoom, PACKED_WIDTH if packed else GALLERY_WIDTH)


def decades(years: Sequence[int | None]) -> list[Shelf]:
    """Return a shelf a decade, the earliest first, and one for those without a year; none if no poster has one."""
    members: dict[int, list[int]] = defaultdict(list)
    undated: list[int] = []
    for poster, year in enumerate(years):
        if year is None:
            undated.append(poster)
        else:
            members[year // 10 * 10].append(poster)
    found = [Shelf(f"{decade}s", f"{decade}s", members[decade]) for decade in sorted(common(members))]
    return [*found, Shelf("undated", "Without a year", undated)] if found and undated else found


def tag_shelves(tags: Sequence[Sequence[str]]) -> list[Shelf]:
    """Return a shelf a tag, those that `common` leaves, by name."""
    members: dict[str, list[int]] = defaultdict(list)
    for poster, own in enumerate(tags):
        for tag in dict.fromkeys(own):
            if tag:
                members[tag].append(poster)
    kept = common(members)
    stems = slugs(list(kept))
    return [
        Shelf(f"tag-{stems[tag]}", tag, kept[tag], given=True)
        for tag in sorted(kept, key=lambda tag: (folded(tag), tag))
    ]


def common(members: Mapping[Name, Sequence[int]]) -> dict[Name, Sequence[int]]:
    """Return all of `members`, or, if they are too many, the `MOST` largest with at least `LEAST`; largest first."""
    ranked = sorted(members.items(), key=lambda item: -len(item[1]))
    if len(ranked) > MOST:
        ranked = [item for item in ranked[:MOST] if len(item[1]) >= LEAST]
    return dict(ranked)


def folded(text: str) -> str:
    """Return `text` for sorting: without accents, case and the blanks around it."""
    if text.isascii():
        return text.strip().lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.casefold().strip()


def slugs(names: Sequence[str]) -> dict[str, str]:
    """Return a slug of a-z, 0-9 and - for each of `names`, all different; a digest tells apart what looks alike."""
    plain = {name: re.sub("[^a-z0-9]+", "-", folded(name)).strip("-") for name in names}
    times = Counter(plain.values())
    own = {name for name, slug in plain.items() if 0 < len(slug) <= _LONGEST and times[slug] == 1}
    return {name: plain[name] if name in own else _with_digest(plain[name], name) for name in names}


def _with_digest(slug: str, name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{slug[:_LONGEST]}--{digest}"  # two hyphens: no plain slug has them
