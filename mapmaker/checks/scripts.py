"""A script below data/ -> the value that it hands to the viewer."""

import json
from typing import Any

from mapmaker.checks.fault import Fault, Found, Kind
from mapmaker.checks.site import Site

START, END = "(self.mapmaker??=[]).push(", ");\n"
_NEVER = "<\u2028\u2029"
"""What could end a script or a line within a text, and is always escaped."""


def read_script(site: Site, name: str, once: bool = False) -> Found[Any]:
    """Return the value of data/{name}.js; None where there is none that can be read. `once`: see `value_of`."""
    file = script_file(name)
    content = yield from site.content(file)
    if content is None:
        return None
    try:
        return value_of(content, name, once)
    except ValueError as error:
        yield Fault(Kind.DATA, file, str(error))
    return None


def script_file(name: str) -> str:
    """Return the path of a script below the map."""
    return f"data/{name}.js"


def value_of(content: bytes, name: str, once: bool = False) -> Any:
    """Return the value that the script `name` hands over, never None. ValueError if it is no such script.

    `once`: whether it also must not have a key twice, which takes time. Whoever reads it takes the last of them.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start:,}") from error
    if not (text.startswith(START) and text.endswith(END)) or len(text) < len(START) + len(END):
        raise ValueError(f"is not the one statement {START}...{END.strip()} and a line end")
    statement = text[len(START) : -len(END)]
    if any(character in statement for character in _NEVER):
        raise ValueError("holds a character that must be escaped: <, U+2028 or U+2029")
    try:
        told = json.loads(statement, object_pairs_hook=_once if once else None, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("is no JSON of ours: it nests too deeply") from error
    if not isinstance(told, list) or len(told) != 2 or told[0] != name or told[1] is None:
        raise ValueError(f"does not hand over {name!r} and a value")
    return told[1]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; ValueError if a key is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"has {twice[:60]!r} twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"is no JSON: {constant}")
