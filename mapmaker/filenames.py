"""Names of files that any system takes, each once: they may be unpacked, or looked at, on another machine."""

import re
from pathlib import PurePosixPath

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LONGEST, _LONGEST_BYTES = 100, 200
"""Characters of a name, and bytes: what fits everywhere, with a number behind it."""


def safe(name: str) -> str:
    """Return `name` without what Windows forbids, what steers a terminal, and what is no text."""
    path = PurePosixPath(_clean(name))
    return _allowed(_cut(path.stem, path.suffix[:10]))


def safe_stem(name: str) -> str:
    """Return the same of a name that has no suffix yet, whatever dots are in it: "Dr. Strangelove"."""
    return _allowed(_cut(_clean(name), "") or "_")


def _clean(name: str) -> str:
    text = "".join(c if c.isprintable() and not 0xD800 <= ord(c) < 0xE000 else "_" for c in name)
    return _FORBIDDEN.sub("_", text).strip(" ").rstrip(". ") or "_"


def _allowed(text: str) -> str:
    return f"_{text}" if _DEVICES.fullmatch(text) or text.startswith(".") else text


def _cut(stem: str, suffix: str) -> str:
    """Return a name that is not too long, cut before its suffix."""
    room = _LONGEST_BYTES - len(suffix.encode())
    short = stem[: _LONGEST - len(suffix)].encode()[:room].decode(errors="ignore")
    return (short + suffix).rstrip(". ")


class Names:
    """Gives each file a name of its own, whether or not a system tells capitals from small letters."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def own(self, name: str) -> str:
        """Return `name`, made safe; with a number in front of its ending if it is taken."""
        wanted = PurePosixPath(safe(name))
        found, number = wanted.name, 1
        while found.casefold() in self._taken:
            number += 1
            found = f"{wanted.stem} ({number}){wanted.suffix}"
        self._taken.add(found.casefold())
        return found
