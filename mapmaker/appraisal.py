"""How good a map is, in figures: what the quality page tells; dataclasses to JSON and back.

A poster is a selected row; shares are from 0 to 1. What does not hold together is an ArtifactError.
"""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

from mapmaker.errors import ArtifactError

DIGITS = 4
"""That figures are kept to, behind the point: nobody asks for more, and a page does not change for nothing."""

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Score:
    """A measure of the map, and what the same posters dealt out by chance have; `asked` posters were looked at."""

    value: float
    chance: float
    asked: int


@dataclass(frozen=True)
class Blocks:
    """The map in squares of `side` x `side` cells: a value each, row by row of `columns`, None where no poster is."""

    side: int
    columns: int
    values: tuple[float | None, ...]

    def __post_init__(self) -> None:
        _require(self.side >= 1, f"squares of {self.side} cells")
        _require(any(value is not None for value in self.values), "no square holds a poster")


@dataclass(frozen=True)
class Region:
    """One of the blocks, by its first cell: how many posters it holds, the one in its middle, and a share of them."""

    column: int
    row: int
    side: int
    posters: int
    middle: int
    share: float


@dataclass(frozen=True)
class Trait:
    """A tag or a decade of `posters` posters, among those of which any is known.

    `around`: of the posters in the 24 cells around them, the share that has it too; `chance`: what that would be if
    posters were dealt out. `home`: where it is most at home; `blocks`: its share everywhere.
    """

    name: str
    posters: int
    around: float
    chance: float
    home: Region
    blocks: Blocks

    @property
    def times(self) -> float:
        """How many times more often it has its like around it than by chance; 1 where chance has none."""
        return self.around / self.chance if self.chance else 1.0


@dataclass(frozen=True)
class Cohesion:
    """The cluster of this slug: how alike its posters are, the mean cosine of all pairs."""

    slug: str
    posters: int
    cohesion: float


@dataclass(frozen=True)
class Count:
    """How many posters, or files, have this in common."""

    name: str
    count: int

    def __post_init__(self) -> None:
        _require(self.count >= 1, f"{self.name!r} is counted {self.count:,} times")


@dataclass(frozen=True)
class Told:
    """Something by name: an option, or the version of a package."""

    name: str
    value: str


@dataclass(frozen=True)
class Placing:
    """How posters were brought to their places; None is not known.

    `displacement`: root of the mean square of how many cells they moved from layout to grid; `gap`: by which share its
    square may be above the least possible, rounded up; `chance`: of a deal. `recall`: of the neighbours among the
    `nearest` of each, the share that was found, by `search`. `divergence`: of the layout, Kullback-Leibler, in nats.
    """

    displacement: float
    gap: float | None
    chance: float
    search: str = ""
    nearest: int | None = None
    recall: float | None = None
    divergence: float | None = None


@dataclass(frozen=True)
class History:
    """Of a map that goes on, see `model.Likeness`: how much lay side by side when it was laid out, and does now."""

    now: float
    fresh: float | None
    new: float | None
    late: float


@dataclass(frozen=True)
class Appraisal:
    """All figures of a map. `together[i][j]` posters have the tags i and j of `pairs`."""

    posters: int
    columns: int
    rows: int
    near: Score
    distances: Score
    placing: Placing
    history: History
    local: Blocks
    weakest: tuple[Region, ...]
    strongest: tuple[Region, ...]
    clusters: tuple[Cohesion, ...]
    """The largest."""
    clustered: int
    cohesion: float
    """Of all posters, and so, on the mean, of any that are drawn by chance."""
    left_out: tuple[Count, ...]
    decades: tuple[Count, ...]
    dated: int
    tags: tuple[Count, ...]
    kinds: int
    """Different tags."""
    tagged: int
    pairs: tuple[str, ...]
    together: tuple[tuple[int, ...], ...]
    tag_traits: tuple[Trait, ...]
    decade_traits: tuple[Trait, ...]
    options: tuple[Told, ...]
    versions: tuple[Told, ...]

    def __post_init__(self) -> None:
        area = f"{self.columns:,} x {self.rows:,} cells"
        _require(self.columns >= 1 and self.rows >= 1, f"a map of {area}")
        _require(1 <= self.posters <= self.columns * self.rows, f"{self.posters:,} posters on {area}")
        traits = (*self.tag_traits, *self.decade_traits)
        for blocks in (self.local, *(one.blocks for one in traits)):
            across, down = -(-self.columns // blocks.side), -(-self.rows // blocks.side)
            fits = blocks.columns == across and len(blocks.values) == across * down
            _require(fits, f"{len(blocks.values):,} squares, {blocks.columns:,} in a row, are not those of {area}")
        for region in (*self.weakest, *self.strongest, *(one.home for one in traits)):
            inside = 0 <= region.column < self.columns and 0 <= region.row < self.rows and region.side >= 1
            _require(inside, f"a square at column {region.column:,}, row {region.row:,} of {area}")
            _require(0 <= region.middle < self.posters, f"poster {region.middle:,} of {self.posters:,}")
        for some, counts, own in (
            (self.dated, self.decades, self.decade_traits),
            (self.tagged, self.tags, self.tag_traits),
        ):
            _require(0 <= some <= self.posters, f"something is known of {some:,} of {self.posters:,} posters")
            for name, count in [*((one.name, one.count) for one in counts), *((one.name, one.posters) for one in own)]:
                _require(1 <= count <= some, f"{name!r} is told of {count:,} of {some:,} posters")
        square = len(self.together) == len(self.pairs) and all(len(row) == len(self.pairs) for row in self.together)
        _require(square, f"`together` is no square of the {len(self.pairs)} tags in `pairs`")


def as_json(appraisal: Appraisal) -> dict[str, Any]:
    """Return what JSON can hold."""
    told: dict[str, Any] = _rounded(dataclasses.asdict(appraisal))
    return told


def from_json(value: Any) -> Appraisal:
    """Return what `as_json` told. ArtifactError, KeyError, TypeError or ValueError for anything else."""
    return _made(Appraisal, value)


def _require(fits: object, what: str) -> None:
    if not fits:
        raise ArtifactError(f"quality: {what}")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, tuple) else value


def _made(kind: type[Kind], value: Any) -> Kind:
    """Return `value` as a dataclass, a tuple, a number or text: whatever `kind` says that it is."""
    arguments = typing.get_args(kind)
    if isinstance(kind, types.UnionType):
        made: Any = None if value is None else _made(arguments[0], value)
    elif dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        made = kind(**{field.name: _made(hints[field.name], value[field.name]) for field in dataclasses.fields(kind)})
    elif arguments:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        made = tuple(_made(arguments[0], one) for one in value)
    else:
        if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{value!r} is not finite")
        made = kind(value)  # type: ignore[call-arg]  # a number or text
    return typing.cast(Kind, made)
