"""The workflow that publishes a map which is committed: what it says, and where it is written."""

import json
import shutil
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


@pytest.mark.parametrize("below", ["map", "my maps/the: 'one'"])
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
