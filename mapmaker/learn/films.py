"""Posters' files and what a table says of their films -> which posters are of one film, copies included.

Two files of the same bytes are one picture, whatever the table says of them: in two splits, a network would be asked
what it has learned by heart.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mapmaker.workspace import file_digest

GONE = ""
"""In place of a digest: of a file that cannot be read."""
READERS = 8


def digests(files: Sequence[Path]) -> list[str]:
    """Return the SHA-256 of each file, `GONE` for one that cannot be read."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(_digest, files))


def joined(films: Sequence[str], contents: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the film of each poster, films that share a picture made one: the first that is more than a poster's name.

    `films`: what is known of them, a poster's own name where nothing is.
    """
    film_of: dict[str, str] = {}
    known = {film for film, name in zip(films, names, strict=True) if film != name}
    shown_by: dict[str, str] = {}
    for film, content in zip(films, contents, strict=True):
        film_of.setdefault(film, film)
        if content == GONE:
            continue
        one, other = _first(film_of, shown_by.setdefault(content, film)), _first(film_of, film)
        if one != other:
            kept, lost = (other, one) if other in known and one not in known else (one, other)
            film_of[lost] = kept
    return [_first(film_of, film) for film in films]


def copied(names: Sequence[str], contents: Sequence[str]) -> list[str]:
    """Return the posters whose file an earlier one has, too."""
    first: dict[str, str] = {}
    return [
        name
        for name, content in zip(names, contents, strict=True)
        if content != GONE and first.setdefault(content, name) != name
    ]


def _first(film_of: dict[str, str], film: str) -> str:
    """Return what a film is called by now."""
    while film_of[film] != film:
        film = film_of[film]
    return film


def _digest(file: Path) -> str:
    try:
        return file_digest(file)
    except OSError:
        return GONE
