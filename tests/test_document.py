"""TOML with its lines: tomllib says what there is, and every text says on which line it was written."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.document import Place, lines_of, read_document
from mapmaker.errors import CurationError

PIECES = (
    'KEY = "@"',
    "KEY = '@' # [cluster.x] \"\"\" '''",
    'KEY = """@ \n[not.a.table]\nname = "no" \\""" x\n""\\\n  """',
    "KEY = '''@\n# no comment ' ''\n[[x]]'''''",
    'KEY = """@"""""',
    'KEY = [\n "@", # one, ]\n [ "@",\n\n "@" ],\n]',
    "KEY = [[], [ ], [\n]]",
    'KEY = { a = "@", "b ]" = [ "@", { c.d = "@" } ], e = {} }',
    'KEY."x.y" . z = "@"\nKEY.other = "@"',
    '[KEY]\na = "@"',
    '[ KEY . "q\\"r" ]\n\n a.b = "@" # "',
    '[KEY.deep.er]\na = "@"\n[KEY]\nb = "@"',
    '[[KEY]]\na="@"\n[KEY.sub]\nb="@"\n[[KEY]]\na="@"\n[[KEY.more]]\nc = "@"\n[[KEY.more]]\nd = ["@"]',
    "KEY = 1979-05-27 07:32:00 # a date",
    'KEY = [1, 2.5e3, true, 07:32:00, -inf, 0x1F, 1979-05-27 07:32:00 , "@"]',
    '# a comment = "no" [x]',
    '"\\u0441\\u0415KEY é \\t" = "@"',
    "'KEY \"' = '@'",
    "",
)
"""Of TOML; @ stands for the line that it is on."""


def document(pieces: list[str], end: str = "\n") -> str:
    """Return the pieces as one file, each with keys of its own, those of the root first."""
    tables = [piece for piece in pieces if piece.lstrip().startswith("[")]
    ordered = [piece for piece in pieces if piece not in tables] + tables
    text = "\n".join(piece.replace("KEY", f"k{number}") for number, piece in enumerate(ordered))
    lines = [line.replace("@", f"L{number} ") for number, line in enumerate(text.split("\n"), 1)]
    return end.join(lines)


def places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield all that there is, by its place."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield (*place, step), one
        yield from places(one, (*place, step))


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_every_value_has_a_line_and_texts_say_that_it_is_theirs(pieces: list[str]) -> None:
    text = document(pieces)
    told = dict(places(tomllib.loads(text)))
    lines = lines_of(text)
    assert lines.keys() == told.keys()
    for place, value in told.items():
        if isinstance(value, str):
            assert (found := re.match(r"L(\d+) ", value))
            assert lines[place] == int(found[1]), place


def test_all_pieces_together_and_with_the_line_ends_of_windows(tmp_path: Path) -> None:
    for end in ("\n", "\r\n"):
        (tmp_path / "all.toml").write_bytes(b"\xef\xbb\xbf" + document([*PIECES], end).encode())
        read = read_document(tmp_path / "all.toml", CurationError)
        texts = [(read.line(place), value) for place, value in places(read.values) if isinstance(value, str)]
        assert len(texts) > 20
        assert all(value.startswith(f"L{line} ") for line, value in texts)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = 1\nb = \n", "line 2: no TOML: Invalid value"),
        (b"a = 1\r\n\r\n[b\r\n", "line 3: no TOML: Expected ']'"),
        (b"[a]\n[b]\n[a]\n", "line 3: no TOML: Cannot declare ('a',) twice"),
        (b"[a]\nb = 1\nb = 2", "line 3: no TOML: Cannot overwrite a value"),
        (b'a = """\nb\n\n', "line 2: no TOML: Unterminated string"),
        (b"a = [1,\n2", "line 2: no TOML: Unclosed array"),
        (b"a = 1\nb = 'caf\xe9'\n", "line 2: byte 0xe9 is not UTF-8"),
        (b"a = 1\nb = 2020-02-31\n", "line 2: no TOML: Invalid date"),
        (b"a = " + b"[" * 5_000, "is no TOML: lists in lists without end"),
        (b"a = " + b"9" * 5_000, "is no TOML: "),
        (b"\xff\xfea\x00", "line 1: byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_one_line_that_says_where(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "clusters.toml"
    file.write_bytes(content)
    with pytest.raises(CurationError) as raised:
        read_document(file, CurationError)
    assert str(raised.value).startswith(f"{file}")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CurationError, match=r"cannot read .*: Is a directory"):
        read_document(tmp_path, CurationError)
