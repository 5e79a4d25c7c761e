"""A map within a repository -> the workflow of GitHub Actions that publishes it there, each time that it is pushed."""

import json
import os
import re
from pathlib import Path, PurePosixPath

from mapmaker.checks import Checked
from mapmaker.errors import OutputError, PublishError
from mapmaker.hosting.contents import Contents
from mapmaker.hosting.git import Git
from mapmaker.hosting.github import address_notes, find_place
from mapmaker.hosting.published import Consent, Published
from mapmaker.plural import count_of
from mapmaker.workspace import replacing

FILE = PurePosixPath(".github/workflows/publish-map.yml")
_FIRST = "# Written by: mapmaker publish github-pages --workflow"
_WORKFLOW = """\
{first}
# Publishes the map in {folder} on GitHub Pages. Choose "GitHub Actions" as source under Settings, Pages, once.
name: Publish the map
on:
  push:
    branches: [{branch}]
    paths: [{pattern}, {file}]
  workflow_dispatch:
permissions:
  contents: read
  pages: write
  id-token: write
concurrency:
  group: pages
  cancel-in-progress: false
jobs:
  publish:
    runs-on: ubuntu-latest
    environment:
      name: github-pages
      url: ${{{{ steps.deployed.outputs.page_url }}}}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/configure-pages@v5
      - uses: actions/upload-pages-artifact@v3
        with:
          path: {folder}
      - id: deployed
        uses: actions/deploy-pages@v4
"""


def write_workflow(contents: Contents, checked: Checked, consent: Consent) -> Published:
    """Write the workflow into the repository around the map's folder. PublishError if that is in none."""
    folder = contents.root
    git = Git(folder)
    top = git.text("rev-parse", "--show-toplevel")
    if not top:
        raise PublishError(
            f"{folder} is in no working tree of git, and a workflow publishes what is in its repository; "
            "build the map in one, or publish without --workflow"
        )
    root = Path(top).resolve()
    below = folder.relative_to(root).as_posix()
    if "${{" in below or not below.isprintable():
        raise PublishError(f"a workflow cannot name the folder {below!r}: give it a name of letters and digits")
    branch = git.text("symbolic-ref", "--short", "HEAD") or "main"
    text = _text(below, branch)
    out = root / FILE
    for path in (out, *out.parents[:2]):
        if path.is_symlink():
            raise OutputError(f"{path} is a link, and may lead anywhere; remove it, and try again")
    before = out.read_text(encoding="utf-8", errors="replace") if out.is_file() else None
    if before is not None and not before.startswith(_FIRST):
        consent.need(f"{out} is there, and was not written by mapmaker")
    if before != text:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with replacing(out) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise OutputError(f"cannot write {out}: {error.strerror or error}; mend that, and try again") from error
    place = find_place(git.text("remote", "get-url", "origin"), contents)
    return Published(
        "workflow",
        str(out),
        len(contents.digests),
        contents.size,
        new=0,
        gone=0,
        changed=before != text,
        url=place.url if place else "",
        notes=[*_notes(git, below, contents), *(address_notes(place, checked) if place else ())],
    )


def _text(below: str, branch: str) -> str:
    return _WORKFLOW.format(
        first=_FIRST,
        folder=_quoted(below),
        branch=_quoted(_literal(branch)),
        pattern=_quoted("**" if below == "." else f"{_literal(below)}/**"),
        file=_quoted(str(FILE)),
    )


def _quoted(text: str) -> str:
    """Return `text` as YAML writes it; JSON's way of writing letters beyond the first 65,536 is not YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _literal(text: str) -> str:
    """Return the pattern of GitHub's filters that is for `text` alone."""
    return re.sub(r"[\\*?+\[\]!]", r"\\\g<0>", text)


def _notes(git: Git, below: str, contents: Contents) -> list[str]:
    """Return what is to be done, and which files would not be published."""
    told = [f'commit {FILE} and {below}, push them, and choose "GitHub Actions" under Settings, Pages, once']
    names = "".join(f"{name}\0" for name in contents.digests).encode()
    _, said, _ = git.ask("check-ignore", "-z", "--stdin", given=names)
    if ignored := said.count(b"\0"):
        which = f"{below}{os.sep}" if ignored == len(contents.digests) else f"{count_of(ignored, 'file')} of {below}"
        told.append(f"git is told to ignore {which}, which would not be published: mend .gitignore")
    _, said, _ = git.ask("check-attr", "-z", "--stdin", "filter", given=names)
    if kept := said.split(b"\0")[2::3].count(b"lfs"):
        told.append(
            f"git LFS keeps {count_of(kept, 'file')} of {below}: take them out of it, or pointers are published"
        )
    return told
