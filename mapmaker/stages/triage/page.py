"""What was found -> `triage/index.html` in the work folder: every group with thumbnails, why, and how to overrule it.

It stays in the work folder: pictures that were thrown out are not published. All addresses are relative, nothing is
loaded from elsewhere, no script. Whatever comes from outside is escaped here and only ever text.
"""

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from mapmaker import artifacts, workspace
from mapmaker.model import Images, Looks, Selection
from mapmaker.plural import count_of
from mapmaker.stages import DROP_LIST, KEEP_LIST, Job
from mapmaker.stages.triage.findings import Finding, Findings
from mapmaker.stages.triage.lists import line_of

GROUPS = 100
"""On a page."""
HEIGHT = 200
"""Pixels of a thumbnail."""
MOST_SHOWN = 60
"""Pictures of a group; of a thousand copies of a placeholder nobody wants to see more."""
STYLE = "triage.css"
_HEADINGS = {
    Selection.NEAR: "Near-duplicates",
    Selection.PLACEHOLDER: "Placeholder",
    Selection.BLANK: "Blank",
    Selection.TEMPLATE: "Made from a template",
    Selection.LISTED: "On your lists",
    "exact": "Exact copies",
}
_VERDICTS = {
    Selection.NEAR: "near-duplicate",
    Selection.TEMPLATE: "made from a template",
    Selection.LISTED: "on your list",
}
"""What to call a verdict whose name does not say it."""
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


def write_pages(job: Job, images: Images, looks: Looks, selection: Selection, findings: Findings) -> None:
    """Write the folder of pages, with an index of its files by digest."""
    folder = job.work.fresh(artifacts.TRIAGED)
    (folder / "thumbs").mkdir(parents=True)
    book = Book(images, looks, selection, findings)
    groups = list(book.groups())
    thumbs = Thumbs(job.images, folder / "thumbs", job.work.path(artifacts.TRIAGED) / "thumbs")
    thumbs.write({images.sha256[row]: images.path[row] for one in groups for row in one.rows[:MOST_SHOWN]}, job)
    pages = [groups[start : start + GROUPS] for start in range(0, len(groups), GROUPS)] or [[]]
    for number, some in enumerate(pages, 1):
        text = book.page(some, number, len(pages))
        (folder / page_name(number)).write_bytes(text.encode("utf-8", "backslashreplace"))
    (folder / STYLE).write_text(_STYLE, encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {path.relative_to(folder).as_posix(): workspace.file_digest(path) for path in files}
    (folder / workspace.INDEX).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


def page_name(number: int) -> str:
    """Return the file name of the page with this number, from 1."""
    return "index.html" if number == 1 else f"page-{number}.html"


@dataclass(frozen=True)
class Book:
    """All that the pages tell."""

    images: Images
    looks: Looks
    selection: Selection
    findings: Findings

    def groups(self) -> Iterator[Finding]:
        """Yield what is shown: what the rules found, by rule, the user's own lists, and exact copies."""
        for rule in (Selection.NEAR, Selection.PLACEHOLDER, Selection.BLANK, Selection.TEMPLATE):
            yield from (one for one in self.findings.found if one.rule == rule)
        listed = sorted(self.findings.keep | self.findings.drop)
        yield from (Finding(Selection.LISTED, [row], set()) for row in listed)
        row_of = {path: row for row, path in enumerate(self.images.path)}
        yield from (Finding("exact", [row_of[path]], set()) for path in self.findings.exact if path in row_of)

    def page(self, groups: Sequence[Finding], number: int, last: int) -> str:
        """Return one page."""
        kept = count_of(len(self.selection.rows), "poster")
        body = [self._section(rule, list(some)) for rule, some in groupby(groups, key=lambda one: one.rule)]
        nothing = "" if groups else "<p>Nothing was found, and nothing left out.</p>"
        links = "" if last == 1 else _links(number, last)
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Triage{f', page {number}' if number > 1 else ''}</title>\n"
            f'<link rel="stylesheet" href="{STYLE}">\n</head>\n<body>\n<main>\n<h1>Triage</h1>\n'
            f"<p>{kept} kept. To overrule what is told here, put a line into <code>{KEEP_LIST}</code> or "
            f"<code>{DROP_LIST}</code> in the folder of images, such as one of those below, and build again.</p>\n"
            f"{nothing}{links}{''.join(body)}{links}</main>\n</body>\n</html>\n"
        )

    def _section(self, rule: str, groups: Sequence[Finding]) -> str:
        heading = f"<h2>{_HEADINGS[rule]}</h2>{_explained(rule, self.findings.modes)}"
        return f'{heading}\n<div class="groups">\n{"".join(map(self._group, groups))}</div>\n'

    def _group(self, one: Finding) -> str:
        shown = one.rows[:MOST_SHOWN]
        more = len(one.rows) - len(shown)
        cards = "".join(self._card(row, one) for row in shown)
        rest = f'<p class="quiet">and {more:,} more</p>' if more else ""
        return f"<div><ul>{cards}</ul>{rest}</div>\n"

    def _card(self, row: int, one: Finding) -> str:
        line = escape(line_of(self.images.path[row], self.images.id[row]))
        size = f"{self.images.width[row]} x {self.images.height[row]}, {self.looks.size[row] / 1000:,.0f} kB"
        verdict = self.selection.verdict[row]
        is_kept = verdict == Selection.KEPT
        name = "Kept" if is_kept else f"Left out: {_VERDICTS.get(verdict, verdict)}"
        overrule = f"to drop it, into {DROP_LIST}:" if is_kept else f"to keep it, into {KEEP_LIST}:"
        return (
            f'<li class="{"kept" if is_kept else "out"}">'
            f'<img src="thumbs/{escape(self.images.sha256[row])}.jpg" alt="" height="{HEIGHT}" loading="lazy">'
            f"<p><strong>{escape(name)}</strong> {size}</p>{self._why(row, one)}"
            f'<p class="quiet">{overrule}</p><code>{line}</code></li>'
        )

    def _why(self, row: int, one: Finding) -> str:
        """Return why a poster is in its group, as a paragraph."""
        if one.rule == Selection.BLANK:
            return f"<p>deviation {self.looks.deviation[row]:.1f} of 127</p>"
        if one.rule == Selection.LISTED:
            return f"<p>on {KEEP_LIST if row in self.findings.keep else DROP_LIST}</p>"
        copies = self.findings.exact.get(self.images.path[row], ())
        also = (
            f"<p>exact copies left out: {escape(', '.join(copies[:5]))}{' …' * (len(copies) > 5)}</p>" if copies else ""
        )
        told = self.findings.why(one.rows[0], row)
        if told is None:
            return also
        seen, bits = told
        return f"<p>likeness {seen.likeness:.2f}, colour {seen.colour:.1f}, {bits} of 255 bits</p>{also}"


def _explained(rule: str, modes: Mapping[str, str]) -> str:
    """Return what the rule does, as a paragraph."""
    words = {
        Selection.NEAR: "Copies of one picture, scaled, recompressed, cut or framed. Of each group the first is kept.",
        Selection.PLACEHOLDER: "One picture under many names.",
        Selection.BLANK: "Nothing but one colour.",
        Selection.TEMPLATE: "Posters that share a layout, perhaps made by machine, perhaps a series.",
        Selection.LISTED: f"Named in {KEEP_LIST} or {DROP_LIST}.",
        "exact": "Files with the same bytes or the same pixels. The scan keeps the first by path, or who was first.",
    }
    mode = modes.get(rule)
    reported = " Only reported: they are on the map." if mode == "report" else ""
    option = f" The option is <code>triage.{rule}</code>." if mode else ""
    return f'<p class="quiet">{words[rule]}{reported}{option}</p>'


def _links(number: int, last: int) -> str:
    before = f'<a href="{page_name(number - 1)}" rel="prev">Previous</a>' if number > 1 else ""
    after = f'<a href="{page_name(number + 1)}" rel="next">Next</a>' if number < last else ""
    return f'<nav aria-label="Pages">{before}<span aria-current="page">{number} of {last}</span>{after}</nav>'


@dataclass(frozen=True)
class Thumbs:
    """Small pictures of what is shown, by content; those of the last time are taken over."""

    images: Path
    folder: Path
    last: Path

    def write(self, wanted: dict[str, str], job: Job) -> None:
        """Write a thumbnail of each file, given by digest."""
        lacking = {}
        for digest, path in wanted.items():
            try:
                shutil.copyfile(self.last / f"{digest}.jpg", self.folder / f"{digest}.jpg")
            except OSError:
                lacking[digest] = path
        for digest, jpeg in zip(lacking, job.engine.map(Thumb(self.images), lacking.values()), strict=True):
            (self.folder / f"{digest}.jpg").write_bytes(jpeg)


@dataclass(frozen=True)
class Thumb:
    """Makes a thumbnail of a file of `folder`: a function for workers."""

    folder: Path

    def __call__(self, path: str) -> bytes:
        """Return a JPEG; an empty one where the file cannot be read any more."""
        from mapmaker_tiles import DecodeError, decode

        try:
            picture = decode(self.folder / path, at_least=(HEIGHT, HEIGHT))
        except DecodeError:
            return b""
        picture.thumbnail((3 * HEIGHT, HEIGHT))
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=80)
        return content.getvalue()


_STYLE = """\
:root { color-scheme: dark light; --page: #0b0b0c; --panel: #121214; --text: #edebe6; --quiet: #a09d96;
  --line: #2d2d31; --accent: #f2b33d;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
@media (prefers-color-scheme: light) { :root { --page: #f6f2ea; --panel: #fcfaf5; --text: #1d1b18; --quiet: #69645a;
  --line: #dad3c5; --accent: #a84308 } }
* { box-sizing: border-box }
body { max-width: 1200px; margin: 0 auto; padding: 24px 24px 64px; background: var(--page); color: var(--text);
  overflow-wrap: anywhere }
h1 { margin: 0 0 8px; font-size: clamp(26px, 4vw, 38px); line-height: 1.15; letter-spacing: -.015em }
h2 { margin: 48px 0 4px; font-size: 19px }
p { margin: 0; max-width: 75ch }
.quiet { color: var(--quiet) }
.groups { display: flex; flex-wrap: wrap; gap: 32px 24px; margin-top: 20px }
ul { display: flex; flex-wrap: wrap; gap: 16px; height: 100%; margin: 0; padding: 0 0 0 16px;
  border-left: 1px solid var(--line); list-style: none }
li { width: 150px; font-size: 13px }
li img { display: block; max-width: 100%; height: 200px; margin-bottom: 8px; object-fit: contain;
  object-position: left bottom }
.out img { opacity: .6 }
.kept strong { color: var(--accent) }
code { font: 12px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; user-select: all }
li code { display: block; padding: 4px 6px; border: 1px solid var(--line); border-radius: 3px;
  background: var(--panel); white-space: pre-wrap }
nav { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 32px }
nav a { display: flex; align-items: center; min-height: 44px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 3px; background: var(--panel); color: inherit }
nav span { padding: 0 8px; color: var(--quiet) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
"""
