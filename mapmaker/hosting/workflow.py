"""A map within a repository -> the workflow of GitHub Actions that publishes it there, each time that it is pushed."""

import json
import os
from pathlib import Path, PurePosixPath

from mapmaker.errors import OutputError, PublishError
from mapmaker.hosting.git import Git
from mapmaker.hosting.published import Consent, Published
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


def write_workflow(folder: Path, files: int, size: int, consent: Consent) -> Published:
    """Write the workflow into the repository around the map's `folder`. PublishError if that is in none."""
    git = Git(folder)
    top = git.text("rev-parse", "--show-toplevel")
    if not top:
        raise PublishError(
            f"{folder} is in no working tree of git, and a workflow publishes what is in its repository; "
            "build the map in one, or publish without --workflow"
        )
    root = Path(top).resolve()
    below = folder.resolve().relative_to(root).as_posix()
    branch = git.text("symbolic-ref", "--short", "HEAD") or "main"
    text = _text(below, branch)
    out = root / FILE
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
    return Published("workflow", str(out), files, size, 0, 0, before != text, notes=_notes(git, below))


def _text(below: str, branch: str) -> str:
    folder = "." if below == "." else below
    return _WORKFLOW.format(
        first=_FIRST,
        folder=json.dumps(folder),
        branch=json.dumps(branch),
        pattern=json.dumps("**" if below == "." else f"{below}/**"),
        file=json.dumps(str(FILE)),
    )


def _notes(git: Git, below: str) -> list[str]:
    told = [f'commit {FILE} and {below}, push them, and choose "GitHub Actions" under Settings, Pages, once']
    code, _, _ = git.ask("check-ignore", "--quiet", "index.html")
    if code == 0:
        told.append(
            f"git is told to ignore {below}{os.sep}: take that out of .gitignore, or nothing is there to publish"
        )
    return told
