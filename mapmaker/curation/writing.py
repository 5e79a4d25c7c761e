"""Clusters of a map, told in a few words -> clusters.toml with a table each, or what is to be added to one."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 100
"""Letters of a comment."""
HEAD = """\
# What mapmaker makes of the clusters that it finds, by your word. Each build reads this file.
#
# A table a cluster. As they are here, nothing is changed: `posters` only say which cluster it is, however it is found
# and numbered the next time; a comment says what it is called now, and how large it is. You may write into a table:
#
#   name = "Lions"             what it is called
#   note = "From a circus."    what its gallery says of it
#   keep = true                it stays, made of `posters` and those like them around, even where it is found no more
#   drop = true                it is not shown; its posters are in no cluster
#   merge = ["13", "40"]       these become part of it
#   split = [["a.jpg", "b.jpg"], ["c.jpg"]]   parts, each of those most like its posters; or how many: split = 2
#   pin = ["d.jpg"]            they are in it
#   remove = ["e.jpg"]         they are not in it
#
# A poster is its path below the folder of images, or its id; a cluster is its slug. [cluster.12] may be called
# [cluster.lions]: then that is its address. Clusters without a table are shown as they are found, unless you take away
# the # here:

# others = "drop"
"""


@dataclass(frozen=True)
class Sketch:
    """A cluster that is to have a table: what it is `called`, its `size`, ids of typical `posters`, their `titles`."""

    slug: str
    called: str
    size: int
    posters: Sequence[str]
    titles: Sequence[str]


def appended(before: bytes, sketches: Sequence[Sketch]) -> bytes:
    """Return a file that has a table of each of `sketches` behind all that was there `before`, b"" for a new file."""
    end = "\r\n" if b"\r\n" in before else "\n"
    lines = [] if before.strip() else HEAD.splitlines()
    for sketch in sketches:
        lines += ["", *_table(sketch)]
    gap = end.encode() if lines and before and not before.endswith(b"\n") else b""
    return before + gap + "".join(line + end for line in lines).encode()


def _table(sketch: Sketch) -> list[str]:
    size = f"{sketch.size:,} poster" + "s" * (sketch.size != 1)
    told = one_line(f"{sketch.called}, {size}: {'; '.join(sketch.titles)}")
    comment = told if len(told) <= LONGEST else f"{told[: LONGEST - 1].rstrip()}…"
    posters = ", ".join(f'"{id_}"' for id_ in sketch.posters)
    return [f"[cluster.{sketch.slug}]", f"# {comment}", f"posters = [{posters}]"]


def one_line(text: str) -> str:
    """Return text on one line, without what no line of TOML or of a terminal may hold."""
    kinds = ("Cc", "Cs", "Zl", "Zp")
    letters = (" " if unicodedata.category(letter) in kinds else letter for letter in text)
    return " ".join("".join(letters).split())
