"""What requests may say -> values, checked; each kind of parameter also tells, as JSON Schema, what it takes.

What breaks a parameter's schema is a bad request, 400. What fits it and still cannot be done, a condition on a column
that is not there, is 422, and found further down.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.exceptions import HTTPException

from mapmaker.errors import near

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?")
_WHOLE = re.compile("-?[0-9]{1,15}")


def bad(why: str) -> HTTPException:
    """Return the error for a bad request."""
    return HTTPException(400, why)


class Parameter(Protocol):
    """Something that a request may say."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def about(self) -> str:
        """What it is, in a line."""

    @property
    def default(self) -> Any:
        """What is meant where nothing is said."""

    def schema(self) -> dict[str, Any]:
        """Return what it takes, as JSON Schema."""

    def read(self, text: str) -> Any:
        """Return what is meant by a text, of an address. HTTPException for what the schema does not allow."""


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    name: str
    about: str
    default: int
    least: int
    most: int

    def schema(self) -> dict[str, Any]:
        """See `Parameter`."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}

    def read(self, text: str) -> int:
        """See `Parameter`."""
        is_whole = _WHOLE.fullmatch(text) is not None
        if not is_whole or not self.least <= int(text) <= self.most:
            said = text if is_whole else repr(text[:40])
            raise bad(f"{self.name} = {said} is no whole number from {self.least:,} to {self.most:,}")
        return int(text)


@dataclass(frozen=True)
class Number:
    """A number."""

    name: str
    about: str
    default: float
    least: float
    most: float

    def schema(self) -> dict[str, Any]:
        """See `Parameter`."""
        return {"type": "number", "minimum": self.least, "maximum": self.most, "default": self.default}

    def read(self, text: str) -> float:
        """See `Parameter`."""
        is_number = _NUMBER.fullmatch(text) is not None
        if not is_number or not self.least <= float(text) <= self.most:
            said = text[:40] if is_number else repr(text[:40])
            raise bad(f"{self.name} = {said} is no number from {self.least:g} to {self.most:g}")
        return float(text)


@dataclass(frozen=True)
class Choice:
    """One of a few values: texts, or whole numbers."""

    name: str
    about: str
    default: str | int
    known: Sequence[str | int]

    def schema(self) -> dict[str, Any]:
        """See `Parameter`."""
        kind = "integer" if isinstance(self.default, int) else "string"
        return {"type": kind, "enum": list(self.known), "default": self.default}

    def read(self, text: str) -> str | int:
        """See `Parameter`."""
        found = {str(value): value for value in self.known}
        if text not in found:
            known = f"known: {', '.join(found)}" if isinstance(self.default, int) else near(text, found)
            raise bad(f"{self.name} = {text[:40]!r} is not known: {known}")
        return found[text]


@dataclass(frozen=True)
class Text:
    """A text."""

    name: str
    about: str
    default: str
    most: int = 1_000

    def schema(self) -> dict[str, Any]:
        """See `Parameter`."""
        return {"type": "string", "maxLength": self.most, "default": self.default}

    def read(self, text: str) -> str:
        """See `Parameter`."""
        if len(text) > self.most:
            raise bad(f"{self.name} has {len(text):,} characters; at most {self.most:,} are taken")
        return text


def whole_text(name: str, value: object) -> str:
    """Return a text of JSON. HTTPException for what is none, or has half a character."""
    if not isinstance(value, str):
        raise bad(f"{name} = {_short(value)} is no text")
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise bad(f"{name} holds half of a character")
    return value


def whole_list(name: str, value: object, least: int, most: int) -> list[Any]:
    """Return a list of JSON of a length that is taken."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        found = f"{len(value):,} long" if isinstance(value, list) else _short(value)
        raise bad(f"{name} must be a list, {least:,} to {most:,} long; it is {found}")
    return value


def number(name: str, value: object, least: float = -math.inf) -> float:
    """Return a number of JSON."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 1e300:
        at_least = "" if least == -math.inf else f" from {least:g} on"
        raise bad(f"{name} = {_short(value)} is no number{at_least}")
    return float(value)


def of_address(items: Sequence[tuple[str, str]], known: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of an address's parameters by name, with those that it does not say."""
    by_name = {parameter.name: parameter for parameter in known}
    values: dict[str, Any] = {}
    for name, text in items:
        _check_name(name, by_name)
        if name in values:
            raise bad(f"{name} is given twice")
        values[name] = by_name[name].read(text)
    return {name: values.get(name, parameter.default) for name, parameter in by_name.items()}


def check_keys(value: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise HTTPException unless all keys of a JSON object are known."""
    for name in value:
        _check_name(name, known)


def _check_name(name: str, known: Sequence[str] | Mapping[str, Any]) -> None:
    if name not in known:
        raise bad(f"no parameter {name[:40]!r}: {near(name[:40], known) if known else 'none is taken'}")


def json_object(content: bytes) -> dict[str, Any]:
    """Return a JSON object. HTTPException for what is none, numbers that JSON does not have among it."""
    try:
        value = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise bad(f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad(f"the body must be a JSON object, not {_short(value)}")
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _short(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 40 else f"{text[:40]}..."
