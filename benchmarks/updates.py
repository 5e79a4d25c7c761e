"""Maps that are updated, as a user updates them: what it takes, what it changes, and what a kill does to it.

    python benchmarks/updates.py grow POSTERS METADATA [--model FILE.keras] [--first 20000] [--more 200] [--runs 1]
    python benchmarks/updates.py edit POSTERS METADATA --model FILE.keras [--seed 0]
    python benchmarks/updates.py kill [--moments 30] [--posters 400] [--seed 0]

`grow`: one percent more posters, of those that many_posters.py makes, against a fresh build of all of them. `edit`: 200
real posters removed, 50 replaced, 500 titles corrected. `kill`: all processes of an update killed, at random moments.
Prints Markdown tables; the exit code is 1 if anything is not as it must be. Nothing is written but below a temporary
folder, or --keep, which must be empty.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from editing import edit
from growing import grow
from killing import kill


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, measure; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return 0 if options.run(options, options.keep) else 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if options.run(options, Path(folder)) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(required=True)
    growing = commands.add_parser("grow", help="some more posters, against a fresh build")
    growing.add_argument("posters", type=Path)
    growing.add_argument("metadata", type=Path)
    growing.add_argument("--first", type=int, default=20_000)
    growing.add_argument("--more", type=int, default=200)
    growing.add_argument("--runs", type=int, default=1, help="updates, of whose seconds the median counts")
    growing.add_argument("--model", type=Path, help="the network that looks at them; without, `classic` does")
    growing.set_defaults(run=grow)
    editing = commands.add_parser("edit", help="posters removed, replaced, corrected")
    editing.add_argument("posters", type=Path)
    editing.add_argument("metadata", type=Path)
    editing.add_argument("--model", type=Path, required=True)
    editing.add_argument("--seed", type=int, default=0)
    editing.set_defaults(run=edit)
    killing = commands.add_parser("kill", help="an update killed, again and again")
    killing.add_argument("--moments", type=int, default=30)
    killing.add_argument("--posters", type=int, default=400)
    killing.add_argument("--seed", type=int, default=0)
    killing.set_defaults(run=kill)
    for command in (growing, editing, killing):
        command.add_argument("--keep", type=Path, help="an empty folder for what is built, kept afterwards")
    return parser


if __name__ == "__main__":
    sys.exit(main())
