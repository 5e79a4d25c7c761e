"""A small map to be searched: noise, of which no picture is like another, and close copies of some of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.model import Floats, Images
from mapmaker.workspace import Workspace

COUNT = 30
SCANS = (3, 11, 20)
"""Pictures of which there is another scan, darker and smaller."""
TITLES = {0: "Alien", 1: "Aliens", 2: "Amélie", 3: "Metropolis", 4: "Metropolis", 5: "A bout de souffle"}


class Searched:
    """A folder of pictures, and the map of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posters, self.work = folder / "posters", folder / ".mapmaker" / "map"

    def build(self, **more: Any) -> None:
        """Build the map, or bring it up to date."""
        chosen = {"extractor": "classic", "layout": "pca", "poster_size": 24, "triage": {"near": "off"}, **more}
        mm.build(self.posters, self.folder / "map", self.folder / "table.csv", workers=1, **chosen)

    def copy(self, folder: Path) -> "Searched":
        """Return a copy below `folder`, without the site, which may be harmed."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2)
        return Searched(folder)

    def images(self) -> Images:
        """Return the table of images; all are on the map, so that rows are selected rows."""
        return artifacts.read_images(Workspace(self.work))

    def id(self, name: str) -> str:
        """Return the id of the poster in a file."""
        images = self.images()
        return images.id[list(images.path).index(name)]

    def features(self, name: str = artifacts.FEATURES) -> Floats:
        """Return the features, or vectors."""
        return np.load(self.work / name)  # type: ignore[no-any-return]  # an array


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory, picture: Callable[..., Path]) -> Searched:
    """A map of 33 pictures, three of them other scans of one that is there; to be read only."""
    made = Searched(tmp_path_factory.mktemp("search") / "project")
    for index in range(COUNT):
        picture(made.posters / f"p{index:02}.png", index, (80, 120))
    for index in SCANS:
        with Image.open(made.posters / f"p{index:02}.png") as image:
            image.resize((60, 90)).point(lambda value: value * 0.95).save(made.posters / f"scan{index:02}.jpg")
    with (made.folder / "table.csv").open("w", encoding="utf-8") as table:
        table.write("filename,title,year,tags,IMDb score\n")
        for index, file in enumerate(sorted(made.posters.iterdir())):
            year = "" if index == 7 else 1970 + index
            tags = ("horror|space", "drama", "")[index % 3]
            score = "n/a" if index == 9 else 5 + index / 10
            table.write(f"{file.name},{TITLES.get(index, f'Film number {index}')},{year},{tags},{score}\n")
    made.build()
    return made


@pytest.fixture
def own(searched: Searched, tmp_path: Path) -> Searched:
    """A copy of it, to be harmed."""
    return searched.copy(tmp_path / "project")
