"""A small map, really built, repositories to publish to, and a git that knows nothing of this machine's settings."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import mapmaker as mm

Repository = Callable[..., str]


@pytest.fixture(scope="session")
def built(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with map/ and work/ of 30 demo posters; to be read only."""
    place = tmp_path_factory.mktemp("built")
    usual = {"extractor": "classic", "layout": "pca", "workers": 1, "poster_size": 48, "clusters": {"smallest": 3}}
    mm.build(posters, place / "map", posters / "metadata.csv", place / "work", title="One", **usual)  # type: ignore[arg-type]  # tables and values
    mm.build(posters, place / "other", posters / "metadata.csv", place / "work", title="Two", **usual)  # type: ignore[arg-type]
    return place


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of the map."""
    return Path(shutil.copytree(built / "map", tmp_path / "map"))


@pytest.fixture
def other(built: Path) -> Path:
    """The map of the same posters under another title; to be read only."""
    return built / "other"


@pytest.fixture(autouse=True)
def own_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """git's settings for the user, in a file of the test's own; temporary folders are below `tmp_path`, too."""
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = Jane Doe\nemail = jane@example.org\n[init]\ndefaultBranch = main\n")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.delenv(f"GIT_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return settings


def git(folder: Path, *words: str) -> str:
    """Run git in a folder; return what it prints."""
    own = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_INDEX_FILE")}
    said = subprocess.run(["git", *words], cwd=folder, env=own, capture_output=True, text=True, check=True)
    return said.stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty bare repository that, like GitHub, can send names without contents."""
    folder = tmp_path / "host" / "map.git"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(
        folder, "config", "receive.unpackLimit", "1"
    )  # each push is kept as it came: so what is sent twice counts twice
    return folder


@pytest.fixture
def work(tmp_path: Path, bare: Path) -> Path:
    """A repository of the user's with a commit, whose origin is the bare one."""
    folder = tmp_path / "mine"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "README").write_text("mine\n")
    git(folder, "add", "README")
    git(folder, "commit", "--quiet", "-m", "Mine")
    git(folder, "remote", "add", "origin", str(bare))
    return folder


def state(bare: Path) -> tuple[str, str]:
    """Return all refs of a repository, and how many objects it holds."""
    counted = dict(line.split(": ") for line in git(bare, "count-objects", "-v").splitlines())
    return git(bare, "for-each-ref"), f"{int(counted['count']) + int(counted['in-pack'])}"


def cloned(bare: Path, folder: Path, branch: str = "gh-pages") -> Path:
    """Clone a branch."""
    git(bare, "clone", "--quiet", "--branch", branch, str(bare), str(folder))
    return folder
