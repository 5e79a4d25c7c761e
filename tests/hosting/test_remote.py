"""Getting to a repository: what an address may be, who is told a password, and which settings of the user's count."""

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import mapmaker as mm
from mapmaker.errors import PublishError
from mapmaker.hosting import git as hosting_git
from mapmaker.hosting.remote import find_remote

from .conftest import git, state
from .serving import serving

SECRET = "s3cretword"


@contextmanager
def answering(status: int, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Answer every request alike; yield host and port, and the names and passwords that came."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization") or self.headers.get("Proxy-Authorization")
            if given:
                told.append(base64.b64decode(given.split()[1]).decode())
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value.format(path=self.path))
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name that Python's server calls

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", told
        server.shutdown()
        thread.join()


def test_a_password_is_for_the_host_of_the_address_and_for_none_that_it_redirects_to(site: Path) -> None:
    with answering(401, WWW_Authenticate='Basic realm="x"') as (thief, told):
        with answering(302, Location=f"http://{thief}{{path}}") as (host, _), pytest.raises(PublishError) as caught:
            mm.publish(site, into=f"http://me:{SECRET}@{host}/map.git")
        assert told == []
        assert SECRET not in str(caught.value)
        with pytest.raises(PublishError):
            mm.publish(site, into=f"http://me:{SECRET}@{thief}/map.git")
        assert told == [f"me:{SECRET}"]  # so the server would have seen it


def test_nor_for_a_proxy(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with answering(407, Proxy_Authenticate='Basic realm="x"') as (proxy, told):
        monkeypatch.setenv("http_proxy", f"http://prox@{proxy}")
        with pytest.raises(PublishError):
            mm.publish(site, into=f"http://me:{SECRET}@example.invalid/map.git")
        assert not [given for given in told if SECRET in given]


def test_a_token_with_an_empty_password_lets_in(site: Path, bare: Path) -> None:
    git(bare, "config", "http.receivepack", "true")
    with serving(bare.parent, SECRET, "") as host:
        done = mm.publish(site, into=f"http://{SECRET}:@{host}/map.git")
    assert done.changed
    assert SECRET not in repr(done)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of every word that git and what it starts are called with."""
    folder, said = tmp_path / "exec", tmp_path / "said"
    real = Path(git(tmp_path, "--exec-path"))
    folder.mkdir()
    for program in real.iterdir():
        (folder / program.name).symlink_to(program)
    for name in ("git", "git-remote-http"):
        (folder / name).unlink()
        (folder / name).write_text(f'#!/bin/sh\necho "$@" >> {said}\nexec {real / name} "$@"\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("GIT_EXEC_PATH", str(folder))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return said


@pytest.mark.parametrize("alias", ["http://host.invalid/", "http://{host}/", "http://{host}/map.git"])
def test_a_password_that_a_setting_puts_into_the_address_lets_in_and_is_in_no_word(
    site: Path, bare: Path, own_git: Path, programs: Path, alias: str
) -> None:
    git(bare, "config", "http.receivepack", "true")
    with serving(bare.parent, "me", SECRET) as host:
        alias = alias.format(host=host)
        rest = "map.git" if alias.endswith("map.git") else ""
        with own_git.open("a") as file:
            file.write(f'[url "http://me:{SECRET}@{host}/{rest}"]\ninsteadOf = {alias}\n')
        done = mm.publish(site, into=alias if rest else f"{alias}map.git")
    assert done.place == f"http://{host}/map.git, branch gh-pages"
    said = programs.read_text(encoding="utf-8")
    assert "remote-http" in said
    assert SECRET not in said


def test_an_address_is_rewritten_as_for_a_push_and_the_longest_that_fits_counts(bare: Path, own_git: Path) -> None:
    with own_git.open("a") as file:
        file.write('[url "a://one/"]\ninsteadOf = https://h/\n[url "a://two/"]\ninsteadOf = https://h/me/\n')
        file.write('[url "git@three:"]\npushInsteadOf = https://g/\n[url "a://four/"]\ninsteadOf = https://g/me/\n')
    assert find_remote("https://h/me/map.git", Path(), bare).url == "a://two/map.git"
    assert find_remote("https://h/you/map.git", Path(), bare).url == "a://one/you/map.git"
    assert find_remote("https://g/me/map.git", Path(), bare).url == "git@three:me/map.git"


def test_a_user_s_settings_for_a_remote_called_origin_lead_nowhere_else(
    site: Path, bare: Path, own_git: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "elsewhere.git")
    with own_git.open("a") as file:
        file.write(f'[remote "origin"]\npushurl = {tmp_path}/elsewhere.git\n')
    assert mm.publish(site, into=bare).changed
    assert "gh-pages" in state(bare)[0]
    assert state(tmp_path / "elsewhere.git")[0] == ""


@pytest.mark.parametrize(
    "into",
    [
        f"https:/me:{SECRET}@github.invalid/x",
        f"https:///me:{SECRET}@github.invalid/x",
        f"me:{SECRET}@github.invalid/me/map.git",
        f"https//me:{SECRET}@github.invalid/me/map.git",
        f"me:{SECRET}@github.invalid",
        f"https://me:12/{SECRET}@github.invalid/map.git",
        f"https://me:pw/{SECRET}@github.invalid/map.git",
        f"https://github.invalid/map.git?token={SECRET}",
        f"ssh://github.invalid/map.git#{SECRET}",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(site: Path, into: str) -> None:
    with pytest.raises(PublishError, match="address cannot be read: write it as") as caught:
        mm.publish(site, into=into)
    assert SECRET not in str(caught.value)


def test_a_folder_may_have_marks_in_its_name(site: Path, bare: Path, tmp_path: Path) -> None:
    odd = Path(shutil.copytree(bare, tmp_path / "a#b:c@d?.git"))
    assert mm.publish(site, into=f"file://{odd}").changed
    assert not mm.publish(site, into=odd).changed
    assert "gh-pages" in state(odd)[0]


def test_who_one_is_for_ssh_stays_in_the_address(bare: Path) -> None:
    for url in ("ssh://git@host.example/map.git", "git+ssh://git@host.example/map.git"):
        assert find_remote(url, Path(), bare).url == url


def test_a_setting_of_the_repository_s_without_a_value_is_true(work: Path) -> None:
    with (work / ".git/config").open("a") as file:
        file.write("[http]\nsslVerify\nproxy =\n")
    settings = dict(find_remote("origin", work, work).git.configuration)
    assert settings["http.sslverify"] == "true"
    assert settings["http.proxy"] == ""


def test_the_user_s_program_for_ssh_is_kept(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "core.sshCommand" in dict(find_remote(str(bare), Path(), bare).git.configuration)
    monkeypatch.setenv("GIT_SSH", "my-ssh")
    assert "core.sshCommand" not in dict(find_remote(str(bare), Path(), bare).git.configuration)


def test_nothing_that_leads_git_to_another_repository_goes_along() -> None:
    told = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
    let_in = {name for name in told.stdout.split() if not hosting_git._KEPT_OUT.fullmatch(name)}
    assert let_in == {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}  # settings, such as those to reach others by


@pytest.mark.parametrize(
    ("name", "value"), [("GIT_DEFAULT_HASH", "sha256"), ("GIT_CONFIG", "/nowhere"), ("GIT_AUTHOR_DATE", "2001-01-01")]
)
def test_what_stands_in_the_environment_does_no_harm(
    site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert mm.publish(site, into=bare).changed
    assert not mm.publish(site, into=bare).changed


def test_settings_in_the_environment_that_git_cannot_read_are_one_line(
    site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "x")
    with pytest.raises(PublishError, match="GIT_CONFIG_COUNT is 'x', and git wants a number"):
        mm.publish(site, into=bare)


def test_a_name_in_the_environment_signs(
    site: Path, bare: Path, own_git: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_git.write_text("")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "June Doe")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "june@example.org")
    assert not any("signed by mapmaker" in note for note in mm.publish(site, into=bare).notes)
    assert git(bare, "log", "--format=%an <%ae>", "gh-pages") == "June Doe <june@example.org>"


@pytest.mark.parametrize(
    ("into", "said"),
    [
        ("", "is in no git repository: give an address with --remote"),
        ("upstream", "is in no git repository"),
        ("./nowhere.git", "is no repository that you can see"),
        ("http://127.0.0.1:1/map.git", "cannot be reached: is the network there"),
        ("nobody@127.0.0.1:map.git", "cannot be reached|does not let you in|cannot be asked"),
        ("https://[half/map.git", "address cannot be read"),
        ("--upload-pack=touch hacked", "is in no git repository|is no repository"),
        ("ext::sh -c 'touch hacked'", "cannot be asked|is in no git repository|is no repository"),
    ],
)
def test_a_repository_that_cannot_be_had_is_one_line(site: Path, tmp_path: Path, into: str, said: str) -> None:
    with pytest.raises(PublishError, match=said) as caught:
        mm.publish(site, into=into)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "hacked").exists()


def test_a_remote_that_is_not_there_is_told_with_its_name(
    site: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    with pytest.raises(PublishError, match=r"the git repository \S+/mine has no remote 'upstream': give"):
        mm.publish(site, into="upstream")
    git(work, "remote", "rename", "origin", "upstream")
    assert mm.publish(site, into="upstream").changed
    with pytest.raises(PublishError, match="has no remote 'origin'"):
        mm.publish(site)


def test_a_remote_of_a_relative_path_is_seen_from_its_repository(
    site: Path, work: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(work, "remote", "set-url", "origin", os.path.relpath(bare, work))
    (work / "below").mkdir()
    monkeypatch.chdir(work / "below")
    assert mm.publish(site).changed
    assert "gh-pages" in state(bare)[0]


def test_without_git_that_is_said(site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PublishError, match="needs git, which is not installed"):
        mm.publish(site, into=bare)


def test_a_git_that_is_too_old_is_told(site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = shutil.which("git")
    old = '#!/bin/sh\nif test "$1" = version; then echo git version 2.30.9; else exec {} "$@"; fi\n'
    (tmp_path / "old").mkdir()
    (tmp_path / "old/git").write_text(old.format(real))
    (tmp_path / "old/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}:{os.environ['PATH']}")
    with pytest.raises(PublishError, match=r"needs git 2\.31 or newer: git version 2\.30\.9"):
        mm.publish(site, into=bare)
    assert state(bare) == ("", "0")
