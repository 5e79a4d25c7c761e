"""What many tests share: pictures, a workspace to run stages in, the command, and how to compare folders."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from mapmaker.methods.engines.local import Local
from mapmaker.progress import Silence
from mapmaker.sources.demo import write_posters
from mapmaker.stages import Job
from mapmaker.workspace import Workspace

# The machine may be busy, so nothing is timed; the same examples are tried in every run.
settings.register_profile("mapmaker", deadline=None, derandomize=True, max_examples=40, database=None)
settings.load_profile("mapmaker")

pytest.register_assert_rewrite("tests.stages.bench", "tests.tiles.pictures")  # whose asserts tell the values, too

Picture = Callable[..., Path]
Pictures = Callable[[Path, int], Path]
Tree = Callable[[Path], dict[str, str]]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


class Notes(Silence):
    """A `Progress` that remembers its warnings, and what it was to show."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.shown: list[str] = []

    def warn(self, message: str) -> None:
        """Remember."""
        self.warnings.append(message)

    def show(self, lines: Sequence[str]) -> None:
        """Remember."""
        self.shown += lines


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Draws a small picture of coarse noise, always the same for the same seed, and returns its path."""

    def draw(path: Path, seed: int = 0, size: tuple[int, int] = (40, 60)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
        Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(path)
        return path

    return draw


@pytest.fixture(scope="session")
def pictures(picture: Picture) -> Pictures:
    """Draws so many pictures into a folder and returns it."""

    def draw(folder: Path, count: int) -> Path:
        for index in range(count):
            picture(folder / f"p{index:02}.png", index)
        return folder

    return draw


@pytest.fixture(scope="session")
def posters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 30 demo posters and their metadata.csv; to be read only."""
    folder = tmp_path_factory.mktemp("demo") / "posters"
    write_posters(folder, 30)
    return folder


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """What a stage is handed, with the folders images/, map/ and work/ below `tmp_path`."""
    images = tmp_path / "images"
    images.mkdir()
    with Workspace(tmp_path / "work") as work:
        yield Job(work, images, tmp_path / "map", None, Local(1), Notes())


@pytest.fixture(scope="session")
def tree() -> Tree:
    """Tells everything below a folder: digests of files, targets of links, and folders, by path."""

    def tell(folder: Path) -> dict[str, str]:
        return {path.relative_to(folder).as_posix(): _content(path) for path in sorted(folder.rglob("*"))}

    return tell


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs `mapmaker ...` in `tmp_path` as a process of its own."""

    def run(*arguments: str | Path, **more: object) -> "subprocess.CompletedProcess[str]":
        words = [sys.executable, "-m", "mapmaker", *map(str, arguments)]
        environment = {**os.environ, "PYTHONWARNINGS": "error"}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # the caller's own keywords
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, **more
        )

    return run
