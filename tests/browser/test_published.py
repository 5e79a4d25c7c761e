"""A map that was published: cloned from its branch, or unpacked, and served below a path, as GitHub Pages does."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import mapmaker as mm

from .conftest import Open, served


@pytest.fixture(params=["github-pages", "zip", "directory"])
def published(listed: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The folder that a host shows, below another one."""
    place = tmp_path / "host" / "me" / "map"
    if request.param == "zip":
        mm.publish(listed, "zip", tmp_path / "map.zip")
        with zipfile.ZipFile(tmp_path / "map.zip") as archive:
            archive.extractall(place)
    elif request.param == "directory":
        mm.publish(listed, "directory", place)
    else:
        bare = tmp_path / "map.git"
        subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
        assert mm.publish(listed, into=bare).changed
        assert not mm.publish(listed, into=bare).changed
        subprocess.run(["git", "clone", "--quiet", "--branch", "gh-pages", str(bare), str(place)], check=True)
        shutil.rmtree(place / ".git")
    return place


def test_the_map_works_where_it_was_published(published: Path, open_map: Open) -> None:
    with served(published.parents[1]) as address:
        visit = open_map(base=f"{address}me/map/")
        visit.settle()
        assert "Posters <of> a program" in visit.page.title()
        for page in ("clusters/index.html", "quality/index.html", "list/titles-1.html"):
            visit.page.goto(f"{address}me/map/{page}")
            assert visit.page.locator("h1").is_visible()
        poster = visit.page.locator("#posters a[href^='../index.html#']").first
        title = poster.inner_text()
        poster.click()
        visit.settle()
        assert title in visit.title.inner_text()
