"""What a network learned from, how, and how far that holds -> a model card, for people and for programs.

After Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, arXiv 1810.03993. Figures are of val alone, which
chose the epoch: they flatter. `mapmaker evaluate` says what holds on test.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.errors import ModelError
from mapmaker.learn.checkpoint import Standing
from mapmaker.learn.dataset import SPLITS, Dataset
from mapmaker.learn.reading import Labelling
from mapmaker.learn.recipe import Recipe, described
from mapmaker.learn.validation import Figures
from mapmaker.workspace import file_digest, replacing, write_json

JSON, MARKDOWN = "card.json", "card.md"
SPREAD = "spread"
FORMAT = 1
NAMES = {"map_at_r": "MAP@R", "recall_at_1": "recall@1", "map": "mAP", "accuracy": "accuracy", "spread": "spread"}


@dataclass(frozen=True, eq=False)
class Training:
    """What a run was of: its digest, the posters, their labels, how it was trained, on pictures of which `size`."""

    run: str
    dataset: Dataset
    labelling: Labelling
    recipe: Recipe
    size: tuple[int, int]
    precision: str


def make(
    training: Training, standing: Standing, baselines: Mapping[str, Figures], files: Mapping[str, Path]
) -> dict[str, Any]:
    """Return the card, as `read` returns it. The same run makes the same card, but for the digests of its `files`."""
    dataset, recipe = training.dataset, training.recipe
    history = [{name: value for name, value in one.items() if name != "seconds"} for one in standing.history]
    chosen = history[standing.best_epoch]
    asked = dataclasses.asdict(training.labelling)
    told = {
        "format": FORMAT,
        "run": training.run,
        **{name: file_digest(file) for name, file in files.items()},
        "kind": "embedding" if recipe.embeds else "classifier",
        "classes": list(dataset.classes),
        "size": list(training.size),
        "figures": {name: value for name, value in chosen.items() if name in NAMES},
        "baselines": {
            name: {figure: value for figure, value in one.items() if figure != SPREAD}
            for name, one in baselines.items()
        },
        "epoch": chosen["epoch"],
        "posters": {split: len(dataset.rows(split)) for split in SPLITS},
        "films": {split: len(set(dataset.part(split).films)) for split in SPLITS},
        "labels": {
            split: dict(zip(dataset.classes, dataset.part(split).labels.sum(axis=0).tolist(), strict=True))
            for split in SPLITS
        },
        "labelling": {name: str(value) if isinstance(value, Path) else value for name, value in asked.items()},
        "options": described(recipe),
        "precision": training.precision,
        "history": history,
    }
    as_read: dict[str, Any] = json.loads(json.dumps(told))
    return as_read


def write(folder: Path, card: Mapping[str, Any]) -> None:
    """Write both; the JSON last, for it tells that the run is done."""
    with replacing(folder / MARKDOWN) as temporary:
        temporary.write_text("\n".join(_markdown(card)) + "\n", encoding="utf-8")
    write_json(folder / JSON, card)


def read(folder: Path) -> dict[str, Any] | None:
    """Return the card of the run in a folder, None if there is none. ModelError for a file that is no card."""
    try:
        told = json.loads((folder / JSON).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / JSON} is no model card: {error}") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT or "run" not in told:
        raise ModelError(f"{folder / JSON} is no model card of format {FORMAT}; train anew with --fresh")
    return told


def _markdown(card: Mapping[str, Any]) -> Iterator[str]:
    options, kind = card["options"], card["kind"]
    outcome = "an embedding of unit length" if kind == "embedding" else "a probability for each class"
    yield f"# A network that learned `{card['labelling']['column']}` from posters"
    yield ""
    yield f"`model.keras` takes RGB pictures of {card['size'][0]} x {card['size'][1]}, 0 to 255, and returns {outcome}."
    yield f"Trained with `{options['objective']}` on `{Path(options['backbone']).name}`."
    yield ""
    yield "## How far it holds"
    yield ""
    yield f"On val, in epoch {card['epoch']}, which was chosen for it: these figures flatter. `mapmaker evaluate` tells"
    yield "what holds for films that chose nothing."
    yield ""
    others = card.get("baselines", {})
    yield f"| on val | {' | '.join(['this network', *others])} |"
    yield "|---" * (2 + len(others)) + "|"
    for name, value in card["figures"].items():
        told = [f"{one[name]:.4f}" if name in one else "" for one in others.values()]
        yield f"| {NAMES[name]} | {' | '.join([f'{value:.4f}', *told])} |"
    yield ""
    yield "A poster is made to sell, and what its film is labelled with may be a matter of opinion: what is"
    yield "predicted is a likeness to posters of that label in this collection, nothing more. It says nothing of people"
    yield "shown."
    yield ""
    yield "## What it learned from"
    yield ""
    yield "| | train | val | test |"
    yield "|---|---|---|---|"
    yield "| posters | " + " | ".join(f"{card['posters'][split]:,}" for split in SPLITS) + " |"
    yield "| films | " + " | ".join(f"{card['films'][split]:,}" for split in SPLITS) + " |"
    for label in card["classes"]:
        yield f"| {label} | " + " | ".join(f"{card['labels'][split][label]:,}" for split in SPLITS) + " |"
    yield ""
    yield "## Options"
    yield ""
    for name, value in sorted({**card["labelling"], **options, "precision": card["precision"]}.items()):
        yield f"- {name}: `{value}`"
