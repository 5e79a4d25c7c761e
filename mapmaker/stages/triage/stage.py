"""The stage itself: finds who may be a copy, looks closely, applies the rules and the user's lists, shows all."""

import collections
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from mapmaker import artifacts
from mapmaker.errors import ImagesError, near
from mapmaker.methods import copies
from mapmaker.methods.copies import Resemblance
from mapmaker.model import Images, Looks, Selection
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job
from mapmaker.stages.triage.closely import resemblances
from mapmaker.stages.triage.findings import Finding, Findings
from mapmaker.stages.triage.groups import Group, Pair, alike, by_company, by_worth, exact_copies, in_groups, names_of
from mapmaker.stages.triage.lists import Listed, list_files, read_lines, settled
from mapmaker.stages.triage.page import write_pages

MODES = ("drop", "report", "off")
RULES = (Selection.BLANK, Selection.PLACEHOLDER, Selection.NEAR, Selection.TEMPLATE)
"""In the order in which they are applied: a poster that one has dropped is nothing to the next."""
WORDS = {
    Selection.NEAR: ("near-duplicate", ""),
    Selection.BLANK: ("blank", "blank"),
    Selection.PLACEHOLDER: ("placeholder", ""),
    Selection.TEMPLATE: ("made from a template", "made from a template"),
    Selection.LISTED: ("on drop.txt", "on drop.txt"),
}
"""What to call one poster of a verdict, and many."""


@dataclass(frozen=True)
class TriageStage(Inside):
    """Options of triage. A rule is `drop`, `report`, which keeps and shows what it finds, or `off`.

    `near`: copies that are scaled, recompressed, cut a little or framed; `near_likeness`, `near_colour`: how alike in
    shape they are at least and how far apart in colour at most; `near_hash`: bits that their hashes differ in at most,
    if one is among the `near_rank` nearest of the other. `blank`: nothing but one colour; `blank_deviation`: what
    deviates less is. `placeholder`: one picture under `placeholder_names` names or more. `template`: `template_count`
    posters or more that share a layout, `template_likeness` alike. `keep`, `drop`: lists beside those in the folder of
    images.
    """

    name: ClassVar[str] = "triage"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        artifacts.IMAGES,
        artifacts.LOOKS,
        artifacts.REJECTS,
        artifacts.NEIGHBORS,
        artifacts.RECALLED,
    )
    writes: ClassVar[tuple[str, ...]] = (artifacts.SELECTION, artifacts.TRIAGED)

    near: str = "drop"
    near_likeness: float = 0.85
    near_colour: float = 6.8
    near_hash: int = 72
    near_rank: int = 8
    blank: str = "drop"
    blank_deviation: float = 4.0
    placeholder: str = "drop"
    placeholder_names: int = 10
    template: str = "report"
    template_count: int = 4
    template_likeness: float = 0.7
    keep: Path | None = None
    drop: Path | None = None

    def __post_init__(self) -> None:
        for rule in RULES:
            if (mode := getattr(self, rule)) not in MODES:
                raise ValueError(f"{rule} = {mode!r} is neither drop, report nor off: {near(str(mode), MODES)}")
        for option, least, most in (
            ("near_likeness", 0, 1),
            ("near_colour", 0, copies.FARTHEST_COLOUR),
            ("near_hash", 0, copies.HASH_BITS),
            ("near_rank", 1, None),
            ("blank_deviation", 0, 127),
            ("placeholder_names", 2, None),
            ("template_count", 2, None),
            ("template_likeness", 0, 1),
        ):
            value = getattr(self, option)
            if not (value >= least and (most is None or value <= most)):  # as nothing is of NaN
                raise ValueError(
                    f"{option} = {value} is not " + (f"{least} to {most}" if most else f"at least {least}")
                )

    def check(self, job: Job) -> None:  # noqa: ARG002 - the protocol's
        """The lists that are given must be there."""
        for option, path in (("keep", self.keep), ("drop", self.drop)):
            if path is not None and not path.is_file():
                raise ImagesError(f"no file {path}; give one that is there with triage.{option}")

    def outside(self, job: Job) -> Mapping[str, object]:
        """What the lists in the folder of images say."""
        lists = [[line.text for line in read_lines(files)] for files in list_files(job, self.keep, self.drop)]
        return {"lists": lists}

    def run(self, job: Job) -> Figures:
        """Find, look, judge; write the verdicts and the pages."""
        images = artifacts.read_images(job.work)
        looks = artifacts.read_looks(job.work, len(images))
        rejects = artifacts.read_rejects(job.work)
        keep, drop = (read_lines(files) for files in list_files(job, self.keep, self.drop))
        listed = settled(keep, drop, images, rejects)
        for warning in listed.warnings:
            job.progress.warn(warning)
        last = artifacts.read_standing(job.work, artifacts.RECALLED)
        on_map = np.zeros(len(images), bool)
        on_map[: len(last.cells)] = last.held
        order = by_worth(images, looks, on_map, listed.keep)
        graph = artifacts.read_neighbors(job.work, len(images)).index
        pairs = self._candidates(looks, listed, order, graph)
        seen = resemblances([(one, other) for one, other in pairs.tolist()], images, job)
        findings = self._findings(images, looks, listed, order, seen, exact_copies(rejects))
        selection = self._selection(images, listed, findings)
        if not len(selection.rows):
            raise ImagesError(_none_left(selection))
        artifacts.write_selection(job.work, selection)
        write_pages(job, images, looks, selection, findings)
        return _figures(selection, findings)

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return "; ".join([f"{count_of(figures['kept'], 'poster')} kept", *told(figures)])

    def _candidates(self, looks: Looks, listed: Listed, order: Sequence[int], graph: np.ndarray) -> copies.Pairs:
        """Return the pairs worth a close look: hashes very near, or near, and one among the other's nearest.

        `order`: the rows that are present, the copy to be kept before others, so that a crowd is tied to the best.
        """
        if self.near == self.placeholder == self.template == "off":
            return np.zeros((0, 2), np.int64)
        rows = np.array([row for row in order if row not in listed.drop], np.int64)
        rows = rows[looks.deviation[rows] > self.blank_deviation]
        something = np.zeros(len(looks), bool)
        something[rows] = True
        close = rows[copies.close_pairs(looks.hash[rows])]
        beside = copies.graph_pairs(graph, self.near_rank)
        beside = beside[something[beside].all(axis=1)]
        beside = beside[copies.distances(looks.hash, beside) <= self._farthest]
        return copies.unique_pairs(np.concatenate([close, beside]))

    @property
    def _farthest(self) -> int:
        """Bits within which posters of a template are looked for: further than copies."""
        return self.near_hash if self.template == "off" else max(self.near_hash, TEMPLATE_HASH)

    def _findings(
        self,
        images: Images,
        looks: Looks,
        listed: Listed,
        order: Sequence[int],
        seen: Mapping[Pair, Resemblance],
        exact: Mapping[str, Sequence[str]],
    ) -> Findings:
        """Return what each rule finds among what those before it left."""
        bits = dict(
            zip(seen, copies.distances(looks.hash, np.array([*seen], np.int64).reshape(-1, 2)).tolist(), strict=True)
        )
        near_ones = [pair for pair in alike(seen, self.near_likeness, self.near_colour) if bits[pair] <= self.near_hash]
        groups = in_groups(near_ones, order)
        members = {row for group in groups for row in group.rows}
        alone = [Group(row, []) for row in order if row not in members and images.path[row] in exact]
        crowds = [one for one in [*groups, *alone] if len(names_of(one, images, exact)) >= self.placeholder_names]
        found: list[Finding] = []
        if self.blank != "off":
            empty = np.flatnonzero(images.present & (looks.deviation <= self.blank_deviation)).tolist()
            found += [Finding(Selection.BLANK, [row], {row} - listed.drop) for row in empty]
        if self.placeholder != "off":
            found += [Finding(Selection.PLACEHOLDER, group.rows, set(group.rows)) for group in crowds]
        if self.placeholder == "drop":  # else those of a crowd are near-duplicates like others
            taken = {group.first for group in crowds}
            groups = [group for group in groups if group.first not in taken]
        if self.near != "off":
            found += [Finding(Selection.NEAR, group.rows, set(group.others)) for group in groups]
        if self.template != "off":
            left = {row for one in found if getattr(self, one.rule) == "drop" for row in one.against}
            shared = [
                pair for pair, one in seen.items() if one.likeness >= self.template_likeness and not left & set(pair)
            ]
            series = [g for g in in_groups(shared, by_company(shared)) if len(g.rows) >= self.template_count]
            found += [Finding(Selection.TEMPLATE, group.rows, set(group.rows)) for group in series]
        modes = {rule: getattr(self, rule) for rule in RULES}
        return Findings(found, modes, seen, bits, listed.keep, listed.drop, exact)

    def _selection(self, images: Images, listed: Listed, findings: Findings) -> Selection:
        """Return a verdict for each row: the user's wish, else the first rule that drops it."""
        verdict = [Selection.KEPT if here else Selection.GONE for here in images.present.tolist()]
        for finding in findings.found:
            if findings.modes[finding.rule] == "drop":
                for row in finding.against:
                    if verdict[row] == Selection.KEPT and row not in listed.keep:
                        verdict[row] = finding.rule
        for row in listed.drop:
            if images.present[row]:
                verdict[row] = Selection.LISTED
        return Selection(verdict)


TEMPLATE_HASH = 100
"""Bits within which the hashes of posters with one layout lie; two of unrelated posters differ in some 128."""


def _figures(selection: Selection, findings: Findings) -> Figures:
    counts = collections.Counter(selection.verdict)
    figures: dict[str, float | int | str] = {"kept": counts[Selection.KEPT]}
    figures |= {verdict: counts[verdict] for verdict in WORDS}
    figures["duplicates"] = sum(len(paths) for paths in findings.exact.values())
    for rule in RULES:
        reported = {row for one in findings.found if one.rule == rule for row in one.against}
        figures[f"{rule}_reported"] = len(reported) if findings.modes[rule] == "report" else 0
    return figures


def told(figures: Figures) -> list[str]:
    """Return what is left out or looked like it, in words: "30 near-duplicates, 6 blank"."""
    dropped = [count_of(figures[verdict], *words) for verdict, words in WORDS.items() if figures[verdict]]
    if figures["duplicates"]:
        dropped.insert(0, count_of(figures["duplicates"], "duplicate"))
    kept = [
        f"{count_of(figures[f'{rule}_reported'], *WORDS[rule])} reported"
        for rule in RULES
        if figures[f"{rule}_reported"]
    ]
    return [", ".join(dropped)] * bool(dropped) + kept


def _none_left(selection: Selection) -> str:
    counts = collections.Counter(verdict for verdict in selection.verdict if verdict != Selection.GONE)
    reasons = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items())
    return f"triage leaves no poster ({reasons}); turn a rule off, such as --set triage.blank=off, or list some to keep"
