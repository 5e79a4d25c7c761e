"""`mapmaker publish`: its arguments, who is asked before others' work goes, and what is said when it is done."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mapmaker.cli.arguments import add_map, add_telling
from mapmaker.cli.terminal import Terminal, printable
from mapmaker.errors import OptionError
from mapmaker.plural import count_of

INTERRUPTED = "a branch shows the old map or the new one; a folder what was copied so far: run it again"


def add_publish(subparsers: Any) -> None:
    """Add the command, and where it can publish."""
    parser = subparsers.add_parser(
        "publish",
        help="put a map where others can see it",
        description="Publish a map that is built: it is checked first, and only what has changed is sent or written. "
        "docs/hosting.md tells of hosts.",
    )
    kinds = parser.add_subparsers(metavar="WHERE", required=True)
    _add_pages(kinds)
    _add_directory(kinds)
    _add_zip(kinds)


def _add_pages(kinds: Any) -> None:
    parser = kinds.add_parser(
        "github-pages",
        help="a branch of a git repository, which GitHub Pages shows",
        description="Push the map to a branch of its own, with one commit, which GitHub Pages and the like show. No "
        "working tree is touched.",
    )
    _add_common(parser, pages)
    parser.add_argument(
        "--remote", metavar="REPOSITORY", default="", help="its address, or the name of a remote (default: origin)"
    )
    parser.add_argument("--branch", metavar="NAME", help="(default: gh-pages)")
    parser.add_argument(
        "--workflow",
        action="store_true",
        help="push nothing: write the workflow by which GitHub publishes a map that is committed",
    )


def _add_directory(kinds: Any) -> None:
    parser = kinds.add_parser(
        "directory",
        help="a folder, such as a web server shows",
        description="Make a folder show the map: what has changed is copied, what was put there earlier and is gone is "
        "removed, and nothing else is touched.",
    )
    _add_common(parser, directory)
    _add_place(parser, "FOLDER", "where the map is to go")


def _add_zip(kinds: Any) -> None:
    parser = kinds.add_parser(
        "zip",
        help="one file, for hosts that take a ZIP",
        description="Pack the map into a ZIP, index.html at its top; the same map gives the same bytes.",
    )
    _add_common(parser, archive)
    _add_place(parser, "FILE", "the ZIP to write")


def _add_place(parser: argparse.ArgumentParser, what: str, told: str) -> None:
    parser.add_argument("--into", metavar=what, type=Path, required=True, help=told)
    parser.add_argument("--host", metavar="NAME", default="", help="whose limits it is to keep, as of mapmaker check")


def _add_common(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    parser.set_defaults(command=command, interrupted=INTERRUPTED)
    add_map(parser)
    parser.add_argument("--yes", action="store_true", help="overwrite what mapmaker did not put there")
    add_telling(parser, "what was done")


def pages(parsed: argparse.Namespace) -> None:
    """Push a map, or write the workflow that publishes it."""
    if parsed.workflow and (parsed.remote or parsed.branch is not None):
        raise OptionError("--workflow pushes nothing: leave out --remote and --branch")
    to = "workflow" if parsed.workflow else "github-pages"
    _publish(parsed, to, parsed.remote, branch="gh-pages" if parsed.branch is None else parsed.branch)


def directory(parsed: argparse.Namespace) -> None:
    """Bring a folder up to date."""
    _publish(parsed, "directory", parsed.into, host=parsed.host)


def archive(parsed: argparse.Namespace) -> None:
    """Write a ZIP."""
    _publish(parsed, "zip", parsed.into, host=parsed.host)


def _publish(parsed: argparse.Namespace, to: str, into: str | Path, **more: Any) -> None:
    from mapmaker.hosting import publish

    is_asked = sys.stdin.isatty() and sys.stderr.isatty() and not parsed.json
    done = publish(
        parsed.map,
        to,
        into,
        yes=parsed.yes,
        ask=_ask if is_asked else None,
        progress=Terminal(quiet=parsed.quiet),
        **more,
    )
    if parsed.json:
        print(json.dumps(dataclasses.asdict(done), indent=1))
        return
    print(printable(_told(done)))
    if done.url:
        print(printable(f"  address   {done.url}"))
    for note in done.notes:
        print(printable(f"  note      {note}"))


def _told(done: Any) -> str:
    """Return what was done, in a line."""
    size = f"{count_of(done.files, 'file')}, {done.bytes / 1e6:,.1f} MB"
    if done.to == "workflow":
        return f"{done.place} {'written' if done.changed else 'is as it should be'}"
    if not done.changed:
        return f"nothing to do: {done.place} has this map already ({size})"
    gone = f", {done.gone:,} gone" if done.gone else ""
    return f"published to {done.place}: {size}; {done.new:,} new or changed{gone}"


def _ask(what: str) -> bool:
    """Ask a person; no answer is no."""
    print(f"{printable(what)}.", file=sys.stderr)
    print("Overwrite it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
