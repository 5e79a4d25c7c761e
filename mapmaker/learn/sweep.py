"""The same training at several learning rates and sizes -> a folder a run, a table and curves of all.

Each run is one of `training`: what is done is not done again, what was broken off goes on where it was.
"""

import csv
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from mapmaker import options
from mapmaker.errors import OptionError
from mapmaker.learn.epochs import CHOOSES
from mapmaker.learn.reading import Labelling
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.training import HISTORY, Place, train
from mapmaker.progress import Progress, Silence
from mapmaker.workspace import replacing

RATES = ("1e-4", "3e-4", "1e-3", "3e-3", "1e-2")
SIZES = ("55x80", "73x107", "91x134", "109x161", "127x188")
TABLE, MARKDOWN, CURVES = "sweep.csv", "sweep.md", "sweep.svg"
COLUMNS = ("size", "rate", "epoch", "epochs", "loss", "map", "accuracy", "minutes")
WIDTH, HEIGHT, MARGIN = 220, 140, 34
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000")
"""Okabe and Ito's, which people who see colours otherwise tell apart, too."""


@dataclass(frozen=True)
class Swept:
    """A row a run, in the order of sizes and rates: the figures of its best epoch, and what it took."""

    rows: Sequence[Mapping[str, Any]]
    chooses: str

    def lines(self) -> list[str]:
        """Return the table as Markdown, a size a row and a rate a column, its best value in bold."""
        rates = list(dict.fromkeys(row["rate"] for row in self.rows))
        best = max(row[self.chooses] for row in self.rows)
        lines = ["| " + " | ".join([f"{self.chooses} on val", *rates]) + " |", "|---" * (len(rates) + 1) + "|"]
        for size in dict.fromkeys(row["size"] for row in self.rows):
            values = [row[self.chooses] for row in self.rows if row["size"] == size]
            told = [f"**{value:.3f}**" if value == best else f"{value:.3f}" for value in values]
            lines.append("| " + " | ".join([size, *told]) + " |")
        minutes = sum(row["minutes"] for row in self.rows)
        return [*lines, "", f"{len(self.rows)} runs, {minutes:.1f} minutes of training."]


def sweep(
    images: Path,
    metadata: Path,
    recipe: Recipe,
    rates: Sequence[str],
    sizes: Sequence[str],
    place: Place,
    labelling: Labelling | None = None,
    progress: Progress | None = None,
) -> Swept:
    """Train `recipe` at each of the rates and sizes, below `place.out`; write the table, also as Markdown, and curves.

    OptionError, before anything is trained, for a rate or size that is none.
    """
    recipes = _recipes(recipe, rates, sizes)
    told: list[Mapping[str, Any]] = []
    histories = {}
    for (size, rate), one in recipes.items():
        out = place.out / f"{size}-{rate}"
        here = dataclasses.replace(place, out=out)
        (progress or Silence()).note(f"{size} at a learning rate of {rate}: {len(told) + 1} of {len(recipes)}")
        done = train(images, metadata, one, here, labelling, progress)
        with (out / HISTORY).open(encoding="utf-8", newline="") as stream:
            history = list(csv.DictReader(stream))
        minutes = sum(float(row["seconds"]) for row in history) / 60
        chosen = done.card["history"][done.card["epoch"] - 1]
        figures = {name: chosen[name] for name in ("epoch", "loss", "map", "accuracy")}
        told.append({"size": size, "rate": rate, **figures, "epochs": len(history), "minutes": round(minutes, 2)})
        histories[size, rate] = [float(row[CHOOSES[recipe.objective]]) for row in history]
    swept = Swept(told, CHOOSES[recipe.objective])
    _write(place.out, swept, histories)
    return swept


def _recipes(recipe: Recipe, rates: Sequence[str], sizes: Sequence[str]) -> dict[tuple[str, str], Recipe]:
    if recipe.embeds:
        raise OptionError(f"objective = {recipe.objective!r}: a sweep is of classifiers, sigmoid or softmax")
    numbers: dict[str, Any] = {rate: options.convert(rate, float, "rate") for rate in rates}
    return {
        (size, rate): dataclasses.replace(recipe, size=size, rate=numbers[rate]) for size in sizes for rate in rates
    }


def _write(folder: Path, swept: Swept, histories: Mapping[tuple[str, str], Sequence[float]]) -> None:
    with replacing(folder / TABLE) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(swept.rows)
    for name, lines in ((MARKDOWN, swept.lines()), (CURVES, list(_curves(histories, swept.chooses)))):
        with replacing(folder / name) as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _curves(histories: Mapping[tuple[str, str], Sequence[float]], figure: str) -> Iterator[str]:
    """Yield an SVG: a chart a size, in it a curve a rate, over epochs; all charts have one scale."""
    sizes = list(dict.fromkeys(size for size, _ in histories))
    rates = list(dict.fromkeys(rate for _, rate in histories))
    across = MARGIN + len(sizes) * (WIDTH + MARGIN)
    longest = max(len(values) for values in histories.values())
    top = max(max(values) for values in histories.values()) or 1.0
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {HEIGHT + 3 * MARGIN}"'
    yield ' font-family="sans-serif" font-size="11">'
    yield f"<title>{escape(figure)} on val by epoch, size and learning rate</title>"
    yield '<rect width="100%" height="100%" fill="white"/>'
    for column, size in enumerate(sizes):
        left = MARGIN + column * (WIDTH + MARGIN)
        yield f'<text x="{left}" y="{MARGIN - 10}">{escape(size)}</text>'
        yield f'<path d="M{left} {MARGIN}v{HEIGHT}h{WIDTH}" fill="none" stroke="#888"/>'
        yield f'<text x="{left - 4}" y="{MARGIN + 4}" text-anchor="end">{top:.2f}</text>'
        yield f'<text x="{left - 4}" y="{MARGIN + HEIGHT}" text-anchor="end">0</text>'
        yield f'<text x="{left + WIDTH}" y="{MARGIN + HEIGHT + 14}" text-anchor="end">epoch {longest}</text>'
        for rate, colour in zip(rates, COLOURS * len(rates), strict=False):
            values = histories[size, rate]
            points = (
                f"{left + WIDTH * epoch / longest:.1f},{MARGIN + HEIGHT * (1 - value / top):.1f}"
                for epoch, value in enumerate(values, 1)
            )
            yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    for index, (rate, colour) in enumerate(zip(rates, COLOURS * len(rates), strict=False)):
        x, y = MARGIN + 90 * index, HEIGHT + 2.4 * MARGIN
        yield f'<path d="M{x} {y - 4}h16" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{x + 20}" y="{y}">{escape(rate)}</text>'
    yield "</svg>"
