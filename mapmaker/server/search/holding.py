"""The work folder of a map -> the finished map in memory, until another is finished; and what sees pictures for it.

While a build is at work, and after one that failed, the last finished map goes on to answer: all that questions need of
it is in memory, or in files that stay open. Looked for anew are the network, an index that somebody may have made
meanwhile, and the posters' own files.
"""

import asyncio
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from mapmaker import artifacts
from mapmaker.errors import ArtifactError, InputError
from mapmaker.finished import Held
from mapmaker.model import Arrangement, Layout
from mapmaker.search.collection import Collection, open_collection
from mapmaker.search.queries import Query, pictured
from mapmaker.search.seeing import Seer, make_seer
from mapmaker.search.views import views
from mapmaker.server.search.lanes import Lane

LOOKING_SECONDS = 30.0
WAITING = 8
"""Pictures that may wait for the network while it looks at another."""
LOOKED_SECONDS = 0.25
"""Between two looks at whether another map is finished: they would be a fifth of what an answer by id takes."""
AGAIN_SECONDS = 2.0
"""Between two tries to open a map that is being built."""


@dataclass(frozen=True)
class Shown:
    """A finished map: what is searched, and where each poster is. Row i of places is selected row i."""

    collection: Collection
    arrangement: Arrangement
    layout: Layout

    @cached_property
    def selected(self) -> dict[int, int]:
        """The selected row of each row that is on the map."""
        return {row: selected for selected, row in enumerate(self.collection.selected.tolist())}

    @cached_property
    def cells(self) -> Sequence[Sequence[int]]:
        """[column, row] of each selected row."""
        return self.arrangement.cells.tolist()  # type: ignore[no-any-return]  # lists of ints

    @cached_property
    def present(self) -> Sequence[int]:
        """The rows whose images are in the folder, ascending."""
        return self.collection.images.present.nonzero()[0].tolist()

    @cached_property
    def titles(self) -> Sequence[str]:
        """The titles of these, as they are compared."""
        return [self.collection.titles[row] for row in self.present]

    def cell(self, row: int) -> Sequence[int] | None:
        """Return the cell of a row, None if it is not on the map."""
        selected = self.selected.get(row)
        return None if selected is None else self.cells[selected]

    def warm(self) -> None:
        """Read what questions by id will need, and open what others will."""
        held = self.collection
        _ = held.rows, held.metadata, held.neighbors, held.vectors, held.features, held.space, held.on_map
        _ = self.selected, self.cells, self.titles, held.digests, held.record("features")
        _ = views(held, "graph", "cosine", [])[0].chance


def read_shown(work: Path) -> Shown:
    """Return the finished map in the folder `work`. ArtifactError if there is none."""
    collection = open_collection(work)
    count = len(collection.selected)
    arrangement = artifacts.read_arrangement(collection.held, count)
    shown = Shown(collection, arrangement, artifacts.read_layout(collection.held, count))
    collection.check()
    shown.warm()
    return shown


@dataclass
class Holding:
    """Holds the newest finished map of a work folder, and looks at pictures.

    `network`: the file of the extractor's weights or model, if it was moved.
    """

    work: Path
    network: Path | None = None
    looking: Lane = field(default_factory=lambda: Lane("the network", 1, WAITING, LOOKING_SECONDS))
    pictures: str = "loading"
    """Whether pictures can be looked at: "loading", "ready", or "none"."""
    why: str = ""
    """Why they cannot."""

    def __post_init__(self) -> None:
        self._shown = read_shown(self.work)
        self._opening = asyncio.Lock()
        self._look_at = 0.0
        self._seer: Seer | None = None

    @property
    def held(self) -> Held:
        """The work folder."""
        return self._shown.collection.held

    async def shown(self) -> Shown:
        """Return the newest map that is finished."""
        if time.monotonic() >= self._look_at and not self._opening.locked():
            self._look_at = time.monotonic() + LOOKED_SECONDS
            if not self._shown.collection.is_current:
                async with self._opening:
                    await self._open()
        return self._shown

    async def _open(self) -> None:
        try:
            self._shown = await asyncio.to_thread(read_shown, self.work)
        except ArtifactError:  # it is being built
            self._look_at = time.monotonic() + AGAIN_SECONDS

    async def look(self, shown: Shown, picture: bytes, called: str) -> Query:
        """Return what an image file holds. ImagesError for what is no picture, Crowded if too many others wait."""
        query = await self.looking.run(pictured, shown.collection, picture, called, lambda: self._make_seer(shown))
        if query.row is None:
            self.pictures, self.why = "ready", ""  # whatever was lacking when the network was loaded
        return query

    async def load(self) -> None:
        """Load the network, and let it look once, so that the first picture need not wait for that."""
        try:
            await asyncio.wrap_future(self.looking.begin(self._look_once, self._shown))
        except InputError as error:
            self.pictures, self.why = "none", str(error)
        else:
            self.pictures = "ready"

    def _look_once(self, shown: Shown) -> None:
        grey = io.BytesIO()
        Image.fromarray(np.full((8, 8, 3), 128, np.uint8)).save(grey, "PNG")
        self._make_seer(shown).features(grey.getvalue())

    def _make_seer(self, shown: Shown) -> Seer:
        """Return what sees pictures for this map; on the lane's one thread alone."""
        if self._seer is None or self._seer.collection is not shown.collection:
            self._seer = make_seer(shown.collection, self.network)
        return self._seer
