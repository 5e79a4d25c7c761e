"""What a value of JSON must be: a test, and the words for it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile("[a-z0-9]+")
_WEB = re.compile(r"https?://\S")


@dataclass(frozen=True)
class Shape:
    """`holds` tells whether a value is what `called` says."""

    called: str
    holds: Callable[[Any], bool]


def whole(least: int | None = None, most: int | None = None) -> Shape:
    """Return the shape of whole numbers, both ends included."""
    ends = (f" from {least:,}" if least is not None else "") + (f" to {most:,}" if most is not None else "")

    def holds(value: Any) -> bool:
        return (
            type(value) is int
            and abs(value) < 2**53  # as far as JavaScript counts
            and (least is None or value >= least)
            and (most is None or value <= most)
        )

    return Shape(f"a whole number{ends}", holds)


def listed(item: Shape, least: int = 0, most: int | None = None) -> Shape:
    """Return the shape of lists of `item`."""
    count = (f" of at least {least}" if least else "") + (f" of at most {most}" if most is not None else "")

    def holds(value: Any) -> bool:
        fits = isinstance(value, list) and len(value) >= least and (most is None or len(value) <= most)
        return fits and all(map(item.holds, value))

    return Shape(f"a list{count}, each {item.called}", holds)


def wholes(most_of_them: int, least: int = 0, most: int = 2**53 - 1) -> Shape:
    """Return the shape of lists of at most so many whole numbers: as `listed`, in a fraction of its time."""
    ends = f"from {least:,}" + (f" to {most:,}" if most < 2**53 - 1 else "")

    def holds(value: Any) -> bool:
        numbers = isinstance(value, list) and set(map(type, value)) <= {int}
        return numbers and len(value) <= most_of_them and (not value or (min(value) >= least and max(value) <= most))

    return Shape(f"a list of at most {most_of_them} whole numbers {ends}", holds)


TEXT = Shape("a text", lambda value: isinstance(value, str))
FLAG = Shape("true or false", lambda value: isinstance(value, bool))
TEXTS = Shape("a list of texts", lambda value: isinstance(value, list) and set(map(type, value)) <= {str})
ANY = Shape("anything", lambda _: True)
OBJECT = Shape("an object", lambda value: isinstance(value, dict))
ID = Shape("a text of a-z and 0-9", lambda value: isinstance(value, str) and _ID.fullmatch(value) is not None)
_ANY_NUMBER = whole()
YEAR = Shape("a whole number or null", lambda value: value is None or _ANY_NUMBER.holds(value))
NAME = Shape('"" or more than blanks', lambda value: isinstance(value, str) and (not value or bool(value.strip())))
ADDRESS = Shape('"" or an http or https address', lambda value: value == "" or is_web(value))


def is_web(value: Any) -> bool:
    """Return whether `value` is the address of a web page."""
    return isinstance(value, str) and _WEB.match(value) is not None


def lacking(value: Any, shapes: Mapping[str, Shape], may: Collection[str] = ()) -> Iterator[str]:
    """Yield what is wrong with an object that should have the keys of `shapes`, those of `may` only if it likes."""
    if not isinstance(value, dict):
        yield f"is {shown(value)}, not an object"
        return
    for key, shape in shapes.items():
        if key not in value:
            if key not in may:
                yield f"lacks {key!r}"
        elif not shape.holds(value[key]):
            yield f"{key} is {shown(value[key])}, not {shape.called}"


def shown(value: Any) -> str:
    """Return a value as a person may read it, cut short."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
