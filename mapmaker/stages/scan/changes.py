"""A listing, and what is known of files -> which posters a scan would find new, changed, removed, renamed.

No file is opened: one that was not seen before is taken for a picture that no other file shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mapmaker.model import Images, Reject
from mapmaker.stages.scan.listing import Listed
from mapmaker.stages.scan.rows import Seen, settle


@dataclass(frozen=True)
class Changes:
    """How many posters differ how from those of the last scan; `changed` are replaced in place.

    `unread`: how many files were never looked at. `digests`: of the posters there will be, the content's SHA-256, or,
    of a file not looked at, anything else that no other has.
    """

    new: int
    changed: int
    removed: int
    renamed: int
    same: int
    unread: int
    digests: Sequence[str] = field(repr=False)


def foreseen(
    files: Sequence[Listed], known: Mapping[Listed, Seen], previous: Images | None, rejected: Sequence[Reject]
) -> Changes:
    """Return what differs between the images of the last scan and those that a scan of `files` would find.

    A file that was there and has another size or time of change counts as changed. `known`: what earlier runs saw.
    Where nothing is, for its memory is lost, a file of the same path is taken for the same.
    """
    guess = _Guess(files, known, previous, rejected)
    images, _ = settle(previous, {file.path: guess.seen(file) for file in files})
    before, now = _present(previous), _present(images)
    gone = [before[path] for path in before.keys() - now.keys()]
    come = [now[path] for path in now.keys() - before.keys()]
    renamed = len(set(gone) & set(come))
    same = sum(now.get(path) == digest for path, digest in before.items())
    return Changes(
        new=len(come) - renamed,
        changed=len(before.keys() & now.keys()) - same,
        removed=len(gone) - renamed,
        renamed=renamed,
        same=same,
        unread=sum(file not in known for file in files),
        digests=list(now.values()),
    )


def _present(images: Images | None) -> dict[str, str]:
    """Return digests by path of those that are there."""
    if images is None:
        return {}
    rows = zip(images.path, images.sha256, images.present.tolist(), strict=True)
    return {path: digest for path, digest, present in rows if present}


class _Guess:
    """What a file is, seen or not."""

    def __init__(
        self,
        files: Sequence[Listed],
        known: Mapping[Listed, Seen],
        previous: Images | None,
        rejected: Sequence[Reject],
    ) -> None:
        self._known = known
        listed = {file.path for file in files}
        self._gone = {(file.size, file.changed): seen for file, seen in known.items() if file.path not in listed}
        self._before = {} if known else _present(previous)
        self._left_out = {} if known else {reject.path: reject.reason for reject in rejected}

    def seen(self, file: Listed) -> Seen:
        """Return what `file` was seen to be, else what it must be taken for."""
        if file in self._known:
            return self._known[file]
        if moved := self._gone.pop((file.size, file.changed), None):
            return moved
        if file.path in self._left_out:
            return Seen("", reason=self._left_out[file.path])
        own = f"unread: {file.path}"
        return Seen(self._before.get(file.path, own), own, 1, 1)
