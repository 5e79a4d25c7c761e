"""How good a map is, in figures: what the quality page tells; dataclasses to JSON and back.

A poster is a selected row; shares are from 0 to 1.
"""

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

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


def as_json(appraisal: Appraisal) -> dict[str, Any]:
    """Return what JSON can hold."""
    told: dict[str, Any] = _rounded(dataclasses.asdict(appraisal))
    return told


def from_json(value: Any) -> Appraisal:
    """Return what `as_json` told. KeyError, TypeError or ValueError for anything else."""
    return _made(Appraisal, value)


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
        made = tuple(_made(arguments[0], one) for one in value)
    else:
        if not isinstance(value, (int, float) if kind is float else kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
        made = kind(value)  # type: ignore[call-arg]  # a number or text
    return typing.cast(Kind, made)
