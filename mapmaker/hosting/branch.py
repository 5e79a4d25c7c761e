"""A branch that shows a map: what stands on it, and the commit that is to stand there next.

The branch has one commit, without parents, so that a repository does not grow by a map each time one is published. Its
message says what the commit holds: the digest of the contents, by which a map that is published already is known, and
the tree, by which a commit is known for ours: whoever commits, or amends, has another tree.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from mapmaker.errors import PublishError
from mapmaker.hosting.git import Git, reason
from mapmaker.hosting.remote import Remote
from mapmaker.manifest import MANIFEST, parse_manifest

_SEEN = "refs/mapmaker/seen"
TREE, CONTENTS = "Map-Tree", "Map-Contents"
"""What the lines of a message are called that say what its commit holds."""


@dataclass(frozen=True)
class Tip:
    """The commit that a branch ends with. `contents`: the digest of what we published, "" if the commit is not ours."""

    commit: str
    subject: str
    contents: str


def open_repository(remote: Remote, folder: Path) -> Git:
    """Return git in a new repository in `folder`, to push from: no hook and no template of the user's is in it."""
    # By name: git may have been told to use no bare repository that it merely finds.
    git = replace(remote.git, folder=folder, variables={**remote.git.variables, "GIT_DIR": str(folder.resolve())})
    git.run("init", "--quiet", "--bare", "--template=")
    for key, value in (
        ("core.hooksPath", str(folder / "no-hooks")),
        ("core.fsync", "none"),  # all of it can be lost
        ("gc.auto", "0"),
        ("pack.window", "0"),  # pictures are not alike byte by byte; and no content is fetched to compare with
        ("remote.origin.url", remote.url),
        ("push.gpgSign", "false"),
        ("push.followTags", "false"),
    ):
        git.run("config", key, value)
    return git


def read_tip(git: Git, branch: str, shown: str) -> Tip | None:
    """Return what the branch ends with, None if it is not there. PublishError if the repository cannot be asked.

    Of files only the names are fetched, where the other side can do that.
    """
    code, said, complaint = git.ask("ls-remote", "origin", f"refs/heads/{branch}")
    if code:
        raise PublishError(f"{shown} {reason(complaint)}")
    if not said.strip():
        return None
    there = f"+refs/heads/{branch}:{_SEEN}"
    code, _, complaint = git.ask("fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "origin", there)
    if code:
        raise PublishError(f"{shown} {reason(complaint)}")
    commit, tree = git.run("log", "-1", "--format=%H %T", _SEEN).decode().split()
    message = git.run("log", "-1", "--format=%B", _SEEN).decode("utf-8", "replace")
    told = dict(re.findall(rf"^({TREE}|{CONTENTS}): ([0-9a-f]+)$", message, re.MULTILINE))
    return Tip(commit, message.partition("\n")[0], told.get(CONTENTS, "") if told.get(TREE) == tree else "")


def known_blobs(git: Git, tip: Tip | None) -> tuple[dict[str, str], set[str]]:
    """Return git's names for what is published already, by SHA-256, and the paths there.

    Only the commit's own word is taken for what its files hold, so nothing is known of one that is not ours.
    """
    if tip is None:
        return {}, set()
    entries = (entry.partition("\t") for entry in git.run("ls-tree", "-r", "-z", tip.commit).decode().split("\0"))
    blobs = {name: told.split()[2] for told, tab, name in entries if tab}
    if not tip.contents:
        return {}, set(blobs)
    code, said, _ = git.ask("cat-file", "blob", f"{tip.commit}:{MANIFEST}")
    try:
        listed = parse_manifest(said).files if code == 0 else {}
    except ValueError:
        listed = {}
    return {str(digest): blobs[name] for name, digest in listed.items() if name in blobs}, set(blobs)
