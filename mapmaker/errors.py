"""Everything mapmaker says no with, one line each: what, where, the value got, what to do.

MapmakerError
├── InputError           the user's to mend; exit code 2
│   ├── OptionError      an option that is unknown or out of range
│   ├── ImagesError      the folder of images
│   ├── MetadataError    the table of titles
│   ├── ModelError       a network, its weights, or features from elsewhere
│   │   └── DivergedError    a network in training that says no numbers any more
│   ├── MissingExtra     a package that is installed on request only
│   ├── ArtifactError    a file of the work folder that does not hold what it should
│   ├── CurationError    clusters.toml, in which the user says what clusters are to be
│   ├── QueryError       what is searched for is no poster, title or picture
│   │   └── AmbiguousQuery   it may be any of several posters
│   ├── HistoryError     what was watched cannot be read
│   ├── MilvusError      an index in Milvus that cannot be had
│   ├── FetchError       a page or picture of the web that cannot be had
│   ├── PublishError     a host, repository or branch that the map cannot be published to
│   ├── OutputError      the place where the map is to go
│   └── BusyError        another build holds the work folder
├── EngineError          our failure: work that died on the way; exit code 1
└── SiteError            our failure: a map that was built and is not whole; exit code 1
"""

import difflib
from collections.abc import Iterable, Sequence

MOST_TOLD = 8
"""Posters of which it is told that they may be meant."""
FEW = 12
"""Clusters that are told one by one to who names one that is not there."""


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


class DivergedError(ModelError):
    """A network in training says no numbers any more."""


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


class QueryError(InputError):
    """What is searched for is no poster, title or picture."""


class AmbiguousQuery(QueryError):  # noqa: N818 - named for what it is, as a person is asked which is meant
    """A `query` may mean any of several posters: `candidates`, pairs of id and title, the likeliest first."""

    def __init__(self, query: str, candidates: Sequence[tuple[str, str]]) -> None:
        super().__init__(query, candidates)
        self.query, self.candidates = query, candidates

    def __str__(self) -> str:
        told = ", ".join(f"{title} ({id_})" for id_, title in self.candidates[:MOST_TOLD])
        if len(self.candidates) == 1:
            return f"no poster is called {self.query!r}; did you mean {told}? Then give that id"
        more = f", and {len(self.candidates) - MOST_TOLD:,} more" if len(self.candidates) > MOST_TOLD else ""
        return f"{self.query!r} may be any of {len(self.candidates):,} posters: {told}{more}; give an id"


class HistoryError(InputError):
    """A history of what was watched cannot be read, or names no poster of the map."""


class MilvusError(InputError):
    """An index in Milvus cannot be reached, or is not ours."""


class FetchError(InputError):
    """A page or picture of the web cannot be had."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message, status)  # all that it takes to make it again in another process
        self.status = status
        """What the host answered with, such as 404; 0 if there was no answer, or none of use."""

    def __str__(self) -> str:
        return str(self.args[0])


class PublishError(InputError):
    """A map cannot be published where it was asked for."""


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


def near_cluster(slug: str, known: Sequence[str]) -> str:
    """Return the same of the slugs of a map's clusters; where they are many, some, and what tells them all."""
    if not known:
        return "the map has none"
    hint = near(slug, known)
    if len(known) <= FEW or not hint.startswith("known"):
        return hint
    return f"there are {len(known):,}, such as {', '.join(known[:3])}; mapmaker clusters list tells all"
