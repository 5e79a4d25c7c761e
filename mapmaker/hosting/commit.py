"""Contents -> a commit of them, in a repository of our own: blobs, a tree, the commit; no file is checked out."""

import contextlib
import re
import time
from collections.abc import Mapping
from pathlib import Path

from mapmaker.errors import PublishError
from mapmaker.hosting.branch import CONTENTS, TIME, TREE
from mapmaker.hosting.contents import Contents
from mapmaker.hosting.git import Git, last_words
from mapmaker.progress import Progress

_MARKS = "marks"


def write_blobs(git: Git, contents: Contents, known: Mapping[str, str], progress: Progress) -> dict[str, str]:
    """Write what is not `known` into one pack; return git's name of each content, by SHA-256."""
    files = {digest: name for name, digest in contents.digests.items() if digest not in known}
    progress.begin("pack")
    progress.expect(len(files), "files")
    with git.started("fast-import", "--quiet", "--done", "--depth=0", f"--export-marks={_MARKS}") as process:
        assert process.stdin
        assert process.stderr
        with contextlib.suppress(BrokenPipeError):  # it died, and says why
            for mark, name in enumerate(files.values(), 1):
                content = contents.read(name)
                process.stdin.write(b"blob\nmark :%d\ndata %d\n" % (mark, len(content)))
                process.stdin.write(content)
                progress.advance()
            process.stdin.write(b"done\n")
            process.stdin.flush()
        complaint = process.stderr.read().decode("utf-8", "replace")
        if process.wait():
            raise PublishError(f"git fast-import failed: {last_words(git.clean(complaint))}; nothing was published")
    marks = dict(re.findall(r":(\d+) ([0-9a-f]+)", (git.folder / _MARKS).read_text(encoding="ascii")))
    progress.end("pack", f"{len(files):,} files")
    return {**known, **{digest: marks[str(mark)] for mark, digest in enumerate(files, 1)}}


def write_commit(git: Git, contents: Contents, blobs: Mapping[str, str], subject: str, author: tuple[str, str]) -> str:
    """Write a commit without parents of all contents; return its name."""
    index = {"GIT_INDEX_FILE": str(Path(git.folder, "index").resolve())}
    entries = (f"100644 {blobs[digest]}\t{name}\0" for name, digest in contents.digests.items())
    git.run("update-index", "-z", "--index-info", given="".join(entries).encode(), variables=index)
    tree = git.run("write-tree", "--missing-ok", variables=index).decode().strip()
    now = int(time.time())
    told = f"{CONTENTS}: {contents.digest}\n{TREE}: {tree}\n{TIME}: {now}\n"
    message = f"{subject}\n\nPublished with mapmaker.\n\n{told}"
    people = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in zip(("NAME", "EMAIL", "DATE"), (*author, f"@{now} +0000"), strict=True)
    }
    return git.run("commit-tree", tree, "-F", "-", given=message.encode(), variables=people).decode().strip()
