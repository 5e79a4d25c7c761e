"""The workflow that publishes a map which is committed: what it says, and where it is written."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import mapmaker as mm
from mapmaker.errors import OutputError, PublishError

from .conftest import git

FILE = ".github/workflows/publish-map.yml"


def read(work: Path) -> dict[str, Any]:
    """The workflow; YAML 1.1 takes the word "on" for true."""
    return {
        {True: "on"}.get(key, key): value
        for key, value in yaml.safe_load((work / FILE).read_text(encoding="utf-8")).items()
    }


@pytest.mark.parametrize("below", ["map", "my maps/the: 'one'", "maps of \U0001f3ac"])
def test_it_uploads_the_map_s_folder_whenever_that_is_pushed(site: Path, work: Path, below: str) -> None:
    (work / below).parent.mkdir(exist_ok=True)
    folder = Path(shutil.move(site, work / below))
    git(work, "checkout", "--quiet", "-b", "maps/of-mine")
    done = mm.publish(folder, "workflow")
    assert (done.changed, done.place) == (True, str(work / FILE))
    told = read(work)
    assert told["on"]["push"] == {"branches": ["maps/of-mine"], "paths": [f"{below}/**", FILE]}
    assert told["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    (job,) = told["jobs"].values()
    used = [step["uses"].partition("@")[0] for step in job["steps"]]
    assert used == [
        "actions/checkout",
        "actions/configure-pages",
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    ]
    assert job["steps"][2]["with"] == {"path": below}
    assert job["environment"] == {"name": "github-pages", "url": "${{ steps.deployed.outputs.page_url }}"}
    assert job["steps"][3]["id"] == "deployed"
    assert not mm.publish(folder, "workflow").changed
    assert git(work, "status", "--porcelain", "--", FILE, below).count("\n") == 1  # nothing is added or committed


def test_a_map_that_git_is_to_ignore_is_told(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    assert len(mm.publish(folder, "workflow").notes) == 1
    (work / ".gitignore").write_text("map/\n")
    assert "told to ignore map" in mm.publish(folder, "workflow").notes[1]


def test_signs_of_patterns_in_names_stand_for_themselves(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "!a [1]+b"))
    git(work, "checkout", "--quiet", "-b", "c+d!")
    mm.publish(folder, "workflow")
    told = read(work)
    assert told["on"]["push"] == {"branches": [r"c\+d\!"], "paths": [r"\!a \[1\]\+b/**", FILE]}
    assert told["jobs"]["publish"]["steps"][2]["with"] == {"path": "!a [1]+b"}


@pytest.mark.parametrize("name", ["a ${{ github.token }}", "a\nb", "a\u0085b"])
def test_a_folder_that_a_workflow_cannot_name_is_refused(site: Path, work: Path, name: str) -> None:
    folder = Path(shutil.move(site, work / name))
    with pytest.raises(PublishError, match="a workflow cannot name the folder"):
        mm.publish(folder, "workflow")
    assert not (work / FILE).exists()


def test_files_that_git_ignores_or_keeps_elsewhere_are_told(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    (folder / ".gitignore").write_text("/index.html\n/data/map.js\n")
    (work / ".gitattributes").write_text("*.webp filter=lfs\n")
    _, ignored, kept = mm.publish(folder, "workflow").notes
    assert "to ignore 2 files of map, which would not be published" in ignored
    assert f"git LFS keeps {len(list(folder.rglob('*.webp')))} files of map" in kept


def test_the_address_is_told(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    git(work, "remote", "set-url", "origin", "https://me:s3cretword@github.com/me/map.git")
    done = mm.publish(folder, "workflow")
    assert done.url == "https://me.github.io/map/"
    assert "build with --base-url https://me.github.io/map/" in done.notes[1]
    assert "s3cretword" not in repr(done)


def test_a_link_is_not_followed_out_of_the_repository(site: Path, work: Path, tmp_path: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    (tmp_path / "elsewhere").mkdir()
    (work / ".github").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"\.github is a link"):
        mm.publish(folder, "workflow")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_it_does_not_push_to_is_not_to_be_given(
    site: Path, command: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    said = command("publish", "github-pages", site, "--workflow", "--branch", "gh-pages")
    assert said.returncode == 2
    assert "--workflow pushes nothing: leave out --remote and --branch" in said.stderr


def test_a_workflow_of_the_user_s_is_overwritten_by_word_only(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    (work / FILE).parent.mkdir(parents=True)
    (work / FILE).write_text("name: mine\n")
    with pytest.raises(OutputError, match="was not written by mapmaker; nothing was published"):
        mm.publish(folder, "workflow")
    assert mm.publish(folder, "workflow", yes=True).changed


def test_outside_of_a_repository_there_is_no_place_for_it(site: Path) -> None:
    with pytest.raises(PublishError, match="is in no working tree of git"):
        mm.publish(site, "workflow")


def test_a_map_that_is_broken_gets_none(site: Path, work: Path) -> None:
    folder = Path(shutil.move(site, work / "map"))
    (folder / "index.html").unlink()
    with pytest.raises(mm.MapmakerError, match="is not whole"):
        mm.publish(folder, "workflow")
    assert not (work / FILE).exists()
    assert json.dumps(git(work, "status", "--porcelain")) == '"?? map/"'
