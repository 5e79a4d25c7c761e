"""A map -> where people see it: a branch that GitHub Pages shows, a web server's folder, a ZIP. It is checked first.

`contents` knows what of a folder is published, `directory` and `archive` write it there; `pages` pushes it, with what
`remote` finds of repositories, `branch` reads there and `commit` writes; `git` runs git, in a place that `scratch`
clears. `github` knows where pages will be, `workflow` has GitHub publish them by itself.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mapmaker.errors import OptionError, near
from mapmaker.hosting.archive import publish_zip
from mapmaker.hosting.contents import ensure_whole, gather
from mapmaker.hosting.directory import publish_directory
from mapmaker.hosting.pages import Branch, publish_branch
from mapmaker.hosting.published import Consent, Published
from mapmaker.hosting.workflow import write_workflow
from mapmaker.progress import Progress, Silence

__all__ = ["KINDS", "Published", "publish"]

KINDS = ("github-pages", "workflow", "directory", "zip")


def publish(
    map: str | Path = "map",
    to: str = "github-pages",
    into: str | Path = "",
    *,
    branch: str = "gh-pages",
    host: str = "",
    yes: bool = False,
    ask: Callable[[str], bool] | None = None,
    progress: Progress | None = None,
) -> Published:
    """Publish the map in the folder `map`, if it is whole; what is there already is not written or sent again.

    `to`: "github-pages", a branch of a git repository; "workflow", the file by which GitHub publishes it from the
    repository that it is in; "directory", a folder of a web server; "zip". `into`: the repository, by its address or
    the name of a remote ("" is origin); the folder; or the file. `branch`: of the repository. `host`: for a folder or
    ZIP, the name of a host whose limits the map is to keep. `yes`: what mapmaker did not put there may be overwritten;
    else `ask` is asked, with a sentence, whether it may. `progress` is told how far the work is. Raises SiteError for a
    map that is not whole, PublishError for a repository or host that does not take it, OutputError for a place that
    cannot be written or is not ours, OptionError for what is none of these.
    """
    if to not in KINDS:
        raise OptionError(f"to = {to!r} is not known: {near(to, KINDS)}")
    if to in ("directory", "zip") and not into:
        raise OptionError(f"publishing to {to} needs a place: say with --into where the map is to go")
    folder, consent, progress = Path(map), Consent(yes, ask), progress or Silence()
    online = to in ("github-pages", "workflow")
    progress.begin("check")
    checked, beyond = ensure_whole(folder, "github-pages" if online else host, soft=online)
    progress.end("check", f"whole: {checked.files:,} files, {checked.bytes / 1e6:,.1f} MB")
    contents = gather(folder)
    if to == "workflow":
        done = write_workflow(contents, checked, consent)
        return replace(done, notes=[*beyond, *done.notes])
    if to == "directory":
        done = publish_directory(contents, Path(into), consent, progress)
    elif to == "zip":
        done = publish_zip(contents, Path(into), consent, progress)
    else:
        done = publish_branch(contents, checked, Branch(str(into), branch, Path(), ask is not None), consent, progress)
    return replace(done, notes=[*beyond, *contents.notes(), *done.notes])
