"""The examples do what they say: the notebook is executed, the workflow's commands are run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import yaml

import mapmaker as mm
from tests.conftest import Tree

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_notebook_runs_from_fetching_to_a_published_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    document: Any = nbformat.read(EXAMPLES / "from-fetch-to-published.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # it has no types
    assert all(not cell.get("outputs") for cell in document.cells), "outputs are not kept: clear them"
    nbclient.NotebookClient(
        document, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in document.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output["output_type"] == "error"]
    said = "".join(output.get("text", "") for output in outputs)
    assert "120 came; the second time 0, as 120 were there" in said
    assert "the second time: nothing to push" in said
    assert any("text/html" in output.get("data", {}) for output in outputs)  # the map is shown
    (place,) = tmp_path.glob("map-*")
    assert f"whole in {place / 'shown'}" in said
    assert mm.check(place / "shown").base_url == "https://me.github.io/map/"


def test_nothing_installs_by_name_alone_what_is_another_program_s_in_package_indexes() -> None:
    told = [*EXAMPLES.iterdir(), *EXAMPLES.parent.glob("docs/**/*.md"), *EXAMPLES.parent.glob("*.md")]
    for file in told:
        text = file.read_text(encoding="utf-8").replace("\\", "")
        assert not re.search(r"pip install (-\S+ )*[\"']?mapmaker|^\s*MAPMAKER: *[\"']?mapmaker", text, re.M), file


@pytest.fixture
def workflow() -> dict[Any, Any]:
    return dict(yaml.safe_load((EXAMPLES / "build-map.yml").read_text(encoding="utf-8")))


def test_the_workflow_has_what_actions_ask_for_and_no_right_too_many(workflow: dict[Any, Any]) -> None:
    assert {"name", "env", "permissions", "concurrency", "jobs"} < workflow.keys()
    assert workflow[True]["push"]["paths"][:2] == ["posters/**", "posters.csv"]  # YAML 1.1 takes "on" for true
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert jobs["publish"]["needs"] == "build"
    assert "write" not in jobs["build"]["permissions"].values()  # where packages of others run
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    for job in jobs.values():
        assert job["runs-on"] == "ubuntu-latest"
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert "${{" not in step.get("run", "")  # what comes from outside is no part of a command
            action, _, version = step.get("uses", "actions/x@v1").partition("@")
            assert action.startswith("actions/")
            assert version.startswith("v")
    kept = next(step for step in jobs["build"]["steps"] if step.get("uses", "").startswith("actions/cache"))
    assert {".mapmaker", "map"} < set(kept["with"]["path"].split())
    assert kept["with"]["restore-keys"] in kept["with"]["key"]


def test_the_workflow_s_commands_build_a_map_and_build_it_again_from_what_is_kept(
    workflow: dict[Any, Any], posters: Path, tmp_path: Path, tree: Tree
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "mapmaker").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mapmaker "$@"\n')
    (programs / "mapmaker").chmod(0o755)
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "posters").symlink_to(posters)
    given = {**workflow["env"], "EXTRACTOR": "classic", "BASE_URL": "https://me.github.io/map"}
    environment = {**os.environ, **given, "PATH": f"{programs}:{os.environ['PATH']}"}
    commands = [step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    assert commands[0].startswith('python -m pip install "${MAPMAKER:?')
    assert given["MAPMAKER"] == ""
    done = subprocess.run(
        ["bash", "-e", "-c", commands[0]], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "say below env, in this workflow, where mapmaker is to come from" in done.stderr
    said = []
    for times in range(2):
        for command in commands[1:]:
            # As GitHub runs it.
            done = subprocess.run(
                ["bash", "-e", "-c", command],
                cwd=repository,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            said.append(done.stdout)
        if not times:
            built = tree(repository / "map")
            checked = mm.check(repository / "map")
            assert checked.whole
            assert (checked.posters, checked.base_url) == (30, "https://me.github.io/map/")
    assert "nothing had changed" in said[2]
    assert tree(repository / "map") == built
    (repository / "posters.csv").write_bytes((posters / "metadata.csv").read_bytes())
    subprocess.run(["bash", "-e", "-c", commands[1]], cwd=repository, env=environment, check=True)
    assert tree(repository / "map") != built  # titles of the table
