"""`--where`: a condition on the table's columns -> which rows fulfil it.

A tiny language, read by Python's parser and walked by hand; nothing is ever evaluated:

    year >= 1980 and not 'horror' in tags
    1970 <= year < 1980 or director == 'Kubrick'
    genre in ('drama', 'western')

A column stands against a number or a text. Text counts without case. A cell that holds nothing, or no number where one
is asked for, fulfils no comparison but that with ''. Of tags any may fulfil it; `in` also finds a part of another text.
"""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import OptionError, near
from mapmaker.model import Images, Metadata
from mapmaker.search.titles import folded

LONGEST = 1_000
"""Characters of a condition."""
Cells = Sequence[str] | Sequence[int | None] | Sequence[tuple[str, ...]]
Mask = NDArray[np.bool_]

_ORDER: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_TURNED: Mapping[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def columns(images: Images, metadata: Metadata) -> dict[str, Cells]:
    """Return all columns that a condition may name."""
    found: dict[str, Cells] = {**metadata.more, "id": images.id, "path": images.path, "title": metadata.title}
    found |= {"year": metadata.year, "tags": metadata.tags, "url": metadata.url}
    return found


def fulfilling(condition: str, table: Mapping[str, Cells]) -> Mask:
    """Return which rows of the table fulfil the condition. OptionError if it is none, or names no column."""
    if len(condition) > LONGEST:
        raise OptionError(f"where: a condition of {len(condition):,} characters, of at most {LONGEST:,}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of Python's own, about what it can make out all the same
            tree = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = getattr(error, "msg", None) or "nested too deep"
        raise OptionError(f"where = {condition!r}: {said}; write it like year >= 1980 and genre == 'drama'") from error
    return _Reader(condition, table).fulfilled(tree.body)


@dataclass(frozen=True)
class _Reader:
    condition: str
    table: Mapping[str, Cells]

    def fulfilled(self, node: ast.expr) -> Mask:
        if isinstance(node, ast.BoolOp):
            combined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return np.asarray(combined.reduce([self.fulfilled(value) for value in node.values]))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.fulfilled(node.operand)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            return np.asarray(np.logical_and.reduce([self._compared(*pair) for pair in pairs]))
        raise self._refusal(node)

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Mask:
        negated = isinstance(op, ast.NotIn)
        if negated or isinstance(op, ast.In):
            found = self._inside(left, right)
            return ~found if negated else found
        kind = type(op)
        if kind not in _ORDER:
            raise self._refusal(right)
        if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
            left, right, kind = right, left, _TURNED.get(kind, kind)
        return _against(self._column(left), _ORDER[kind], self._constant(right))

    def _inside(self, left: ast.expr, right: ast.expr) -> Mask:
        """`'text' in column`, or `column in ('a', 'b')`."""
        if isinstance(right, ast.Name):
            part = self._constant(left)
            if not isinstance(part, str):
                raise self._refusal(left)
            return _holding(self._column(right), part.casefold())
        if isinstance(right, ast.Tuple | ast.List) and right.elts:
            cells = self._column(left)
            return np.asarray(
                np.logical_or.reduce([_against(cells, operator.eq, self._constant(one)) for one in right.elts])
            )
        raise self._refusal(right)

    def _column(self, node: ast.expr) -> Cells:
        if not isinstance(node, ast.Name):
            raise self._refusal(node)
        if node.id in self.table:
            return self.table[node.id]
        alike = [name for name in self.table if folded(name) == folded(node.id)]
        if len(alike) != 1:
            raise OptionError(f"where = {self.condition!r}: no column {node.id!r}; {near(node.id, self.table)}")
        return self.table[alike[0]]

    def _constant(self, node: ast.expr) -> float | str:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            node, sign = node.operand, -1
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return sign * value
        if isinstance(value, str) and sign == 1:
            return value
        raise self._refusal(node)

    def _refusal(self, node: ast.expr) -> OptionError:
        said = ast.get_source_segment(self.condition.strip(), node) or self.condition
        return OptionError(
            f"where = {self.condition!r}: {said!r} does not fit there; a column is compared with a number or a 'text'"
        )


def _against(cells: Cells, compare: Callable[[Any, Any], bool], value: float | str) -> Mask:
    if isinstance(value, str):
        wanted = value.casefold()
        return np.fromiter((_fits(_texts(cell), compare, wanted) for cell in cells), bool, len(cells))
    numbers = (_number(cell) for cell in cells)
    return np.fromiter((number == number and compare(number, value) for number in numbers), bool, len(cells))


def _fits(texts: Sequence[str], compare: Callable[[Any, Any], bool], wanted: str) -> bool:
    """Return whether any text fulfils it, or, where they are to differ, all; a blank one is compared only with ''."""
    given = [text for text in texts if text or not wanted]
    enough = all if compare is operator.ne else any
    return bool(given) and enough(compare(text, wanted) for text in given)


def _holding(cells: Cells, part: str) -> Mask:
    """Return where `part` is one of the tags, or a part of another text."""
    found = (
        part in _texts(cell) if isinstance(cell, tuple) else any(part in text for text in _texts(cell))
        for cell in cells
    )
    return np.fromiter(found, bool, len(cells))


def _texts(cell: object) -> tuple[str, ...]:
    if isinstance(cell, tuple):
        return tuple(tag.casefold() for tag in cell) or ("",)
    return ("" if cell is None else str(cell).casefold(),)


def _number(cell: object) -> float:
    """Return a cell as a number, which is not equal to itself if it is none."""
    try:
        return float(cell)  # type: ignore[arg-type]  # what is no number, raises
    except (TypeError, ValueError, OverflowError):
        return math.nan
