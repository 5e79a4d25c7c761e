"""`mapmaker clusters`: its arguments, and what is said of the clusters of a map."""

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapmaker.cli.arguments import add_images, add_work
from mapmaker.cli.terminal import printable
from mapmaker.plural import count_of

if TYPE_CHECKING:
    from mapmaker.inventory import ClusterEntry, Inventory, ShownCluster

HEADER = ("slug", "name", "posters", "theme", "cohesion", "contrast", "most typical")
WIDEST = 36
"""Letters of a column of words."""


def add_clusters(subparsers: Any) -> None:
    """Add the command and what it can do."""
    parser = subparsers.add_parser(
        "clusters",
        help="list the clusters of a map, or write them down to be edited",
        description="Tell of the clusters of a map that is built, or write clusters.toml, in which you say what they "
        "are to be: each build goes by it.",
    )
    kinds = parser.add_subparsers(metavar="WHAT", required=True)
    _add_init(kinds)
    _add_list(kinds)
    _add_show(kinds)


def _add_init(kinds: Any) -> None:
    parser = kinds.add_parser(
        "init",
        help="write clusters.toml, to be edited",
        description="Write clusters.toml into the folder of images, a table a cluster, to be edited. Of one that is "
        "there nothing is changed: tables that it lacks are added at its end.",
    )
    parser.set_defaults(command=init)
    add_images(parser)
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="another file, for curate.file (default: clusters.toml there)"
    )
    _add_common(parser)


def _add_list(kinds: Any) -> None:
    parser = kinds.add_parser("list", help="list all clusters", description="List the clusters of a map.")
    parser.set_defaults(command=show_all)
    parser.add_argument(
        "--sort",
        metavar="HOW",
        default="interest",
        help="interest (default), the clearest themes first; size, the largest; or name",
    )
    _add_common(parser)


def _add_show(kinds: Any) -> None:
    parser = kinds.add_parser(
        "show",
        help="tell all of one cluster",
        description="Tell all of one cluster: its figures, what clusters.toml says of it, its posters.",
    )
    parser.set_defaults(command=show_one)
    parser.add_argument("slug", metavar="SLUG", help="as the list has it")
    _add_common(parser)


def _add_common(parser: Any) -> None:
    add_work(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def init(parsed: argparse.Namespace) -> None:
    """Write clusters.toml, and say what to do with it."""
    from mapmaker.inventory import init_clusters

    made = init_clusters(parsed.work, parsed.out, parsed.images)
    if parsed.json:
        print(json.dumps(dataclasses.asdict(made) | {"file": str(made.file)}, indent=1))
        return
    file = printable(str(made.file))
    if not made.added:
        print(f"no cluster that is shown lacks a table in {file}; nothing was added")
    elif made.before:
        print(f"{count_of(made.added, 'table')} added to {file}")
    else:
        print(f"{count_of(made.added, 'cluster')} in {file}: edit it, then build again")


def show_all(parsed: argparse.Namespace) -> None:
    """Print a table of all clusters."""
    from mapmaker.inventory import list_clusters

    found = list_clusters(parsed.work, parsed.sort)
    _print(found, _listed(found), parsed)


def show_one(parsed: argparse.Namespace) -> None:
    """Print a cluster and its posters."""
    from mapmaker.inventory import show_cluster

    found = show_cluster(parsed.work, parsed.slug)
    _print(found, _shown(found), parsed)


def _print(found: "Inventory | ShownCluster", lines: Iterator[str], parsed: argparse.Namespace) -> None:
    """Print what was found as JSON, if that was asked for, else the lines that tell of it."""
    if parsed.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
        return
    for line in lines:
        print(printable(line))


def _listed(found: "Inventory") -> Iterator[str]:
    rows = [_row(one) for one in found.clusters]
    if rows:
        yield from _aligned([(*HEADER, f"by {printable(found.file)}"), *rows])
    else:
        yield "the map has no clusters"
    if found.hidden:
        yield ""
    for why in dict.fromkeys(one.why for one in found.hidden):
        yield f"{why}: {', '.join(one.slug for one in found.hidden if one.why == why)}"


def _row(one: "ClusterEntry") -> tuple[str, ...]:
    figures = (f"{one.posters:,}", f"{one.theme:.2f}", f"{one.cohesion:.2f}", f"{one.contrast:.2f}")
    return one.slug, _short(one.called), *figures, _short(one.typical), "; ".join(one.done)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table: numbers, which are in its middle, to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 2 <= number <= 5 else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _short(text: str) -> str:
    """Return a text that fits its column, on a line."""
    line = printable(text)
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1].rstrip()}…"


def _shown(found: "ShownCluster") -> Iterator[str]:
    one = found.cluster
    yield f"{one.called} ({one.slug}): {count_of(one.posters, 'poster')}"
    yield f"  theme     {one.theme:.2f}"
    yield f"  cohesion  {one.cohesion:.2f}, contrast {one.contrast:.2f}"
    if one.line:
        done = f": {'; '.join(one.done)}" if one.done else ", which changes nothing"
        yield f"  by line   {one.line:,} of {printable(found.file)}{done}"
    elif one.done:
        yield f"  by others {'; '.join(one.done)}"
    for line in one.note.splitlines():
        yield f"  note      {line}"
    yield ""
    for member in found.members:
        year = f" ({member.year})" if member.year is not None else ""
        yield f"  {member.id}  {member.path}  {member.title}{year}".rstrip()
