"""The folder of a run -> whether it may be written to, and whether the run is done, broken off, or yet to begin.

Nothing there is replaced or removed that no run of ours left.
"""

from pathlib import Path

from mapmaker.errors import OutputError
from mapmaker.learn import card, checkpoint
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.saving import MODEL, SPLITS_FILE
from mapmaker.workspace import file_digest

HISTORY = "history.csv"
WRITTEN = (MODEL, SPLITS_FILE, HISTORY, card.MARKDOWN)
"""What a run leaves, beside the card that tells that it is done."""


def check_ours(out: Path, recipe: Recipe) -> None:
    """Raise OutputError where a run would replace what is not of a run, or the backbone it begins with."""
    if recipe.backbone.endswith(".keras") and Path(recipe.backbone).resolve() == (out / MODEL).resolve():
        raise OutputError(f"{recipe.backbone} is the backbone, and would be replaced; give another folder with --out")
    if checkpoint.run_of(out) is not None:
        return  # a run is at work here, and may have been killed between one file and the next
    known = card.read(out)
    there = [name for name in WRITTEN if (out / name).exists()]
    if known is None and there:
        raise OutputError(
            f"{out} has a {there[0]} and no {card.JSON}: no run left it; give another folder with --out, or move it"
        )
    if known is not None and MODEL in there and known.get("model") not in (None, file_digest(out / MODEL)):
        raise OutputError(
            f"{out / MODEL} is not the network that {card.JSON} beside it tells of; "
            "give another folder with --out, or move it"
        )


def is_done(out: Path, run: str) -> bool:
    """Return whether the folder holds the outcome of `run`."""
    known = card.read(out)
    return known is not None and known["run"] == run and (out / MODEL).is_file()


def make_way(out: Path, run: str, fresh: bool) -> None:
    """Remove the checkpoint of another run if `fresh`; else OutputError where the folder holds another run."""
    known, broken = card.read(out), checkpoint.run_of(out)
    if broken == run:
        return  # goes on, even under a card of before: it was begun with --fresh, then
    if fresh:
        (out / checkpoint.FILE).unlink(missing_ok=True)
    elif broken is not None or (known is not None and known["run"] != run):
        raise OutputError(
            f"{out} holds another run: options, posters, back end of Keras or version differ; "
            "give another --out, or --fresh"
        )
