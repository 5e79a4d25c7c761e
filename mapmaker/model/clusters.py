"""Groups of posters that are alike, and what they come from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mapmaker.model.arrays import Ints, require, require_integers

_SLUG = re.compile("[a-z0-9-]+")


@dataclass(frozen=True)
class Cluster:
    """A group of posters: `members` are selected rows, ascending; `slug` is of a-z, 0-9 and -; `name` may be "".

    `medoid`: the member that is most like all others, -1 where nobody knows; `shade`: its colours in words, for what
    has no name; `cohesion`: the mean cosine of all pairs;
    `contrast`: by how much they are less like those around them; `theme`: how clear a theme they show, in
    standard deviations of what is usual (`methods.clusterings.themes`); `note`: what the user has to say of it.
    """

    slug: str
    name: str
    members: Ints
    medoid: int = -1
    shade: str = ""
    cohesion: float = 0.0
    contrast: float = 0.0
    theme: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        require_called(self.slug, self.name)
        require_called(self.slug, self.shade)
        require(isinstance(self.note, str), f"clusters: note {self.note!r} of {self.slug} is not text")
        require(self.members.ndim == 1, f"clusters: members of {self.slug} are not a list")
        require(self.members.size, f"clusters: {self.slug} has no members")
        require_integers(self.members, f"clusters: members of {self.slug}")
        require((np.diff(self.members) > 0).all(), f"clusters: members of {self.slug} do not ascend")
        require(self.medoid == -1 or self.medoid in self.members, f"clusters: the medoid of {self.slug} is no member")
        figures = (self.cohesion, self.contrast, self.theme)
        require(np.isfinite(figures).all(), f"clusters: figures of {self.slug} are not finite")

    @property
    def called(self) -> str:
        """What to call it where it must be called something."""
        return called(self.slug, self.name or self.shade)


@dataclass(frozen=True)
class Clusters:
    """(n,) int32 label of each selected row, an index into `clusters`, -1 for none."""

    labels: Ints
    clusters: Sequence[Cluster]
    made: str = ""
    """A digest of how they were found; "" if nobody knows."""

    def __post_init__(self) -> None:
        slugs = {cluster.slug for cluster in self.clusters}
        require(len(slugs) == len(self.clusters), "clusters: a slug occurs twice")
        inside = (self.labels >= -1) & (self.labels < len(self.clusters))
        require(inside.all(), "clusters: a label names no cluster")
        told = np.full(len(self.labels), -1, np.int32)
        for label, cluster in enumerate(self.clusters):
            first, last = cluster.members[0], cluster.members[-1]
            require(first >= 0 and last < len(told), f"clusters: a member of {cluster.slug} is no poster")
            require((told[cluster.members] < 0).all(), f"clusters: a poster of {cluster.slug} is in two clusters")
            told[cluster.members] = label
        require(np.array_equal(told, self.labels), "clusters: labels and members differ")


@dataclass(frozen=True)
class Origin:
    """Where a cluster of the map comes from: `found`, slugs of the clusters that it was made of, and what was `done`.

    `line`: of clusters.toml, where the user says so; 0 for none. `done`: in words. `dropped`: it is not on the map.
    `into`: the slug of the cluster that it became part of, "" where it stands for itself. `whole`: it is the one that
    was found, but for posters that were put into it or taken out.
    """

    slug: str
    found: Sequence[str]
    line: int = 0
    done: Sequence[str] = ()
    dropped: bool = False
    into: str = ""
    whole: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether the map shows a cluster of this slug."""
        return not self.dropped and not self.into


def require_called(slug: object, name: object) -> None:
    """Raise ArtifactError for what no cluster can be called."""
    fits = isinstance(slug, str) and _SLUG.fullmatch(slug)
    require(fits, f"clusters: slug {slug!r} is not of a-z, 0-9 and - alone")
    require(isinstance(name, str), f"clusters: name {name!r} of {slug} is not text")
    require(not name or str(name).strip(), f"clusters: name {name!r} of {slug} is blank; none is ''")


def called(slug: str, name: str) -> str:
    """Return a cluster's `name`, or, if it has none, one made of its slug."""
    return name or f"Cluster {slug}"
