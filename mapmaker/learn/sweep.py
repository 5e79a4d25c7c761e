"""The same training at several learning rates and sizes -> a folder a run, a table and curves of all.

Each run is one of `training`: what is done is not done again, what was broken off goes on where it was. One whose loss
is no number is told as such, and the others go on. Table and curves are written after each.
"""

import csv
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapmaker import options
from mapmaker.errors import DivergedError, OptionError
from mapmaker.learn.baselines import MOST_FREQUENT
from mapmaker.learn.charts import Panel, panels
from mapmaker.learn.epochs import CHOOSES
from mapmaker.learn.folder import HISTORY
from mapmaker.learn.reading import Posters
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.training import TRAINED_ALREADY, Place, train
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence
from mapmaker.workspace import replacing

RATES = ("1e-4", "3e-4", "1e-3", "3e-3", "1e-2")
SIZES = ("55x80", "73x107", "91x134", "109x161", "127x188")
TABLE, MARKDOWN, CURVES = "sweep.csv", "sweep.md", "sweep.svg"
COLUMNS = ("size", "rate", "epoch", "epochs", "loss", "map", "accuracy", "most_frequent", "minutes")

Grid = Mapping[tuple[str, str], Recipe]
"""A recipe for each size and rate."""


@dataclass(frozen=True)
class Swept:
    """A row a run, in the order of sizes and rates: the figures of its best epoch, None where it diverged.

    `chooses`: the figure that the table is of; `most_frequent` in a row is that figure of the most frequent answer.
    `curves`: that figure of each run, epoch by epoch. `notes`: what the runs told of posters.
    """

    chooses: str
    rows: Sequence[Mapping[str, Any]] = ()
    curves: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def lines(self) -> Iterator[str]:
        """Yield the table as Markdown, a size a row and a rate a column, its best values in bold."""
        rates = list(dict.fromkeys(row["rate"] for row in self.rows))
        told = [row for row in self.rows if row["epoch"] is not None]
        best = max((row[self.chooses] for row in told), default=None)
        yield "| " + " | ".join([f"{self.chooses} on val", *rates]) + " |"
        yield "|---" * (len(rates) + 1) + "|"
        for size in dict.fromkeys(row["size"] for row in self.rows):
            values = [row[self.chooses] for row in self.rows if row["size"] == size]
            yield "| " + " | ".join([size, *(_cell(value, best) for value in values)]) + " |"
        yield ""
        if told:
            yield f"The most frequent answer: {told[0]['most_frequent']:.3f}."
        yield f"{count_of(len(self.rows), 'run')}, {sum(row['minutes'] for row in told):.1f} minutes of training."


def _cell(value: float | None, best: float | None) -> str:
    if value is None:
        return "diverged"
    return f"**{value:.3f}**" if value == best else f"{value:.3f}"


def grid(recipe: Recipe, rates: Sequence[str], sizes: Sequence[str]) -> Grid:
    """Return the recipe at each of the rates and sizes. OptionError for one that is none."""
    if recipe.embeds:
        raise OptionError(f"objective = {recipe.objective!r}: a sweep is of classifiers, sigmoid or softmax")
    numbers: dict[str, Any] = {rate: options.convert(rate, float, "rate") for rate in rates}
    return {
        (size, rate): dataclasses.replace(recipe, size=size, rate=numbers[rate]) for size in sizes for rate in rates
    }


def sweep(posters: Posters, recipes: Grid, place: Place, progress: Progress | None = None) -> Swept:
    """Train each of the recipes, below `place.out`; write the table, also as Markdown, and curves, after each."""
    told = progress or Silence()
    swept = Swept(CHOOSES[next(iter(recipes.values())).objective])
    for number, ((size, rate), one) in enumerate(recipes.items(), 1):
        told.note(f"{size} at a learning rate of {rate}: {number} of {len(recipes)}")
        here = dataclasses.replace(place, out=place.out / f"{size}-{rate}")
        row, curve, notes = _run(posters, one, here, told)
        swept = dataclasses.replace(
            swept,
            rows=[*swept.rows, {"size": size, "rate": rate, **row}],
            curves={**swept.curves, (size, rate): curve},
            notes=list(dict.fromkeys([*swept.notes, *notes])),
        )
        _write(place.out, swept)
    return swept


def _run(
    posters: Posters, recipe: Recipe, place: Place, progress: Progress
) -> tuple[Mapping[str, Any], Sequence[float], Sequence[str]]:
    """Train one of them; return its row, its curve, and notes on posters."""
    try:
        done = train(posters, recipe, place, progress)
    except DivergedError as error:
        progress.warn(f"diverged: {error}")
        return dict.fromkeys(COLUMNS[2:]), [], []
    with (place.out / HISTORY).open(encoding="utf-8", newline="") as stream:
        history = list(csv.DictReader(stream))
    chosen, chooses = done.card["history"][done.card["epoch"] - 1], CHOOSES[recipe.objective]
    row = {
        **{name: chosen[name] for name in ("epoch", "loss", "map", "accuracy")},
        "epochs": len(history),
        "most_frequent": done.card["baselines"][MOST_FREQUENT][chooses],
        "minutes": round(sum(float(one["seconds"]) for one in history) / 60, 2),
    }
    notes = [note for note in done.notes if note != TRAINED_ALREADY]
    return row, [float(one[chooses]) for one in history], notes


def _write(folder: Path, swept: Swept) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / TABLE) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(swept.rows)
    for name, text in ((MARKDOWN, "\n".join(swept.lines()) + "\n"), (CURVES, _drawn(swept))):
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _drawn(swept: Swept) -> str:
    """Return a chart a size, in it a curve a rate, over epochs."""
    sizes = list(dict.fromkeys(size for size, _ in swept.curves))
    found = [
        Panel(size, {rate: values for (one, rate), values in swept.curves.items() if one == size}) for size in sizes
    ]
    level = next((row["most_frequent"] for row in swept.rows if row["epoch"] is not None), None)
    return panels(
        f"{swept.chooses} on val, by epoch",
        "A chart for each size of the pictures, in it a curve for each learning rate.",
        found,
        (MOST_FREQUENT, level) if level is not None else None,
    )
