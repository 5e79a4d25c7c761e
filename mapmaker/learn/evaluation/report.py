"""All that was found -> a folder of CSV, Markdown and drawings."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mapmaker.errors import OutputError
from mapmaker.learn import charts
from mapmaker.learn.charts import Bar
from mapmaker.learn.dataset import SPLITS, Dataset
from mapmaker.learn.evaluation.findings import (
    ACCURACY,
    ALL,
    ALL_GENRES,
    ECE,
    F1,
    FIRST_GENRE,
    HEAD,
    MACRO,
    MACRO_EVERY,
    MICRO,
    ONE_OF,
    PRECISION,
    PROBE,
    PUBLISHED,
    TEST,
    Evaluation,
    Figure,
)
from mapmaker.learn.evaluation.retrieval import METRICS
from mapmaker.plural import count_of
from mapmaker.workspace import replacing

FIGURES, CONFUSION, REPORT = "figures.csv", "confusion.csv", "evaluation.md"
DRAWINGS = ("average-precision*.svg", "map-at-r.svg", "recall-at-1.svg", "reliability.svg", "confusion-*.svg")
"""Those of an evaluation before would be taken for this one's."""
INTERVALS = "95% intervals, for other films of which there are as many, both as questions and as answers."
HEADLINES = ("MAP@R", "recall@1")
COLUMNS = ("subject", "against", "task", "by", "metric", "scope", "value", "low", "high", "count")


def write_report(folder: Path, dataset: Dataset, found: Evaluation) -> list[Path]:
    """Write all of it into `folder`; return the files. OutputError if they cannot be written."""
    texts = {
        FIGURES: _figures(found),
        CONFUSION: _confusions(found),
        REPORT: "\n".join(lines(dataset, found)) + "\n",
        **dict(_drawings(found)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with replacing(folder / name) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="")
        for old in (file for pattern in DRAWINGS for file in folder.glob(pattern) if file.name not in texts):
            old.unlink()
    except OSError as error:
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}; give another folder with --out"
        ) from error
    return [folder / name for name in texts]


def _figures(found: Evaluation) -> str:
    rows = [[getattr(one, name) for name in COLUMNS] for one in found.figures]
    return _table(COLUMNS, [[_number(value) for value in row] for row in rows])


def _confusions(found: Evaluation) -> str:
    rows = []
    for one in found.confusions:
        for genre, shares in zip(found.classes, one.shares.tolist(), strict=True):
            rows.append([one.subject, one.by, genre, *(_number(share) for share in shares)])
    return _table(("subject", "by", "genre", *found.classes), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()


def _number(value: object) -> object:
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.6f}"


def lines(dataset: Dataset, found: Evaluation) -> Iterator[str]:
    """Yield the report, as Markdown."""
    sizes = ", ".join(f"{split} {len(dataset.rows(split)):,}" for split in SPLITS)
    films = count_of(len(set(dataset.films)), "film")
    yield "# How far it holds\n"
    yield f"{count_of(len(dataset), 'poster')} of {films} ({sizes}), {count_of(len(dataset.classes), 'genre')}."
    yield "Questions are posters of the test split; neither a poster nor another one of its film answers. In brackets:"
    yield INTERVALS
    if any(one.against for one in found.figures):
        yield from _differences(found)
    yield from _telling(found)
    yield from _finding(found)
    yield from _by_genre(dataset, found)
    if found.notes:
        yield "\n## Notes\n"
        yield from (f"- {note}" for note in found.notes)


def headlines(found: Evaluation) -> Iterator[str]:
    """Yield what matters most, a line each, for a terminal."""
    asked = [
        (ALL_GENRES, TEST, "MAP@R", MACRO),
        (ALL_GENRES, TEST, "recall@1", MACRO),
        (FIRST_GENRE, TEST, "recall@1", MICRO),
        (ALL_GENRES, HEAD, PRECISION, MACRO),
        (ALL_GENRES, PROBE, PRECISION, MACRO),
        *dict.fromkeys((one.task, PROBE, ACCURACY, MICRO) for one in found.figures if one.metric == ACCURACY),
    ]
    for task, by, metric, scope in asked:
        if figures := found.find(task, by, metric, scope):
            yield f"{scope} {metric}, {task}, {by}"
            for (name, against), figure in figures.items():
                than = f"{name} - {against}" if against else name
                yield f"  {than:<38} {shown(figure, sign=bool(against))}"


def _differences(found: Evaluation) -> Iterator[str]:
    yield "\n## What was gained\n"
    yield "Paired: both are asked the same, and drawn alike.\n"
    yield "| | | than | difference | |\n|---|---|---|---|---|"
    for one in found.figures:
        retrieved = one.by in (TEST, ALL) and one.metric in HEADLINES and one.scope in (MACRO, MICRO)
        told = one.by in (PROBE, HEAD) and one.scope in (MACRO, MICRO) and one.metric in (PRECISION, ACCURACY)
        if one.against and (retrieved or told):
            verdict = "above 0" if one.low > 0 else "below 0" if one.high < 0 else "may be chance"
            what = f"{one.scope} {one.metric}, {one.task}, {one.by}"
            yield f"| {one.subject} | {what} | {one.against} | {shown(one, sign=True)} | {verdict} |"


def _telling(found: Evaluation) -> Iterator[str]:
    yield "\n## Telling genres\n"
    yield "Means over genres with enough test posters; thresholds are of val. Average precision of few posters lies"
    yield "above what it is of many, so that no figure here is one for endless posters; differences are as they are."
    yield "Calibration errors: of all probabilities together, most of which are small, and the mean of each genre's.\n"
    apart = next((one.task for one in found.figures if one.task.startswith(ONE_OF)), "")
    yield f"| | by | average precision | F1 | calibration error, all | by genre |{f' {apart} |' if apart else ''}"
    yield "|---|---|---|---|---|---|" + ("---|" if apart else "")
    for by in (HEAD, PROBE):
        columns = [
            found.find(ALL_GENRES, by, PRECISION, MACRO),
            found.find(ALL_GENRES, by, F1, MACRO),
            found.find(ALL_GENRES, by, ECE, MICRO),
            found.find(ALL_GENRES, by, ECE, MACRO),
            *([found.find(apart, by, ACCURACY, MICRO)] if apart else []),
        ]
        for name in dict.fromkeys(name for column in columns for name, against in column if not against):
            cells = (shown(column.get((name, ""))) for column in columns)
            yield f"| {name} | {'' if name == 'chance' else by} | {' | '.join(cells)} |"


def _finding(found: Evaluation) -> Iterator[str]:
    columns = [(by, scope) for scope in (MACRO, MICRO) for by in (TEST, ALL)]
    if any(one.by == PUBLISHED for one in found.figures):
        columns += [(PUBLISHED, MACRO_EVERY), (PUBLISHED, MICRO)]
    for task in dict.fromkeys(one.task for one in found.figures if one.by == TEST):
        yield f"\n## Finding posters: {task}\n"
        yield "As published: all posters are asked; they find themselves, and those learned from."
        for name in dict.fromkeys(one.subject for one in found.figures if (one.task, one.by) == (task, TEST)):
            yield f"\n### {name}\n"
            yield f"| | {' | '.join(f'{scope}, {by}' for by, scope in columns)} |\n|---|{'---|' * len(columns)}"
            for metric in METRICS:
                cells = [shown(found.find(task, by, metric, scope).get((name, ""))) for by, scope in columns]
                yield f"| {metric} | {' | '.join(cells)} |"


def _by_genre(dataset: Dataset, found: Evaluation) -> Iterator[str]:
    counts = dataset.labels[dataset.rows("test")].sum(axis=0)
    for task, by, metric in (
        (ALL_GENRES, PROBE, PRECISION),
        (ALL_GENRES, HEAD, PRECISION),
        (ALL_GENRES, TEST, "MAP@R"),
    ):
        by_genre = {genre: found.find(task, by, metric, genre) for genre in found.classes}
        names = list(dict.fromkeys(name for one in by_genre.values() for name, against in one if not against))
        if not names:
            continue
        yield f"\n## {metric[0].upper()}{metric[1:]} by genre: {by}\n"
        yield f"| | test posters | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}"
        for genre, count in zip(found.classes, counts.tolist(), strict=True):
            cells = " | ".join(shown(by_genre[genre].get((name, ""))) for name in names)
            yield f"| {genre} | {count:,} | {cells} |"


def shown(figure: Figure | None, sign: bool = False) -> str:
    """Return a figure with its interval; "" for none."""
    if figure is None or math.isnan(figure.value):
        return ""
    kind = "+.3f" if sign else ".3f"
    interval = "" if math.isnan(figure.low) else f" [{figure.low:{kind}}, {figure.high:{kind}}]"
    return f"{figure.value:{kind}}{interval}"


def _drawings(found: Evaluation) -> Iterator[tuple[str, str]]:
    words = "By genre; whiskers are 95% intervals. The report beside this file has the numbers."
    for name, title, by, metric in (
        ("average-precision.svg", "Average precision of linear probes", PROBE, PRECISION),
        ("average-precision-head.svg", "Average precision of networks themselves", HEAD, PRECISION),
        ("map-at-r.svg", "MAP@R among test posters", TEST, "MAP@R"),
        ("recall-at-1.svg", "Recall@1 among test posters", TEST, "recall@1"),
    ):
        if series := _series(found, by, metric):
            yield name, charts.bars(title, words, (MACRO, *found.classes), series)
    if found.reliabilities:
        told = [
            (f"{name}, {by}", [Bar(true, told) for told, true in zip(one.told, one.true, strict=True)])
            for (name, by), one in found.reliabilities.items()
        ]
        said = "Probabilities in ten bins, against the share that came true; on the diagonal they are the same."
        yield "reliability.svg", charts.curves("Reliability", said, "probability told", "share that came true", told)
    asked = "Rows: first genre of test posters. Columns: what was answered, in percent of the row."
    for number, one in enumerate(found.confusions, 1):
        there = np.flatnonzero(np.isfinite(one.shares).any(axis=1))
        rows = [found.classes[row] for row in there.tolist()]
        title = f"{one.subject}: {one.by}"
        yield f"confusion-{number}.svg", charts.heatmap(title, asked, rows, found.classes, one.shares[there])


def _series(found: Evaluation, by: str, metric: str) -> list[tuple[str, list[Bar]]]:
    scopes = [found.find(ALL_GENRES, by, metric, scope) for scope in (MACRO, *found.classes)]
    names = dict.fromkeys(name for scope in scopes for name, against in scope if not against)
    return [(name, [_bar(scope.get((name, ""))) for scope in scopes]) for name in names]


def _bar(figure: Figure | None) -> Bar:
    return Bar(math.nan) if figure is None else Bar(figure.value, figure.low, figure.high)
