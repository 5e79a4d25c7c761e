"""`mapmaker export`: its arguments, what they ask for, and what is said when it is done."""

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mapmaker.cli.arguments import add_images, add_running, add_work
from mapmaker.cli.terminal import Terminal, printable
from mapmaker.plural import count_of

INTERRUPTED = "files are put in their places at the end: run it again"
COMMON = ("images", "force", "workers")
POSTER = ("region", "size", "dpi", "margin", "background", "title", "font", "fit", "format", "quality")
CLUSTERS = ("columns", "cell", "most", "captions", "font", "background", "fit", "quality", "originals", "only")


def add_export(subparsers: Any) -> None:
    """Add the command and what it can export."""
    parser = subparsers.add_parser(
        "export",
        help="draw the map for a wall, or take its clusters out",
        description="Make things to keep apart from the site, of a map that is built: a poster for the wall, or its "
        "clusters as collages and tables. Pictures come from your own files, at full size.",
    )
    kinds = parser.add_subparsers(metavar="WHAT", required=True)
    _add_poster(kinds)
    _add_clusters(kinds)


def _add_poster(kinds: Any) -> None:
    says = "Draw the map, or a part of it, as one picture of any size, PNG or PDF."
    parser = kinds.add_parser("poster", help="the map, or a part of it, as one PNG or PDF", description=says)
    parser.add_argument("--out", metavar="FILE", type=Path, help="ends in .png or .pdf (default: poster.png)")
    parser.add_argument(
        "--region", metavar="CELLS", help="C0,R0,C1,R1: first and last column and row, from 0; or cluster:SLUG"
    )
    parser.add_argument("--size", help="A0 (default) to A5, turned as fits best, or like 60x90cm (mm, cm, in, px)")
    parser.add_argument("--dpi", metavar="N", help="pixels an inch (default: 150)")
    parser.add_argument("--margin", metavar="LENGTH", help="like 10mm, or 2%% of the shorter side (default)")
    parser.add_argument("--title", metavar="TEXT", help="a line above the map")
    parser.add_argument("--format", metavar="NAME", help="png or pdf (default: what FILE ends in)")
    parser.add_argument(
        "--quality", metavar="N", help="of the JPEG in a PDF, 1 to 100 (default: 92); 0 keeps every pixel as it is"
    )
    _add_common(parser, poster)


def _add_clusters(kinds: Any) -> None:
    says = "Make a folder with a collage of each cluster, and all of them with their posters as CSV and JSON."
    parser = kinds.add_parser("clusters", help="a collage of each cluster, and all of them as tables", description=says)
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("clusters"), help="(default: clusters)")
    parser.add_argument("--only", metavar="SLUG", nargs="+", help="these clusters alone (default: all)")
    parser.add_argument("--columns", metavar="N", help="posters in a row (default: 6)")
    parser.add_argument("--cell", metavar="WIDTHxHEIGHT", help="pixels of a poster (default: 120x180)")
    parser.add_argument("--most", metavar="N", help="posters on a collage, the most typical first (default: 60)")
    parser.add_argument("--captions", action="store_const", const=True, help="titles below the posters")
    parser.add_argument("--originals", action="store_const", const=True, help="a ZIP of each cluster's own files, too")
    parser.add_argument("--quality", metavar="N", help="of the JPEG, 1 to 100 (default: 88)")
    _add_common(parser, clusters)


def _add_common(parser: Any, command: Callable[[argparse.Namespace], None]) -> None:
    """Add what all exports take, and what runs them."""
    parser.set_defaults(command=command, interrupted=INTERRUPTED)
    add_work(parser)
    add_images(parser)
    parser.add_argument("--background", metavar="COLOUR", help="by name or like #0b0b0c (default: white)")
    parser.add_argument("--fit", metavar="NAME", help="of posters in their cells: cover (default), contain or stretch")
    parser.add_argument("--font", metavar="FILE", type=Path, help="font of titles, TrueType or OpenType")
    parser.add_argument("--force", action="store_true", help="write over files that are none of ours")
    add_running(parser, "what was made")


def poster(parsed: argparse.Namespace) -> None:
    """Draw a map for the wall, and say where it is."""
    from mapmaker.export import export_poster

    out = parsed.out or Path(f"poster.{parsed.format or 'png'}")
    made = export_poster(parsed.work, out, **_asked(parsed, POSTER))
    if _printed(made, parsed):
        return
    told = made.figures
    size = f"{told['width_mm']:,} x {told['height_mm']:,} mm, {told['width']:,} x {told['height']:,} pixels"
    print(f"\n{count_of(told['posters'], 'poster')} on {size}, {told['poster_width']:,} pixels across each")
    print(f"  poster    {printable(str(made.out))} ({float(told['bytes']) / 1e6:,.1f} MB)")


def clusters(parsed: argparse.Namespace) -> None:
    """Take the clusters out, and say where they are."""
    from mapmaker.export import export_clusters

    made = export_clusters(parsed.work, parsed.out, **_asked(parsed, CLUSTERS))
    if _printed(made, parsed):
        return
    told = made.figures
    print(f"\n{count_of(told['clusters'], 'cluster')} with {count_of(told['posters'], 'poster')}")
    gone = f"; {count_of(told['gone'], 'file')} of an earlier export went" if told["gone"] else ""
    print(
        f"  clusters  {printable(str(made.out))} ({told['files']:,} files, {float(told['bytes']) / 1e6:,.1f} MB){gone}"
    )


def _asked(parsed: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what was given on the command line, and leave the rest to its default."""
    given = {name: getattr(parsed, name) for name in names if getattr(parsed, name) is not None}
    return {**{name: getattr(parsed, name) for name in COMMON}, **given, "progress": Terminal(quiet=parsed.quiet)}


def _printed(made: Any, parsed: argparse.Namespace) -> bool:
    """Print what was made as JSON, if that was asked for."""
    if parsed.json:
        print(json.dumps(dataclasses.asdict(made) | {"out": str(made.out)}, indent=1))
    return bool(parsed.json)
