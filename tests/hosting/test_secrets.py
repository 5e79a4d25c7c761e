"""Passwords and tokens: they let in, and stand nowhere: not in messages, commits, files, or words of a command."""

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker.errors import PublishError
from mapmaker.hosting.git import Git
from tests.conftest import Command

from .conftest import git, state
from .serving import serving

USER, SECRET = "jane", "s3kr:t/@% 1"
QUOTED = "s3kr%3At%2F%40%25%201"
HIDDEN = (SECRET, QUOTED, base64.b64encode(f"{USER}:{SECRET}".encode()).decode())


@pytest.fixture
def server(bare: Path) -> Iterator[str]:
    """Host and port of a server of the bare repository, map.git, that lets in who knows the password."""
    git(bare, "config", "http.receivepack", "true")
    with serving(bare.parent, USER, SECRET) as host:
        yield host


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of every word that git is called with, by us or by itself."""
    programs, said, real = tmp_path / "programs", tmp_path / "words", shutil.which("git")
    programs.mkdir()
    (programs / "git").write_text(f'#!/bin/sh\necho "$@" >> {said}\nexec {real} "$@"\n')
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return said


def everything(folder: Path) -> bytes:
    return b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def test_a_password_in_the_address_lets_in_and_is_seen_nowhere(
    site: Path, bare: Path, server: str, words: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")
    url = f"http://{USER}:{QUOTED}@{server}/map.git"
    for arguments in ((), ("--json",), ()):
        said = command("publish", "github-pages", site, "--remote", url, *arguments)
        assert said.returncode == 0, said.stderr
        assert f"http://{server}/map.git, branch gh-pages" in said.stdout
        for text in (said.stdout, said.stderr, words.read_text(encoding="utf-8")):
            assert not any(hidden in text for hidden in HIDDEN)
    assert "gh-pages" in state(bare)[0]
    assert "push" in words.read_text(encoding="utf-8")
    kept = everything(bare) + everything(tmp_path / "tmp") + git(bare, "log", "-p", "--format=raw", "gh-pages").encode()
    assert not any(hidden.encode() in kept for hidden in HIDDEN)


@pytest.mark.parametrize("wrong", [f"{USER}:wrong-{QUOTED}", "ghp_wrongtoken123", f"{USER}:{QUOTED}x"])
def test_a_wrong_one_is_one_line_without_it(site: Path, bare: Path, server: str, command: Command, wrong: str) -> None:
    said = command("publish", "github-pages", site, "--remote", f"http://{wrong}@{server}/map.git", "--quiet")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "does not let you in: log in first" in said.stderr
    assert not any(hidden in said.stderr for hidden in (*HIDDEN, "wrong", "ghp_"))
    assert state(bare) == ("", "0")


def test_nor_is_one_seen_that_stands_in_the_repository_s_own_settings(
    site: Path, work: Path, bare: Path, server: str, words: Path, command: Command
) -> None:
    git(work, "remote", "set-url", "origin", f"http://{USER}:{QUOTED}@{server}/map.git")
    words.write_text("")
    said = command("publish", "github-pages", site, "--remote", "nowhere")
    assert said.returncode == 2
    shutil.move(site, work / "map")
    said = command("publish", "github-pages", work / "map")
    assert said.returncode == 0, said.stderr
    assert not any(hidden in said.stdout + said.stderr + words.read_text(encoding="utf-8") for hidden in HIDDEN)
    assert "gh-pages" in state(bare)[0]


def test_a_header_that_the_repository_sends_lets_in_as_in_github_s_actions(
    site: Path, other: Path, work: Path, bare: Path, server: str, monkeypatch: pytest.MonkeyPatch, words: Path
) -> None:
    git(work, "remote", "set-url", "origin", f"http://{server}/map.git")
    monkeypatch.chdir(work)
    with pytest.raises(PublishError, match="does not let you in"):
        mm.publish(site)
    git(
        work,
        "config",
        f"http.http://{server}/.extraheader",
        f"AUTHORIZATION: basic {HIDDEN[2]}".replace("basic", "Basic"),
    )
    words.write_text("")
    assert mm.publish(site).changed
    assert not mm.publish(site).changed
    before = int(state(bare)[1])
    done = mm.publish(other)
    assert done.changed
    assert int(state(bare)[1]) - before < done.new + 20  # with folders and the commit: what is there is not sent again
    assert not any(hidden in words.read_text(encoding="utf-8") for hidden in HIDDEN)


def test_a_helper_of_the_user_s_lets_in_and_is_not_told_of_passwords_in_addresses(
    site: Path, bare: Path, server: str, own_git: Path, tmp_path: Path
) -> None:
    store = tmp_path / "credentials"
    with own_git.open("a") as file:
        file.write(f"[credential]\nhelper = store --file={store}\n")
    mm.publish(site, into=f"http://{USER}:{QUOTED}@{server}/map.git")
    assert not store.exists()
    store.write_text(f"http://{USER}:{QUOTED}@{server}\n")
    assert not mm.publish(site, into=f"http://{server}/map.git").changed
    assert not mm.publish(site, into=f"http://{USER}@{server}/map.git").changed


def test_what_servers_say_is_told_without_what_is_secret() -> None:
    told = Git(Path(), secrets=["s3kret", "s3kret-longer"]).clean(
        "fatal: unable to access 'https://me:pass@example.org/x': s3kret-longer, s3kret; ssh://git:pw@example.org"
    )
    assert told == "fatal: unable to access 'https://example.org/x': ***, ***; ssh://example.org"
