"""A TOML file -> its values, and the line of each.

tomllib tells the line of what is no TOML, but not where a value stands that is not what it should be. So text that it
has understood is gone through once more, for the places alone. That is far less than a parser: what is to come is
known to be TOML. tomlkit was weighed: it keeps no positions either, but parts, whose lengths must be added up across
dotted keys and tables in any order.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.errors import InputError

Place = tuple[str | int, ...]
"""Keys and positions in lists that lead to a value."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})' + r"|'''.*?'''(?:'{0,2})" + r'|"(?:\\.|[^"\\])*"' + r"|'[^']*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\n]+")
"""A number, a date, true or false."""


@dataclass(frozen=True)
class Document:
    """What a file holds: `values` as tomllib reads them, and the line of each by its place. `error`: for mistakes."""

    file: Path
    values: Mapping[str, Any]
    lines: Mapping[Place, int]
    error: type[InputError]

    def at(self, place: Place) -> Any:
        """Return what stands at `place`."""
        value: Any = self.values
        for step in place:
            value = value[step]
        return value

    def line(self, place: Place) -> int:
        """Return the line of what stands at `place`."""
        return self.lines[place]

    def fault(self, place: Place, message: str) -> InputError:
        """Return what to raise about what stands at `place`."""
        return self.error(at_line(self.file, self.line(place), message))


def at_line(file: Path, line: int, message: str) -> str:
    """Return what to say about a line of a file."""
    return f"{file}, line {line}: {message}"


def read_document(file: Path, error: type[InputError]) -> Document:
    """Read a TOML file. `error`, with its line, for what is none."""
    try:
        content = file.read_bytes()
    except OSError as found:
        raise error(f"cannot read {file}: {found.strerror}") from found
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as found:
        line = content.count(b"\n", 0, found.start) + 1
        wrong = f"byte {content[found.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise error(at_line(file, line, wrong)) from found
    text = text.replace("\r\n", "\n")  # as tomllib does
    try:
        return Document(file, tomllib.loads(text), lines_of(text), error)
    except RecursionError as found:
        raise error(f"{file} is no TOML: lists in lists without end") from found
    except ValueError as found:
        raise error(_no_toml(file, text, str(found))) from found


def _no_toml(file: Path, text: str, said: str) -> str:
    """Return what tomllib said, with the line in front."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", said)
    if found is None:  # a number of thousands of digits
        return f"{file} is no TOML: {said}"
    line = int(found[1]) if found[1] else text.rstrip("\n").count("\n") + 1
    return at_line(file, line, f"no TOML: {said[: found.start()]}")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line of each value of TOML that tomllib understands, by its place."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    """Goes through TOML once, from beginning to end."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._lists: dict[Place, int] = {}
        """How many tables each list of them, such as [[a.b]], has so far."""
        self.lines: dict[Place, int] = {}

    def document(self) -> None:
        """Note every place."""
        table: Place = ()
        while self._next():
            if self._passed("[["):
                table = self._header(many=True)
                self._passed("]]")
            elif self._passed("["):
                table = self._header(many=False)
                self._passed("]")
            else:
                self._pair(table)

    def _header(self, many: bool) -> Place:
        """Return the place of the table that begins here: within a list of tables it is in the last of them."""
        place: Place = ()
        keys = self._keys()
        for number, key in enumerate(keys, 1):
            place = (*place, key)
            self._note(place)
            if many and number == len(keys):
                self._lists[place] = self._lists.get(place, 0) + 1
            if place in self._lists:
                place = (*place, self._lists[place] - 1)
                self._note(place)
        return place

    def _pair(self, table: Place) -> None:
        place = table
        for key in self._keys():
            place = (*place, key)
            self._note(place)
        self._passed("=")
        self._value(place)

    def _keys(self) -> list[str]:
        """Return the parts of a key that begins here, dots between them."""
        keys: list[str] = []
        while not keys or self._passed("."):
            found = _KEY.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            keys.append(tomllib.loads(f"key = {found[1]}")["key"] if found[1][0] in "\"'" else found[1])
        return keys

    def _value(self, place: Place) -> None:
        self._next()
        self._note(place)
        if self._passed("["):
            number = 0
            while self._next() and not self._passed("]"):
                self._value((*place, number))
                self._next()
                self._passed(",")
                number += 1
        elif self._passed("{"):
            while self._next() and not self._passed("}"):
                self._pair(place)
                self._next()
                self._passed(",")
        else:
            found = _TEXT.match(self._text, self._at) or _PLAIN.match(self._text, self._at)
            assert found is not None
            self._at = found.end()

    def _note(self, place: Place) -> None:
        """Note that what is at `place` begins here, if nothing of it came before."""
        self.lines.setdefault(place, bisect_left(self._breaks, self._at) + 1)

    def _next(self) -> bool:
        """Pass over blanks, lines and comments; return whether anything follows."""
        found = _BLANK.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return self._at < len(self._text)

    def _passed(self, mark: str) -> bool:
        """Pass over `mark` if it stands here; return whether it did."""
        here = self._text.startswith(mark, self._at)
        self._at += len(mark) * here
        return here
