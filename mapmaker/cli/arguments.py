"""Arguments that several commands take, each said once."""

import argparse
from pathlib import Path

PORT = 8000


def add_running(parser: argparse.ArgumentParser, told: str) -> None:
    """Add how to run, and what is printed of what is `told` in the end."""
    parser.add_argument("--workers", metavar="N", type=int, default=0, help="processes (default: one a core)")
    add_telling(parser, told)


def add_telling(parser: argparse.ArgumentParser, told: str) -> None:
    """Add what is printed of what is `told` in the end."""
    parser.add_argument("--json", action="store_true", help=f"print {told} as JSON")
    parser.add_argument("--quiet", action="store_true", help=f"print nothing but errors and {told}")


def add_work(parser: argparse.ArgumentParser) -> None:
    """Add the work folder of a map that is built."""
    default = Path(".mapmaker/map")
    parser.add_argument(
        "--work", metavar="FOLDER", type=Path, default=default, help=f"work folder of the map (default: {default})"
    )


def add_images(parser: argparse.ArgumentParser) -> None:
    """Add the folder of images of a map that is built, of which its work folder tells where it was."""
    parser.add_argument("--images", metavar="FOLDER", type=Path, help="where the images are now, if they were moved")


def add_map(parser: argparse.ArgumentParser) -> None:
    """Add the folder of a map that is built."""
    parser.add_argument("map", metavar="MAP", type=Path, nargs="?", default=Path("map"), help="(default: map)")


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add where to serve."""
    parser.add_argument("--port", metavar="N", type=int, default=PORT, help=f"(default: {PORT}, or one that is free)")
