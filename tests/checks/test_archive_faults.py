"""Each fault that is planted in archives is found, by the right file, and said in words."""

import pytest

import mapmaker as mm

from .planted import Copy
from .planting import MAP, Plant, alter, cut

ARCHIVE = "tiles/map-0.pmtiles"


def swapped_archives(copy: Copy) -> None:
    first, second = (copy.root / f"tiles/map-{number}.pmtiles" for number in (0, 1))
    content = first.read_bytes(), second.read_bytes()
    first.write_bytes(content[1])
    second.write_bytes(content[0])
    copy.sign()


def shown(copy: Copy) -> str:
    """Return a tile that only galleries show."""
    loose = sorted(path.relative_to(copy.root).as_posix() for path in copy.root.glob("tiles/*/*/*"))
    return next(name for name in loose if name != "tiles/0/0/0.webp")


def patched(at: int, byte: int) -> Plant:
    """Return what puts a byte into the first archive."""

    def plant(copy: Copy) -> None:
        content = bytearray((copy.root / ARCHIVE).read_bytes())
        content[at] = byte
        copy.write(ARCHIVE, bytes(content))

    return plant


ARCHIVED: dict[str, tuple[Plant, str, str]] = {
    "gone": (lambda copy: copy.remove(ARCHIVE), ARCHIVE, "is neither there nor in the manifest"),
    "too many": (
        lambda copy: copy.write("tiles/map-99.pmtiles", b"x"),
        "tiles/map-99.pmtiles",
        "is none of the archives",
    ),
    "swapped": (swapped_archives, ARCHIVE, "begins with the tile id"),
    "another first tile": (
        alter("map", lambda value: value["tiles"]["archives"].append(value["tiles"]["archives"].pop() + 1)),
        "",
        "lacks 1 tiles: 2/",
    ),
    "archives out of order": (
        alter("map", lambda value: value["tiles"]["archives"].reverse()),
        MAP,
        "not ascending from 0",
    ),
    "cut": (cut("tiles/map-1.pmtiles"), "tiles/map-1.pmtiles", "it is cut off"),
    "another format": (patched(0, 0), ARCHIVE, "it does not begin as one of version 3 does"),
    "another compression": (patched(98, 2), ARCHIVE, "it is compressed otherwise"),
    "a broken directory": (patched(140, 255), ARCHIVE, "is no archive of tiles: a directory"),
    "a shifted picture": (
        lambda copy: patched(56, (copy.root / ARCHIVE).read_bytes()[56] - 1)(copy),
        ARCHIVE,
        "cannot be read as a picture of type WEBP",
    ),
    "a tile that no page shows": (
        lambda copy: copy.write("tiles/1/0/0.webp", (copy.root / "tiles/0/0/0.webp").read_bytes()),
        "tiles/1/0/0.webp",
        "is none of the archives",
    ),
    "a gallery's tile gone": (lambda copy: copy.remove(shown(copy)), "", "where nothing is"),
    "a gallery's tile that is none": (lambda copy: copy.write(shown(copy), b"x"), "", "cannot be read as a picture"),
    "no overview": (lambda copy: copy.remove("tiles/0/0/0.webp"), "tiles/0/0/0.webp", "is neither there"),
}


@pytest.mark.parametrize("name", ARCHIVED)
def test_a_fault_of_archives_is_found(packed_copy: Copy, name: str) -> None:
    plant, file, problem = ARCHIVED[name]
    plant(packed_copy)
    found = [(fault.file, fault.problem) for fault in mm.check(packed_copy.root).faults]
    assert any(file in ("", fault[0]) and problem in fault[1] for fault in found), found
