"""A network's file -> what it learned from: its card, which posters and films it has seen, how they were labelled.

`train` writes what was seen into the file itself, so that a copy tells it, too; the card lies beside it. A network of
older runs is taken at the word of what lies beside it, which is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker import options
from mapmaker.errors import MetadataError, ModelError
from mapmaker.learn import card
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.reading import Labelling
from mapmaker.learn.saving import MODEL, SPLITS_FILE, splits_within
from mapmaker.learn.splits import Poster, read_splits
from mapmaker.plural import count_of
from mapmaker.workspace import file_digest

LABELS = ("column", "rule", "classes", "least", "where", "film")
"""What is as the network learned it, unless told."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What is known of a network. `card`: None for one that has none. `seen`: the file that tells splits, or None."""

    model: Path | None = None
    card: Mapping[str, Any] | None = None
    seen: Path | None = None
    notes: Sequence[str] = ()

    def labelling(self, given: Mapping[str, object]) -> Labelling:
        """Return what is `given` of options, and the rest as the network learned it, splits included."""
        learned = {} if self.card is None else self.card.get("labelling", {})
        known = {name: learned[name] for name in LABELS if name in learned}
        if self.seen is not None and not {"split", "splits"} & given.keys():
            known["splits"] = self.seen
        return options.build(Labelling, {**known, **given}, "labels")

    def check_unseen(self, dataset: Dataset) -> None:
        """Raise MetadataError where test has a poster that the network has seen, or val one that it has learned from.

        Found by what they show, by film, and by name.
        """
        if self.seen is None:
            return
        known = read_splits(self.seen)
        for asked, spoiled, to in (("test", {"train", "val"}, "test it"), ("val", {"train"}, "choose thresholds by")):
            rows = dataset.rows(asked)
            posters = [Poster(dataset.names[row], dataset.films[row], dataset.contents[row]) for row in rows]
            if seen := [one.name for one in posters if spoiled & {*known.known_of(one)}]:
                raise MetadataError(
                    f"the network has learned from {count_of(len(seen), 'poster')} that are to {to}, {seen[0]!r} for "
                    f"one; leave out --split and --splits to use its own, which {self.seen} tells"
                )


def origin_of(model: Path | None) -> Origin:
    """Return what is known of a network. ModelError where its file, its card and its splits are not of one run."""
    if model is None or not model.is_file():
        return Origin(model)
    told = _card_of(model)
    beside = model.parent / SPLITS_FILE
    if splits_within(model) is not None:
        return Origin(model, told, model)
    if told is not None and beside.is_file():
        trusted = f"{model} is of an older train, which wrote into it nothing of what it has seen: {beside} is believed"
        return Origin(model, told, beside, [trusted])
    unknown = f"whether {model} has seen the posters that test it is not known: neither it nor its folder tells"
    return Origin(model, told, None, [unknown])


def _card_of(model: Path) -> Mapping[str, Any] | None:
    """Return the card beside a network, None where it is another's, such as of what was copied into that folder."""
    told = card.read(model.parent)
    if told is None or ("model" not in told and model.name == MODEL):
        return told
    if "model" in told and told["model"] != file_digest(model):
        if model.name != MODEL:
            return None
        raise ModelError(f"{model} is not the network that {card.JSON} beside it is of; train it anew with --fresh")
    beside = model.parent / SPLITS_FILE
    if "splits" in told and beside.is_file() and told["splits"] != file_digest(beside):
        raise ModelError(f"{beside} is not what {card.JSON} beside it is of: it was changed; train anew with --fresh")
    return told if "model" in told else None
