"""Ways to break a copy of a map, for tables of faults."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from mapmaker.checks import Kind

from .planted import Copy

Plant = Callable[[Copy], object]
Faults = dict[str, tuple[Plant, Kind, str, str]]
"""By name: how a fault is planted, its kind, the file that it is told of ("" for any), and a part of the words."""

TILE = "tiles/2/0/0.webp"
SHARD = "posters/0-0"
MAP = "data/map.js"
TITLES = "list/titles-1.html"


def alter(name: str, change: Callable[[Any], object]) -> Plant:
    """Return what changes the value of a script in place, the manifest agreeing."""

    def plant(copy: Copy) -> None:
        value = copy.value(name)
        change(value)
        copy.put(name, value)

    return plant


def instead_of(name: str, change: Callable[[Any], object]) -> Plant:
    """Return what puts another value in the place of a script's, the manifest agreeing."""
    return lambda copy: copy.put(name, change(copy.value(name)))


def other_vectors(text: str) -> str:
    """Return the vectors of a script, each the one of another poster."""
    content = base64.b64decode(text)
    half = len(content) // 2
    return base64.b64encode(content[half:] + content[:half]).decode()


def assign(name: str, **fields: Any) -> Plant:
    """Return what gives keys of a script's value other values."""
    return alter(name, lambda value: value.update(fields))


def poster(**fields: Any) -> Plant:
    """Return what gives the first poster other values."""
    return alter(SHARD, lambda value: value["posters"][0].update(fields))


def flip(name: str) -> Plant:
    def plant(copy: Copy) -> None:
        content = bytearray((copy.root / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy.root / name).write_bytes(content)

    return plant


def cut(name: str) -> Plant:
    return lambda copy: copy.write(name, (copy.root / name).read_bytes()[:-40])


def picture(size: tuple[int, int], kind: str) -> Plant:
    def plant(copy: Copy) -> None:
        Image.new("RGB", size).save(copy.root / TILE, kind)
        copy.sign()

    return plant


def in_head(markup: str, name: str = TITLES) -> Plant:
    return lambda copy: copy.replace(name, "</head>", f"{markup}\n</head>")


def in_body(markup: str, name: str = TITLES) -> Plant:
    return lambda copy: copy.replace(name, "</main>", f"{markup}\n</main>")


def link_to(target: Path | str, name: str) -> Plant:
    def plant(copy: Copy) -> None:
        (copy.root / name).unlink()
        (copy.root / name).symlink_to(target)

    return plant


def instead(name: str, make: Callable[[Path], object]) -> Plant:
    """Return what makes something else where a file is."""

    def plant(copy: Copy) -> None:
        (copy.root / name).unlink()
        make(copy.root / name)

    return plant


def entry(name: str, digest: Any = "0" * 64) -> Plant:
    return lambda copy: copy.list_all({**copy.listed(), name: digest})


def edit(copy: Copy, name: str, old: bytes, new: bytes) -> None:
    """Change bytes of a file behind the manifest's back."""
    content = (copy.root / name).read_bytes()
    assert old in content
    (copy.root / name).write_bytes(content.replace(old, new, 1))


def swap_ids(value: dict[str, int]) -> None:
    first, second = list(value)[:2]
    value[first], value[second] = value[second], value[first]


def gallery(copy: Copy) -> str:
    """Return the first page of the first cluster's gallery."""
    return f"clusters/{copy.value('map')['clusters'][0]['slug']}_1.html"


def without_a_poster(copy: Copy) -> None:
    """Take the first poster out of a gallery."""
    text = (copy.root / gallery(copy)).read_text(encoding="utf-8")
    (item, *_) = [line for line in text.splitlines() if line.startswith('<li><a href="../index.html#')]
    copy.replace(gallery(copy), f"{item}\n", "")


def with_a_stranger(copy: Copy) -> None:
    """Lead from a gallery to a poster that is not of its cluster."""
    strangers = (one["id"] for one in copy.value(SHARD)["posters"] if one["cluster"] != 0)
    in_body(f'<a href="../index.html#{next(strangers)}">x</a>', gallery(copy))(copy)


def first_hole(copy: Copy) -> None:
    """Put the last poster of the first shard also on a hole."""
    hole = copy.value("map")["holes"][0]
    name = f"posters/{hole % 17 // 16}-0"
    alter(name, lambda value: value["posters"].append({**value["posters"][-1], "cell": hole, "id": "new"}))(copy)
