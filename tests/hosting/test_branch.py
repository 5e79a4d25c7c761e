"""Publishing on a branch: with real git, to a real repository, whose every ref and object is looked at."""

import os
import shutil
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker.errors import MapmakerError, OptionError, OutputError, PublishError, SiteError
from mapmaker.hosting import branch, commit, pages
from mapmaker.hosting.git import Git
from mapmaker.hosts import HOSTS
from tests.conftest import Command, Tree

from .conftest import cloned, git, state


def files(folder: Path, tree: Tree) -> dict[str, str]:
    return {name: digest for name, digest in tree(folder).items() if digest != "folder" and name[:5] != ".git/"}


def test_the_branch_holds_the_map_and_nothing_else_and_the_map_is_not_touched(
    site: Path, bare: Path, tmp_path: Path, tree: Tree
) -> None:
    before = tree(site)
    done = mm.publish(site, into=bare)
    assert done.changed
    assert (done.files, done.new, done.gone) == (len(files(site, tree)), done.files, 0)
    assert tree(site) == before
    assert files(cloned(bare, tmp_path / "clone"), tree) == files(site, tree)
    assert ".nojekyll" in git(bare, "ls-tree", "--name-only", "gh-pages").split()
    assert git(bare, "log", "--format=%an %ae %s", "gh-pages") == "Jane Doe jane@example.org Map of 30 posters"
    assert git(bare, "fsck", "--strict", "--full") == ""
    assert not list((tmp_path / "tmp").iterdir())


def test_a_map_that_is_there_already_pushes_nothing(site: Path, bare: Path, tmp_path: Path) -> None:
    mm.publish(site, into=bare)
    before = state(bare)
    copy = shutil.copytree(site, tmp_path / "copy", copy_function=shutil.copyfile)  # another time, the same bytes
    for folder in (site, copy):
        done = mm.publish(folder, into=bare)
        assert not done.changed
        assert (done.new, done.gone) == (0, 0)
    assert state(bare) == before


def test_of_a_changed_map_only_what_changed_is_sent_and_the_history_does_not_grow(
    site: Path, other: Path, bare: Path, tmp_path: Path, tree: Tree
) -> None:
    (site / "old.txt").write_text("gone tomorrow")
    mm.publish(site, into=bare)
    before = int(state(bare)[1])
    old, new = files(site, tree), files(other, tree)
    changed = [name for name in new if new[name] != old.get(name)]
    assert 0 < len(changed) < len(new) / 2
    done = mm.publish(other, into=bare)
    assert (done.new, done.gone) == (len(changed), 1)
    folders = git(bare, "ls-tree", "-r", "-d", "--name-only", "gh-pages").count("\n") + 2
    assert len(changed) < int(state(bare)[1]) - before <= len(changed) + folders + 1
    assert git(bare, "rev-list", "--count", "gh-pages") == "1"
    assert files(cloned(bare, tmp_path / "clone"), tree) == new
    assert git(bare, "fsck", "--strict", "--full").replace("dangling", "").count("missing") == 0


def test_a_host_that_sends_no_names_alone_does_as_well(
    site: Path, other: Path, bare: Path, tmp_path: Path, tree: Tree
) -> None:
    git(bare, "config", "uploadpack.allowFilter", "false")
    for folder in (site, other):
        assert mm.publish(folder, into=bare.as_uri()).changed
        assert not mm.publish(folder, into=bare.as_uri()).changed
    assert files(cloned(bare, tmp_path / "clone"), tree) == files(other, tree)


@pytest.mark.parametrize("state_of", ["dirty", "detached", "unborn", "worktree", "in a hook"])
def test_nothing_of_the_user_s_repository_is_touched_whatever_it_is_like(
    site: Path, work: Path, bare: Path, tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state_of: str
) -> None:
    place = work
    if state_of == "dirty":
        (work / "README").write_text("stashed\n")
        git(work, "stash")
        (work / "README").write_text("changed\n")
        (work / "new").write_text("added\n")
        git(work, "add", "new")
    elif state_of == "detached":
        git(work, "checkout", "--quiet", "--detach")
    elif state_of == "unborn":
        git(work, "checkout", "--quiet", "--orphan", "nothing")
    elif state_of == "worktree":
        place = tmp_path / "second"
        git(work, "worktree", "add", "--quiet", str(place))
    else:
        monkeypatch.setenv("GIT_DIR", str(work / ".git"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(work / ".git/index"))
    shutil.copytree(site, place / "map")
    monkeypatch.chdir(place)
    before = tree(work), tree(place)
    assert mm.publish("map").changed
    assert (tree(work), tree(place)) == before
    assert "gh-pages" in state(bare)[0]


def test_the_repository_around_the_map_counts_where_one_is_outside_of_any(site: Path, work: Path, bare: Path) -> None:
    shutil.move(site, work / "map")
    assert mm.publish(work / "map", branch="shown").changed
    assert "refs/heads/shown" in state(bare)[0]


def test_files_of_the_user_s_go_along_but_for_what_is_private(
    site: Path, bare: Path, tmp_path: Path, tree: Tree
) -> None:
    git(site, "init", "--quiet")
    for name in ("CNAME", ".well-known/security.txt", "more/papers/a b ü.pdf"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("maps.example.org\n")
    private = {".env", ".cache/secret", "outside"}
    (site / ".env").write_text("TOKEN=1")
    (site / ".cache").mkdir()
    (site / ".cache/secret").write_text("x")
    (site / "outside").symlink_to("/etc/passwd")
    done = mm.publish(site, into=bare)
    clone = files(cloned(bare, tmp_path / "clone"), tree)
    mine = {name: digest for name, digest in files(site, tree).items() if name not in private}
    assert clone == mine
    assert {"CNAME", ".well-known/security.txt", "more/papers/a b ü.pdf"} < clone.keys()
    (note,) = done.notes
    assert all(name in note for name in (".env", ".cache", "outside"))


def test_a_branch_that_mapmaker_did_not_make_is_overwritten_by_word_only(
    site: Path, work: Path, bare: Path, command: Command
) -> None:
    (work / "CNAME").write_text("maps.example.org\n")
    git(work, "add", "CNAME")
    git(work, "commit", "--quiet", "-m", "My own \x1b[31mpages")
    git(work, "push", "--quiet", "origin", "HEAD:gh-pages")
    before = state(bare)
    with pytest.raises(OutputError, match=r"holds what mapmaker did not put there: commit \w+, .*CNAME.*add --yes"):
        mm.publish(site, into=bare)
    asked: list[str] = []

    def no(what: str) -> bool:
        asked.append(what)
        return False

    with pytest.raises(OutputError):
        mm.publish(site, into=bare, ask=no)
    assert len(asked) == 1
    said = command("publish", "github-pages", site, "--remote", bare)
    assert said.returncode == 2
    assert len([line for line in said.stderr.splitlines() if line.startswith("mapmaker: ")]) == 1
    assert "\x1b" not in said.stderr
    assert state(bare) == before
    assert mm.publish(site, into=bare, ask=lambda what: True).changed
    git(work, "push", "--quiet", "--force", "origin", "HEAD:gh-pages")
    assert command("publish", "github-pages", site, "--remote", bare, "--yes").returncode == 0
    assert git(bare, "log", "--format=%s", "gh-pages") == "Map of 30 posters"


@pytest.mark.parametrize("how", ["commit", "amend", "author", "undone"])
def test_a_branch_that_somebody_went_on_with_is_not_taken_for_ours(
    site: Path, other: Path, bare: Path, tmp_path: Path, how: str
) -> None:
    mm.publish(site, into=bare)
    clone = cloned(bare, tmp_path / "clone")
    if how == "author":  # the same tree
        git(clone, "commit", "--quiet", "--amend", "--no-edit", "--author=Eve <eve@example.org>")
    else:
        (clone / "index.html").write_text("mine")
        git(clone, "commit", "--quiet", "-a", *(["--amend", "--no-edit"] if how == "amend" else ["-m", "Mine"]))
    if how == "undone":  # the same tree, and the same message
        git(clone, "checkout", "--quiet", "HEAD~1", "index.html")
        git(clone, "commit", "--quiet", "-C", "HEAD~1")
    git(clone, "push", "--quiet", "--force")
    before = state(bare)
    for folder in (site, other):
        with pytest.raises(OutputError, match="did not put there"):
            mm.publish(folder, into=bare)
    assert state(bare) == before
    assert mm.publish(site, into=bare, yes=True).new == (how in ("commit", "amend"))
    assert git(bare, "show", "gh-pages:index.html") == (site / "index.html").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("there", [False, True])
def test_what_somebody_pushes_meanwhile_is_not_lost(
    site: Path, other: Path, work: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        mm.publish(site, into=bare)
    write = commit.write_commit

    def late(*given: object) -> str:
        git(work, "push", "--quiet", "--force", "origin", "HEAD:gh-pages")
        return write(*given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(pages, "write_commit", late)
    with pytest.raises(PublishError, match=r"somebody else pushed to the branch gh-pages .* publish again"):
        mm.publish(other, into=bare)
    assert git(bare, "log", "--format=%s", "gh-pages") == "Mine"


def test_a_branch_that_refuses_is_told_with_what_it_says(site: Path, bare: Path) -> None:
    hook = bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(
        PublishError, match=r"refuses the push .*: pre-receive hook declined \(.*GH006.*--branch"
    ) as caught:
        mm.publish(site, into=bare)
    assert "\n" not in str(caught.value)
    assert "failed to push" not in str(caught.value)
    assert state(bare) == ("", "0") or state(bare)[0] == ""


def test_a_branch_that_cannot_be_replaced_is_not_said_to_be_somebody_else_s(
    site: Path, other: Path, bare: Path
) -> None:
    mm.publish(site, into=bare)
    with pytest.raises(PublishError, match="refuses the push to the branch gh-pages/x"):
        mm.publish(site, into=bare, branch="gh-pages/x")
    (bare / "refs/heads/gh-pages.lock").write_text("")
    with pytest.raises(PublishError, match=r"refuses the push .*gh-pages\.lock"):
        mm.publish(other, into=bare)
    (bare / "refs/heads/gh-pages.lock").unlink()
    git(bare, "config", "receive.denyNonFastForwards", "true")
    with pytest.raises(PublishError, match="does not allow force pushes"):
        mm.publish(other, into=bare)


def test_of_a_file_beside_the_map_s_own_only_that_counts_as_new(site: Path, bare: Path) -> None:
    (site / "one.txt").write_text("1")
    (site / "two.txt").write_text("2")
    mm.publish(site, into=bare)
    (site / "two.txt").write_text("3")
    assert mm.publish(site, into=bare).new == 1


def test_names_and_settings_of_others_break_nothing(site: Path, work: Path, bare: Path, own_git: Path) -> None:
    (work / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "Mine")
    git(work, "push", "--quiet", "origin", "HEAD:gh-pages")
    with own_git.open("a") as file:
        file.write("[log]\nshowSignature = true\ndate = relative\n[i18n]\nlogOutputEncoding = UTF-16\n")
    assert mm.publish(site, into=bare, yes=True).gone == 2
    assert not mm.publish(site, into=bare).changed


def test_hooks_and_settings_of_the_user_s_neither_run_nor_matter(
    site: Path, bare: Path, own_git: Path, tmp_path: Path, tree: Tree
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "pre-commit", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    with own_git.open("a") as file:
        file.write(f"[core]\nhooksPath = {hooks}\nautocrlf = true\n[push]\ngpgSign = true\n[commit]\ngpgSign = true\n")
        file.write("[transfer]\nfsckObjects = true\n[fetch]\nprune = true\n")
        file.write("[safe]\nbareRepository = explicit\n")
    assert mm.publish(site, into=bare).changed
    assert not (tmp_path / "ran").exists()
    own_git.write_text("")
    assert files(cloned(bare, tmp_path / "clone"), tree) == files(site, tree)


def test_without_a_name_the_commit_is_signed_by_mapmaker_and_that_is_told(
    site: Path, bare: Path, own_git: Path
) -> None:
    own_git.write_text("")
    done = mm.publish(site, into=bare)
    assert any("signed by mapmaker" in note for note in done.notes)
    nobody = "mapmaker <mapmaker@localhost>"
    assert git(bare, "log", "--format=%an <%ae>, %cn <%ce>", "gh-pages") == f"{nobody}, {nobody}"


def test_a_map_that_is_not_whole_is_not_published(site: Path, bare: Path, command: Command) -> None:
    (site / "data/facets.js").unlink()
    with pytest.raises(SiteError, match=r"is not whole, so nothing was published: data/facets\.js is missing"):
        mm.publish(site, into=bare)
    assert command("publish", "github-pages", site, "--remote", bare).returncode == 1
    assert state(bare) == ("", "0")


def test_a_file_that_github_does_not_take_is_refused_and_a_site_too_large_is_told(
    site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = HOSTS["github-pages"]
    monkeypatch.setitem(HOSTS, "github-pages", type(usual)("github-pages", "GitHub Pages", most_file_bytes=50_000))
    with pytest.raises(PublishError, match=r"github-pages does not take .*: assets/\S+: has [\d,]+ bytes"):
        mm.publish(site, into=bare)
    assert state(bare) == ("", "0")
    monkeypatch.setitem(HOSTS, "github-pages", type(usual)("github-pages", "GitHub Pages", most_bytes=50_000))
    (note,) = mm.publish(site, into=bare).notes
    assert "bytes are more than the 50,000 for GitHub Pages" in note


@pytest.mark.parametrize("word", ["fetch", "fast-import", "write-tree", "push"])
def test_a_run_that_is_killed_leaves_nothing_that_hurts(
    site: Path,
    other: Path,
    bare: Path,
    tmp_path: Path,
    tree: Tree,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
) -> None:
    mm.publish(site, into=bare)
    before, real = state(bare), shutil.which("git")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f'#!/bin/sh\ntest "$1" = {word} && kill -9 $PPID && sleep 1\nexec {real} "$@"\n')
    (programs / "git").chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{programs}:{path}")
    assert command("publish", "github-pages", other, "--remote", bare).returncode == -9
    monkeypatch.setenv("PATH", path)
    if word != "push":  # which, once begun, goes on without us
        assert state(bare) == before
    (left,) = (tmp_path / "tmp").iterdir()
    os.utime(left, (0, 0))
    mm.publish(other, into=bare)
    assert not list((tmp_path / "tmp").iterdir())
    assert files(cloned(bare, tmp_path / "clone"), tree) == files(other, tree)


def test_a_map_that_changes_while_it_is_published_is_refused(
    site: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = branch.read_tip

    def late(*given: object) -> object:
        (site / "index.html").write_text("half of another map")
        return read(*given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(pages, "read_tip", late)
    with pytest.raises(OutputError, match=r"index\.html was changed while it was published; publish again"):
        mm.publish(site, into=bare)
    assert state(bare) == ("", "0")


@pytest.mark.parametrize("branch", ["", "-x", "a b", "a..b", "@", "refs/heads/x/"])
def test_what_is_no_branch_is_refused(site: Path, bare: Path, branch: str) -> None:
    with pytest.raises(MapmakerError, match="is no name of a branch"):
        mm.publish(site, into=bare, branch=branch)


def test_what_publish_does_not_know_is_refused(site: Path) -> None:
    with pytest.raises(OptionError, match="did you mean 'directory'"):
        mm.publish(site, to="directry")
    with pytest.raises(OptionError, match="say with --into"):
        mm.publish(site, to="zip")


def test_git_is_never_asked_for_words_that_are_not_there() -> None:
    with pytest.raises(PublishError, match=r"git nonsense failed: .*nonsense.*; nothing was published"):
        Git(Path()).run("nonsense")
