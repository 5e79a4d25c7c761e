"""A small map with clusters, to be exported."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.export import Exported
from mapmaker.model import Arrangement, Clusters, Images
from mapmaker.workspace import Workspace

COUNT = 23
MEMBERS = {"alike": [0, 3, 4, 7, 9, 12, 20], "few": [1, 2], "alone": [5]}
"""Selected rows by slug."""


class Mapped:
    """A folder of pictures, and the map of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.out, self.work = folder / "posters", folder / "map", folder / ".mapmaker" / "map"

    def build(self, **more: Any) -> None:
        """Build the map, or bring it up to date."""
        mm.build(self.posters, self.out, workers=1, extractor="classic", layout="pca", poster_size=24, **more)

    def copy(self, folder: Path) -> "Mapped":
        """Return a copy below `folder`, without the map's site, whose posters may be harmed."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2)
        return Mapped(folder)

    def poster(self, out: Path, **options: Any) -> Exported:
        """Draw it for the wall."""
        return mm.export_poster(self.work, out, workers=1, **options)

    def clusters(self, out: Path, **options: Any) -> Exported:
        """Take its clusters out."""
        return mm.export_clusters(self.work, out, workers=1, **options)

    def images(self) -> Images:
        """Return the table of images; nothing is left out, so that selected rows are rows."""
        return artifacts.read_images(Workspace(self.work))

    def arrangement(self) -> Arrangement:
        """Return where posters are."""
        return artifacts.read_arrangement(Workspace(self.work))

    def read_clusters(self) -> Clusters:
        """Return the clusters."""
        return artifacts.read_clusters(Workspace(self.work))

    def at(self, column: int, row: int) -> str | None:
        """Return the path of the poster on a cell."""
        found = np.flatnonzero((self.arrangement().cells == (column, row)).all(axis=1))
        return self.images().path[int(found[0])] if len(found) else None


@pytest.fixture(scope="session")
def mapped(tmp_path_factory: pytest.TempPathFactory, picture: Callable[..., Path]) -> Mapped:
    """A map of 23 pictures with three clusters, not all of it full; to be read only."""
    made = Mapped(tmp_path_factory.mktemp("exports") / "project")
    for index in range(COUNT):
        ending = ("png", "jpg")[index % 2]
        picture(made.posters / f"folder {index % 3}" / f"p{index // 3}.{ending}", index, (80, 120))
    options = {"metadata": made.folder / "table.csv", "columns": 5, "rows": 6, "triage": {"near": "off"}}
    with (made.folder / "table.csv").open("w", encoding="utf-8") as table:
        table.write("filename,title,year\n")
        table.writelines(
            f"{path.relative_to(made.posters).as_posix()},Film {path.stem},1990\n"
            for path in sorted(made.posters.rglob("*.*"))
        )
    made.build(**options)
    rows = [{"slug": slug, "name": slug.title(), "members": members} for slug, members in MEMBERS.items()]
    told = {"posters": COUNT, "made": "", "clusters": rows}
    (made.work / artifacts.CLUSTERS).write_text(json.dumps(told), encoding="utf-8")
    made.build(**options)
    return made


@pytest.fixture
def own(mapped: Mapped, tmp_path: Path) -> Mapped:
    """A copy of it, to be harmed."""
    return mapped.copy(tmp_path / "project")


def pixels(file: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return what Pillow reads of a picture."""
    with Image.open(file) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(np.int16)
