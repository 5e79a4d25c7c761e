"""The quality page: words, figures, tables and drawings -> an HTML page that needs no script.

Dataclasses in, text out, to be written as UTF-8, as in `pages`. Drawings are SVG, each with a title and a description,
and stand beside a table that says the same. They take their colours from the style sheet, assets/quality.css.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from mapmaker_site.pages import INDEX, Book, cut, framed, shown_text, to_map

SHADES = 6
"""Of blocks and cells, from 0; the style sheet has a colour for each."""
LONGEST_ITEM = 80
"""Characters of what stands in a table."""
_BLOCK = 10
"""Units of a drawing across a block."""
_NARROW = 3
"""Columns of a table that fits any screen."""
_LONGEST_LABEL = 16
"""Letters of a label beside a bar."""
_WIDE, _LINE, _LABEL, _NUMBER = 360, 22, 116, 46
"""Units of a drawing of bars: its width, a bar's line, the labels, the numbers; some 1 to a pixel on a phone."""


@dataclass(frozen=True)
class Item:
    """What stands in a cell of a table: text, a link if it has an address; `given` says that it is the user's word.

    `shade`: how dark the cell is, -1 for no colour.
    """

    text: str
    address: str = ""
    given: bool = False
    shade: int = -1


@dataclass(frozen=True)
class Table:
    """Rows of items, the first of each its heading. `columns` head them; `numbers` says that all others are numbers.

    `folded` is what to open it by: a table that says the same as a drawing, or more than most will want to read.
    """

    caption: str
    columns: Sequence[Item]
    rows: Sequence[Sequence[Item]]
    numbers: bool = True
    folded: str = ""


@dataclass(frozen=True)
class Measure:
    """A figure and its unit, what it stands beside ("by chance 0.05"), and what that means, in `words`."""

    name: str
    value: str
    unit: str
    beside: str
    words: str


@dataclass(frozen=True)
class Bars:
    """A drawing of counts by label, one below another; `key` names it on the page."""

    key: str
    title: str
    description: str
    bars: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Mark:
    """A letter or number over a block, by the middle of what it marks, in blocks."""

    across: float
    down: float
    label: str


@dataclass(frozen=True)
class Plan:
    """A drawing of the map in blocks: `shades` row by row, `columns` of them in each, None where nothing is.

    The map is `across` blocks wide and `down` high, the last ones perhaps in part; a block is `aspect` times as high as
    wide. `key` names it on the page.
    """

    key: str
    title: str
    description: str
    columns: int
    shades: Sequence[int | None]
    across: float
    down: float
    aspect: float
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class Legend:
    """What each shade means; `plain` takes the colours of `Plans`."""

    caption: str
    labels: Sequence[str]
    plain: bool = False


@dataclass(frozen=True)
class Plans:
    """Small drawings side by side, all by one legend, each below its name, and words about it."""

    plans: Sequence[tuple[Plan, Item, str]]


Part = str | Table | Measure | Bars | Plan | Legend | Plans
"""Of a section; text is a paragraph."""


@dataclass(frozen=True)
class Chapter:
    """Parts below a heading."""

    heading: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class QualityPage:
    """The whole page; `listed` says that list/ is there, to lead to."""

    heading: str
    summary: str
    chapters: Sequence[Chapter]
    listed: bool = True


def render_quality(book: Book, page: QualityPage) -> str:
    """Return quality/index.html."""
    body = [f"<h1>{escape(page.heading)}</h1>", f'<p class="lead">{escape(page.summary)}</p>']
    body.append('<div id="figures" tabindex="-1">')
    body += [_chapter(chapter, book) for chapter in page.chapters]
    body.append("</div>")
    to_list = [f'<a href="../list/{INDEX}">List</a>'] if page.listed else []
    where = f"{book.address}quality/{INDEX}" if book.address else ""
    title = f"{page.heading} - {cut(book.title)}"
    trail = [to_map(book), *to_list, "Quality"]
    return framed(book, title, trail, body, where, style="quality.css", skip=("figures", "Skip to the figures"))


def _chapter(chapter: Chapter, book: Book) -> str:
    parts = []
    for is_measure, some in groupby(chapter.parts, key=lambda part: isinstance(part, Measure)):
        drawn = "\n".join(_part(part, book) for part in some)
        parts.append(f'<div class="measures">\n{drawn}\n</div>' if is_measure else drawn)
    return "\n".join(["<section>", f"<h2>{escape(chapter.heading)}</h2>", *parts, "</section>"])


def _part(part: Part, book: Book) -> str:
    match part:
        case str():
            return f"<p>{escape(part)}</p>"
        case Table():
            return _table(part, book)
        case Measure():
            return _measure(part)
        case Bars():
            return _bars(part)
        case Plan():
            return f'<div class="plan">{_plan(part)}</div>'
        case Legend():
            return _legend(part)
        case Plans():
            return _plans(part, book)


def _measure(measure: Measure) -> str:
    figure = f'<p class="figure"><b>{escape(measure.value)}</b> {escape(measure.unit)}</p>'
    beside = f'<p class="quiet">{escape(measure.beside)}</p>'
    return f"<div><h3>{escape(measure.name)}</h3>{figure}{beside}<p>{escape(measure.words)}</p></div>"


def _table(table: Table, book: Book) -> str:
    """Return a table in a box that scrolls sideways; the keyboard must be able to reach one that may have to."""
    heads = "".join(f'<th scope="col">{_item(one, book)}</th>' for one in table.columns)
    rows = "\n".join(f"<tr>{_row(row, book)}</tr>" for row in table.rows)
    kind = ' class="numbers"' if table.numbers else ""
    caption = escape(table.caption)
    reached = f' role="region" aria-label="{caption}" tabindex="0"' if len(table.columns) > _NARROW else ""
    box = (
        f'<div class="scrolling"{reached}><table{kind}>\n'
        f"<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )
    return f"<details><summary>{escape(table.folded)}</summary>\n{box}\n</details>" if table.folded else box


def _row(row: Sequence[Item], book: Book) -> str:
    head, *others = row
    cells = "".join(f"<td{_shaded(one)}>{_item(one, book)}</td>" for one in others)
    return f'<th scope="row">{_item(head, book)}</th>{cells}'


def _shaded(item: Item) -> str:
    return f' class="s{item.shade}"' if item.shade >= 0 else ""


def _item(item: Item, book: Book) -> str:
    short = item.text if len(item.text) <= LONGEST_ITEM else f"{item.text[:LONGEST_ITEM]}…"
    text = shown_text(short, book.lang) if item.given else escape(short)
    return f'<a href="{escape(item.address)}">{text}</a>' if item.address else text


def _drawing(key: str, title: str, description: str, box: str, inside: str) -> str:
    """Return an SVG that a screen reader takes for one picture, with a name and a description."""
    named = f'role="img" aria-labelledby="{key}-title" aria-describedby="{key}-desc"'
    words = f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
    return f'<svg viewBox="0 0 {box}" {named}>{words}{inside}</svg>'


def _bars(bars: Bars) -> str:
    most = max((count for _, count in bars.bars), default=1)
    room = _WIDE - _LABEL - _NUMBER
    drawn = []
    for place, (label, count) in enumerate(bars.bars):
        short = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
        long, top = max(1, round(room * count / most)), place * _LINE
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(short)}</text>'
            f'<rect x="{_LABEL}" y="{top + 4}" width="{long}" height="{_LINE - 8}"/>'
            f'<text x="{_LABEL + long + 6}" y="{top + 15}">{count:,}</text>'
        )
    box = f"{_WIDE} {_LINE * len(bars.bars)}"
    return f'<div class="bars">{_drawing(bars.key, bars.title, bars.description, box, "".join(drawn))}</div>'


def _plan(plan: Plan) -> str:
    high = round(_BLOCK * plan.aspect)
    right, bottom = plan.across * _BLOCK, plan.down * high
    paths: dict[int, list[str]] = {}
    for row in range(-(-len(plan.shades) // plan.columns)):
        line = plan.shades[row * plan.columns : (row + 1) * plan.columns]
        top, left = row * high, 0
        for shade, some in groupby(line):
            end = left + _BLOCK * len(list(some))
            if shade is not None:
                wide, down = min(end, right) - left, min(top + high, bottom) - top
                paths.setdefault(shade, []).append(f"M{left} {top}h{wide:g}v{down:g}h-{wide:g}z")
            left = end
    drawn = "".join(f'<path class="q{shade}" d="{"".join(paths[shade])}"/>' for shade in sorted(paths))
    size = round(plan.across * _BLOCK / 30, 1)
    marks = "".join(_mark(mark, high, size) for mark in plan.marks)
    box = f"{right:g} {bottom:g}"
    return _drawing(plan.key, plan.title, plan.description, box, drawn + marks)


def _mark(mark: Mark, high: int, size: float) -> str:
    x, y = round(mark.across * _BLOCK, 1), round(mark.down * high, 1)
    return (
        f'<circle cx="{x}" cy="{y}" r="{round(size * 0.8, 1)}"/>'
        f'<text x="{x}" y="{y}" dy=".35em" font-size="{size}" text-anchor="middle">{escape(mark.label)}</text>'
    )


def _legend(legend: Legend) -> str:
    swatch = '<svg viewBox="0 0 1 1" aria-hidden="true"><path class="q{}" d="M0 0h1v1h-1z"/></svg>'
    labels = "".join(f"<li>{swatch.format(shade)}{escape(label)}</li>" for shade, label in enumerate(legend.labels))
    kind = "legend plain" if legend.plain else "legend"
    return f'<div class="{kind}"><p>{escape(legend.caption)}</p><ul>{labels}</ul></div>'


def _plans(plans: Plans, book: Book) -> str:
    drawn = "\n".join(
        f"<li><figure>{_plan(plan)}<figcaption>{_item(name, book)} "
        f'<span class="quiet">{escape(words)}</span></figcaption></figure></li>'
        for plan, name, words in plans.plans
    )
    return f'<ul class="plans">\n{drawn}\n</ul>'
