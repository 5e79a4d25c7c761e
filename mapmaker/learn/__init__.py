"""Learned likeness: labelled posters in, a network that sees what they have in common out, and how far that holds.

    dataset, notes = read_dataset(images, metadata)
    outcome = train(Posters(images, metadata), Recipe(backbone="mine.keras"), Place(Path("run")))

`dataset` says what there is to learn from, `reading` and `splits` where it comes from; `recipe` what is to be trained
and how, `training` does it, `losses` say from what. Whatever is reported holds of films that were not learned from.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mapmaker.learn.dataset import SPLITS, Dataset
    from mapmaker.learn.reading import Labelling, Posters, read_dataset
    from mapmaker.learn.recipe import Recipe
    from mapmaker.learn.training import Outcome, Place, train

__all__ = [
    "SPLITS",
    "Dataset",
    "Labelling",
    "Outcome",
    "Place",
    "Posters",
    "Recipe",
    "read_dataset",
    "train",
]

_HOMES = {
    "SPLITS": "dataset",
    "Dataset": "dataset",
    "Labelling": "reading",
    "Outcome": "training",
    "Place": "training",
    "Posters": "reading",
    "Recipe": "recipe",
    "read_dataset": "reading",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: the command line asks for the presets' names alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
