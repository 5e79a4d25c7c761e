"""A branch that shows a map: what stands on it, and the commit that is to stand there next.

The branch has one commit, without parents, so that a repository does not grow by a map each time one is published. Its
message says what the commit holds: the digest of the contents, by which a map that is published already is known, and
tree and time, by which a commit is known for ours: whoever goes on with it has a parent, whoever amends it, another
time. It is no proof, as anybody may write such a message, but nobody does so by accident.
"""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from mapmaker.errors import PublishError
from mapmaker.hosting.git import Git, reason
from mapmaker.hosting.remote import Remote
from mapmaker.manifest import MANIFEST, parse_manifest

REMOTE = "mapmaker-publish"
"""What the repository to push to is called in ours: no settings of the user's are for a remote of this name."""
_SEEN = "refs/mapmaker/seen"
TREE, TIME, CONTENTS = "Map-Tree", "Map-Time", "Map-Contents"
"""What the lines of a message are called that say what its commit holds."""


@dataclass(frozen=True)
class Tip:
    """The commit that a branch ends with. `contents`: the digest of what we published, "" if the commit is not ours."""

    commit: str
    subject: str
    contents: str


def open_repository(remote: Remote, folder: Path) -> Git:
    """Return git in a new repository in `folder`, to push from: no hook and no template of the user's is in it."""
    settings = (
        ("core.hooksPath", str(folder / "no-hooks")),
        ("core.fsync", "none"),  # all of it can be lost
        ("gc.auto", "0"),
        ("pack.window", "0"),  # pictures are not alike byte by byte; and no content is fetched to compare with
        # By a name of ours: git rewrites an address once, so that no insteadOf puts a password into it again.
        (f"remote.{REMOTE}.url", f"{REMOTE}:"),
        (f"url.{remote.url}.insteadOf", f"{REMOTE}:"),
        ("push.gpgSign", "false"),
        ("push.followTags", "false"),
    )
    git = replace(
        remote.git,
        folder=folder,
        configuration=[*remote.git.configuration, *settings],
        # By name: git may have been told to use no bare repository that it merely finds.
        variables={**remote.git.variables, "GIT_DIR": str(folder.resolve())},
    )
    git.ensure_new_enough()
    git.run("init", "--quiet", "--bare", "--template=", "--object-format=sha1")
    return git


def read_tip(git: Git, branch: str, shown: str) -> Tip | None:
    """Return what the branch ends with, None if it is not there. PublishError if the repository cannot be asked.

    Of files only the names are fetched, where the other side can do that.
    """
    code, said, complaint = git.ask("ls-remote", REMOTE, f"refs/heads/{branch}")
    if code:
        raise PublishError(f"{shown} {reason(complaint)}")
    if not said.strip():
        return None
    there = f"+refs/heads/{branch}:{_SEEN}"
    code, _, complaint = git.ask("fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", REMOTE, there)
    if code:
        raise PublishError(f"{shown} {reason(complaint)}")
    # Not by git log, which minds settings of the user's: for signatures, encodings, and dates.
    commit = git.text("rev-parse", _SEEN)
    head, _, message = git.run("cat-file", "commit", commit).decode("utf-8", "replace").partition("\n\n")
    told = dict(re.findall(rf"^({TREE}|{TIME}|{CONTENTS}): ([0-9a-f]+)$", message, re.MULTILINE))
    ours = rf"tree {told.get(TREE)}\nauthor (.* {told.get(TIME)} \+0000)\ncommitter \1(\nencoding .*)?"
    is_ours = re.fullmatch(ours, head) is not None
    return Tip(commit, message.partition("\n")[0], told.get(CONTENTS, "") if is_ours else "")


def known_blobs(git: Git, tip: Tip | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return git's names for what is published already, by SHA-256, and by path.

    Only the commit's own word is taken for what its files hold, so nothing is known of one that is not ours.
    """
    if tip is None:
        return {}, {}
    entries = (entry.partition(b"\t") for entry in git.run("ls-tree", "-r", "-z", tip.commit).split(b"\0"))
    blobs = {os.fsdecode(name): told.split()[2].decode() for told, tab, name in entries if tab}
    if not tip.contents:
        return {}, blobs
    code, said, _ = git.ask("cat-file", "blob", f"{tip.commit}:{MANIFEST}")
    try:
        listed = parse_manifest(said).files if code == 0 else {}
    except ValueError:
        listed = {}
    return {str(digest): blobs[name] for name, digest in listed.items() if name in blobs}, blobs
