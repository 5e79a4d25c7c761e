"""Everything mapmaker says no with, one line each: what, where, the value got, what to do.

MapmakerError
├── InputError           the user's to mend; exit code 2
│   ├── OptionError      an option that is unknown or out of range
│   ├── ImagesError      the folder of images
│   ├── MetadataError    the table of titles
│   ├── ModelError       a network, its weights, or features from elsewhere
│   ├── MissingExtra     a package that is installed on request only
│   ├── ArtifactError    a file of the work folder that does not hold what it should
│   ├── CurationError    clusters.toml, in which the user says what clusters are to be
│   ├── OutputError      the place where the map is to go
│   └── BusyError        another build holds the work folder
├── EngineError          our failure: work that died on the way; exit code 1
└── SiteError            our failure: a map that was built and is not whole; exit code 1
"""

import difflib
from collections.abc import Iterable


class MapmakerError(Exception):
    """Base of all deliberate errors; its text is one line fit to be shown to a user."""


class InputError(MapmakerError):
    """Something the user gave cannot be used."""


class OptionError(InputError):
    """An option is unknown, or its value is out of range."""


class ImagesError(InputError):
    """The folder of images is missing, empty, or holds no readable image."""


class MetadataError(InputError):
    """The metadata table cannot be read or joined."""


class ModelError(InputError):
    """A network, its weights, or a file of features cannot be used."""


class MissingExtra(InputError):  # noqa: N818 - named for what is missing, as the docs call it
    """A package is needed that only an extra installs."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(purpose, extra)  # all that it takes to make it again in another process

    def __str__(self) -> str:
        purpose, extra = self.args
        return f"{purpose} needs the {extra} extra: pip install 'mapmaker[{extra}]'"


class ArtifactError(InputError):
    """A file of the work folder does not hold what it should."""


class CurationError(InputError):
    """What clusters.toml says of clusters cannot be done."""


class OutputError(InputError):
    """The map cannot be written where it was asked for."""


class BusyError(InputError):
    """Another build is at work in the same work folder."""


class EngineError(MapmakerError):
    """Spread work died on the way."""


class SiteError(MapmakerError):
    """A map was built that is not whole."""


def near(name: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the known name nearest to `name`, or, if none is near, what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known: " + ", ".join(names)
