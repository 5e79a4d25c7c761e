"""`mapmaker fetch`: its arguments, one command a source, and what is said of what came."""

import argparse
import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mapmaker.cli.arguments import add_telling
from mapmaker.cli.terminal import Terminal, printable
from mapmaker.plural import count_of

INTERRUPTED = "what came is kept, and the same command goes on from there"
MANNERS = ("rate", "jobs", "jobs_per_host", "retries", "backoff", "longest_wait", "silence", "whole", "max_bytes")
WISH = ("limit", "least", "refresh", "retry_failed", "dry_run")
SHOWN = 8
"""Reasons that are told."""


def _add_table(parser: Any) -> None:
    parser.add_argument("table", metavar="TABLE", type=Path, help="Kaggle's MovieGenre.csv")


def _add_urls(parser: Any) -> None:
    parser.add_argument(
        "table", metavar="TABLE", type=Path, help="CSV, TSV, JSON lines or Parquet; all columns are kept"
    )
    parser.add_argument("--column", metavar="NAME", help="of addresses of pictures (default: the one that holds some)")
    parser.add_argument(
        "--name", metavar="NAME", help="column that says what files are called (default: filename, title)"
    )


def _add_tmdb(parser: Any) -> None:
    films = parser.add_argument_group("which films; without any of these, all, the most popular first")
    films.add_argument("--popular", action="store_true", help="TMDB's own list of some 10,000 instead")
    films.add_argument("--from", dest="first", metavar="DATE", help="first release, a year or like 1999-12-31")
    films.add_argument("--to", dest="last", metavar="DATE", help="last release, likewise")
    films.add_argument(
        "--genre", dest="genres", metavar="NAME", action="append", help="of one of these, such as Horror; repeat it"
    )
    films.add_argument("--original-language", dest="original", metavar="CODE", help="that it was made in, such as ja")
    films.add_argument("--votes", metavar="N", help="that it has at least")
    films.add_argument("--sort", metavar="NAME", help="what comes first (default: popularity.desc)")
    parser.add_argument("--language", metavar="CODE", help="of titles, genres and posters (default: en-US)")
    parser.add_argument("--size", metavar="NAME", help="of posters: w92 to w780, or original (default: w342)")
    parser.add_argument("--api", metavar="ADDRESS", help="of the API (default: https://api.themoviedb.org/3)")
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="holds your token or key, if TMDB_TOKEN or TMDB_API_KEY does not",
    )
    parser.add_argument(
        "--accept-terms", dest="accepted", action="store_true", help="you have read TMDB's terms of use, and keep them"
    )
    parser.set_defaults(secret=_tmdb_token)


def _tmdb_token(parsed: argparse.Namespace) -> Any:
    """Return the token for TMDB: on no command line, where other users of the machine could read it."""
    from mapmaker.sources.tmdb import token_in
    from mapmaker.sources.web import Secret

    if parsed.token_file:
        return token_in(parsed.token_file)
    return Secret((os.environ.get("TMDB_TOKEN") or os.environ.get("TMDB_API_KEY") or "").strip())


def _add_iiif(parser: Any) -> None:
    parser.add_argument(
        "addresses", metavar="ADDRESS", nargs="+", help="of manifests and collections, Presentation API 2 or 3"
    )
    parser.add_argument("--canvases", metavar="WHICH", help="first (default), the cover of a book, or all")
    parser.add_argument("--width", metavar="PIXELS", help="of pictures, at most (default: 600); 0 for any")
    parser.add_argument("--height", metavar="PIXELS", help="the same (default: 0)")
    parser.add_argument("--language", metavar="CODE", help="of labels and metadata (default: en)")


def _add_listing(parser: Any) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="TOML file that says how its pages look")


SOURCES: Mapping[str, tuple[str, Callable[[Any], None], tuple[str, ...]]] = {
    "urls": ("pictures whose addresses stand in a table", _add_urls, ("table", "column", "name")),
    "tmdb": (
        "posters from The Movie Database, with a token of your own",
        _add_tmdb,
        ("popular", "first", "last", "genres", "original", "votes", "sort", "language", "size", "accepted", "api"),
    ),
    "iiif": (
        "pictures of museums and libraries, by IIIF",
        _add_iiif,
        ("addresses", "canvases", "width", "height", "language"),
    ),
    "listing": ("pictures of a listing on the web, page by page", _add_listing, ("file",)),
    "moviegenre": ("posters of Kaggle's MovieGenre.csv", _add_table, ("table",)),
}
"""By name: what it brings, what adds its arguments, and which of them are options of the source."""


def add_fetch(subparsers: Any) -> None:
    """Add the command, and one below it for each source."""
    parser = subparsers.add_parser(
        "fetch",
        help="fetch posters into a folder, with a table for build",
        description="Fetch posters into a folder, with metadata.csv for build, and fetched.csv, which tells what came "
        "from where, and what did not and why. A run that was broken off goes on where it was. docs/fetching.md",
    )
    sources = parser.add_subparsers(metavar="SOURCE", required=True)
    for name, (told, add, options) in SOURCES.items():
        one = sources.add_parser(name, help=told, description=f"Fetch {told}.")
        one.set_defaults(command=fetch, source=name, options=options, secret=None, interrupted=INTERRUPTED)
        add(one)
        _add_common(one)


def _add_common(parser: Any) -> None:
    parser.add_argument("--into", metavar="FOLDER", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--limit", metavar="N", help="pictures of the source (default: all)")
    parser.add_argument("--least", metavar="PIXELS", help="that the shorter side must have")
    parser.add_argument("--refresh", action="store_true", help="ask whether what is there has changed")
    parser.add_argument("--retry-failed", action="store_true", help="ask again for what failed for good, such as a 404")
    parser.add_argument("--dry-run", action="store_true", help="only tell how many there are to fetch")
    manners = parser.add_argument_group("how hosts are treated")
    manners.add_argument("--rate", metavar="N", help="requests a second to one host (default: 5)")
    manners.add_argument("--jobs", metavar="N", help="requests at once (default: 8)")
    manners.add_argument("--jobs-per-host", metavar="N", help="the same to one host (default: 4)")
    manners.add_argument("--retries", metavar="N", help="of what may pass, such as a 503 (default: 3)")
    manners.add_argument("--backoff", metavar="SECONDS", help="before the first, twice as long each time (default: 1)")
    manners.add_argument("--longest-wait", metavar="SECONDS", help="that a host may ask for (default: 300)")
    manners.add_argument("--silence", metavar="SECONDS", help="after which a host has broken off (default: 30)")
    manners.add_argument("--whole", metavar="SECONDS", help="that a picture may take (default: 300)")
    manners.add_argument("--max-bytes", metavar="SIZE", help="of a picture (default: 50MB)")
    manners.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[], help="one at a private address that may be asked"
    )
    add_telling(parser, "the report")


def fetch(parsed: argparse.Namespace) -> None:
    """Fetch, and say what came of it."""
    from mapmaker.sources.fetching import fetch as bring

    names = (*parsed.options, *MANNERS, *WISH)
    given = {name: value for name in names if (value := getattr(parsed, name)) is not None}
    if parsed.secret:
        given["token"] = parsed.secret(parsed)
    terminal = Terminal(quiet=parsed.quiet)
    done = bring(parsed.source, parsed.into, allow_hosts=parsed.allow_host, progress=terminal, **given)
    if parsed.json:
        places = {name: str(getattr(done, name)) for name in ("folder", "metadata", "manifest")}
        print(json.dumps(dataclasses.asdict(done) | places, indent=1))
        return
    print()
    for line in _told(done, parsed.dry_run):
        print(printable(line))


def _told(done: Any, is_dry: bool) -> list[str]:
    if is_dry:
        return [f"{done.due:,} of {count_of(done.offered, 'picture')} would be fetched; {done.there:,} are there"]
    size = f"{done.bytes / 1e6:,.1f} MB in {done.seconds:,.0f} s"
    unchanged = f", {done.unchanged:,} of them asked for and unchanged" if done.unchanged else ""
    lines = [
        f"{count_of(done.came, 'picture')} came, {size}; {done.there:,} were there{unchanged}",
        f"  pictures  {done.folder} (mapmaker build {done.folder} --metadata {done.metadata})",
    ]
    for number, (reason, count) in enumerate(done.missing.items()):
        if number == SHOWN:
            lines.append(f"{'':11} and {sum(list(done.missing.values())[SHOWN:]):,} for other reasons")
            break
        lines.append(
            f"  {'' if number else 'missing':9} {count:,} {reason}{'' if number else f': see {done.manifest}'}"
        )
    return lines
