"""A work folder -> the posters of its finished map, to be searched: each thing is read when it is first needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker import artifacts
from mapmaker.errors import ArtifactError
from mapmaker.finished import Held, check_finished
from mapmaker.methods.neighbors import Space
from mapmaker.model import Floats, Images, Metadata, Neighbors
from mapmaker.search.titles import folded
from mapmaker.workspace import RECORD, Record

_STAGES = ("scan", "metadata", "features", "neighbors", "triage", "raster", "compose")
"""Stages that make what is searched; each run of one changes its record."""
Stamp = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True)
class Collection:
    """What is searched. A row is an image; `selected` are those on the map, ascending."""

    held: Held
    images: Images
    selected: NDArray[np.int64]
    stamp: Stamp
    principal: dict[int, Space] = field(default_factory=dict)
    """Spaces of principal components that somebody has asked for, by how many there are."""
    chance: dict[tuple[str, str], Floats] = field(default_factory=dict)
    """Similarities of random pairs, ascending, by the names of the space and of the measure."""

    records: dict[str, Record | None] = field(default_factory=dict)
    """What stages did for this map, of those that somebody has asked for."""

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Every image by its id."""
        return {id_: row for row, id_ in enumerate(self.images.id)}

    @cached_property
    def on_map(self) -> NDArray[np.bool_]:
        """(rows,) whether an image is on the map."""
        chosen = np.zeros(len(self.images), bool)
        chosen[self.selected] = True
        return chosen

    @cached_property
    def metadata(self) -> Metadata:
        """Titles and the other columns of the table."""
        found = artifacts.read_metadata(self.held, len(self.images))
        self.check()
        return found

    @cached_property
    def titles(self) -> Sequence[str]:
        """(rows,) titles as they are compared."""
        return [folded(title) for title in self.metadata.title]

    @cached_property
    def neighbors(self) -> Neighbors:
        """The graph: each row's nearest."""
        found = artifacts.read_neighbors(self.held, len(self.images))
        self.check()
        return found

    @cached_property
    def vectors(self) -> Floats:
        """(rows, c) of unit length: the space that the graph is of. They stay in their file."""
        found = artifacts.read_features(self.held, artifacts.VECTORS, len(self.images)).values
        self.check()
        return found

    @cached_property
    def features(self) -> Floats:
        """(rows, d) what the extractor saw. They stay in their file."""
        found = artifacts.map_features(self.held, len(self.images))
        made_of = self.record("neighbors").inputs.get(artifacts.FEATURES)
        if self.held.digest(artifacts.FEATURES) != made_of:
            file = self.held.path(artifacts.FEATURES)
            raise ArtifactError(f"{file} is not what the map was made from; bring it up to date with: mapmaker build")
        self.check()
        return found

    @cached_property
    def space(self) -> Space:
        """How features become vectors."""
        found = Space(*artifacts.read_space(self.held))
        self.check()
        if len(found.mean) != self.features.shape[1]:
            file = self.held.path(artifacts.SPACE)
            raise ArtifactError(
                f"{file} is of {len(found.mean):,} numbers, the features have {self.features.shape[1]:,}"
            )
        return found

    def called(self, row: int) -> str:
        """Return the title of a row, or its path if it has none."""
        return self.metadata.title[row] or self.images.path[row]

    def record(self, stage: str) -> Record:
        """Return what a stage did for this map. ArtifactError if nobody knows."""
        if stage not in self.records:
            found = self.held.record(stage)
            self.check()
            self.records[stage] = found
        if (found := self.records[stage]) is None:
            raise ArtifactError(f"{self.held.folder} does not tell what the {stage} stage did; run: mapmaker build")
        return found

    @cached_property
    def digests(self) -> Mapping[str, str | None]:
        """Digests of what an index is made of, by the names of the artefacts."""
        found = {name: self.held.digest(name) for name in (artifacts.VECTORS, artifacts.SELECTION)}
        self.check()
        return found

    @property
    def is_current(self) -> bool:
        """Whether no build has changed the map since it was opened."""
        return _stamp(self.held.folder) == self.stamp

    def check(self) -> None:
        """Raise ArtifactError if a build has changed the map since it was opened."""
        if not self.is_current:
            raise ArtifactError(f"the map of {self.held.folder} was built anew meanwhile; ask again")


def open_collection(work: Path) -> Collection:
    """Return the finished map in the folder `work`, held in memory until it is built anew. ArtifactError for none."""
    return _opened(work, _stamp(work))


@lru_cache(maxsize=1)
def _opened(work: Path, stamp: Stamp) -> Collection:
    held = Held(work)
    check_finished(held)
    images = artifacts.read_images(held)
    found = Collection(held, images, artifacts.read_selection(held, len(images)).rows, stamp)
    found.check()
    return found


def _stamp(work: Path) -> Stamp:
    """Return what another build would change: size and time of each record."""
    found: list[tuple[int, int] | None] = []
    for stage in _STAGES:
        try:
            status = (work / f"{stage}{RECORD}").stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)
