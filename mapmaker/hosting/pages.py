"""A map -> a branch of a git repository, as GitHub Pages and the like show it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from mapmaker.checks import Checked
from mapmaker.errors import OptionError, PublishError
from mapmaker.hosting.branch import REMOTE, Tip, known_blobs, open_repository, read_tip
from mapmaker.hosting.commit import write_blobs, write_commit
from mapmaker.hosting.contents import Contents
from mapmaker.hosting.git import Git, last_words, lines_of, reason
from mapmaker.hosting.github import Place, address_notes, find_place
from mapmaker.hosting.published import Consent, Published
from mapmaker.hosting.remote import Remote, find_remote
from mapmaker.hosting.scratch import scratch
from mapmaker.plural import count_of
from mapmaker.progress import Progress

_SENT = re.compile(r"Writing objects: .*\((\d+)/(\d+)\)")
_REFUSED = re.compile(r"^!\t.*\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)

_RACE = re.compile("cannot lock ref .*(but expected|reference already exists)")


@dataclass(frozen=True)
class Branch:
    """Where to: `remote`, an address or the name of a remote, "" for origin, of the repository around `place`."""

    remote: str = ""
    name: str = "gh-pages"
    place: Path = Path()
    interactive: bool = False


def publish_branch(
    contents: Contents, checked: Checked, where: Branch, consent: Consent, progress: Progress
) -> Published:
    """Make the branch show the map; push nothing if it does. PublishError if that cannot be done.

    The user's own repository is only asked for addresses and settings: all is made in another, which goes afterwards.
    """
    remote = find_remote(where.remote, where.place, contents.root, where.interactive)
    with scratch() as folder:
        git = open_repository(remote, folder)
        _check_name(git, where.name)
        tip = read_tip(git, where.name, remote.url)
        place = find_place(remote.url, contents)
        told = Published(
            "github-pages",
            f"{remote.url}, branch {where.name}",
            len(contents.digests),
            contents.size,
            new=0,
            gone=0,
            changed=False,
            url=place.url if place else "",
            notes=[*_notes(place, checked, tip, where.name)],
        )
        if tip and tip.contents == contents.digest:
            return told
        if tip and not tip.contents:
            consent.need(_foreign(git, tip, remote, where.name, contents))
        known, there = known_blobs(git, tip)
        subject = f"Map of {count_of(checked.posters, 'poster')}"
        blobs = write_blobs(git, contents, known, progress)
        _push(git, write_commit(git, contents, blobs, subject, remote.author), tip, remote, where.name, progress)
    new = sum(there.get(name) != blobs[digest] for name, digest in contents.digests.items())
    unnamed = [] if remote.is_named else ["the commit is signed by mapmaker, as git has no user.name and user.email"]
    gone = len(there.keys() - contents.digests.keys())
    return replace(told, new=new, gone=gone, changed=True, notes=[*told.notes, *unnamed])


def _check_name(git: Git, branch: str) -> None:
    code, _, _ = git.ask("check-ref-format", "--branch", branch)
    if code or branch.startswith(("-", "@")):
        raise OptionError(f"--branch {branch!r} is no name of a branch: take one such as gh-pages")


def _foreign(git: Git, tip: Tip, remote: Remote, branch: str, contents: Contents) -> str:
    """Return what to say of a branch that somebody else made, or went on with."""
    commit = f"commit {tip.commit[:10]}, {tip.subject!r}"
    said = f"the branch {branch} of {remote.url} holds what mapmaker did not put there: {commit}"
    if "CNAME" not in contents.digests and git.text("ls-tree", "--name-only", tip.commit, "CNAME"):
        said += "; its CNAME would go, and with it the map's own domain, unless you put that file into the map's folder"
    return said


def _notes(place: Place | None, checked: Checked, tip: Tip | None, branch: str) -> list[str]:
    """Return what is to be known of the address, and to be done once."""
    if place is None:
        return []
    notes = [*address_notes(place, checked)]
    if tip is None:
        notes.append(f"once: choose the branch {branch} at {place.settings} (Deploy from a branch, / (root))")
    return notes


def _push(git: Git, commit: str, tip: Tip | None, remote: Remote, branch: str, progress: Progress) -> None:
    """Put the commit in the place of `tip`, and of nothing else: whatever was pushed meanwhile stays."""
    ref = f"refs/heads/{branch}"
    # A pack that is not thin would hold all files once more: the commits have no history in common.
    lease = f"--force-with-lease={ref}:{tip.commit if tip else ''}"
    progress.begin("push")
    complaints, done = [], 0
    with git.started("push", "--porcelain", "--progress", "--thin", lease, REMOTE, f"{commit}:{ref}") as process:
        assert process.stdout
        assert process.stderr
        for line in lines_of(process.stderr):
            if sent := _SENT.search(line):
                if not done:
                    progress.expect(int(sent[2]), "objects")
                progress.advance(int(sent[1]) - done)
                done = int(sent[1])
            else:
                complaints.append(line)
        answer = process.stdout.read().decode("utf-8", "replace")
        if process.wait():
            raise PublishError(_refusal(answer, git.clean("\n".join(complaints)), remote, branch))
    progress.end("push", f"{count_of(done, 'object')}")


def _refusal(answer: str, complaint: str, remote: Remote, branch: str) -> str:
    """Return why a push failed."""
    refused = _REFUSED.search(answer)
    if refused is None:
        return f"{remote.url} {reason(complaint)}"
    if refused[1] in ("stale info", "incorrect old value provided") or _RACE.search(complaint):
        return (
            f"somebody else pushed to the branch {branch} of {remote.url} meanwhile, and nothing of theirs was "
            "overwritten; look at it, and publish again"
        )
    if refused[1] == "non-fast-forward":
        return f"{remote.url} does not allow force pushes, by which the one commit of the branch {branch} is replaced"
    return (
        f"{remote.url} refuses the push to the branch {branch}: {refused[1]} ({last_words(complaint)}); if the branch "
        "is protected, allow force pushes to it, or give another with --branch"
    )
