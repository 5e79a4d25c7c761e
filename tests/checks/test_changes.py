"""What the manifest says became of posters is held against the map."""

from collections.abc import Callable
from typing import Any

import pytest

import mapmaker as mm
from mapmaker.checks import Kind
from mapmaker.manifest import CHANGES

from .planted import MANIFEST, Copy

Told = dict[str, list[str]]


def told(copy: Copy) -> Told:
    """Return changes that are true of the map."""
    first, second, third = list(copy.value("ids/all"))[:3]
    return {"added": [first], "moved": [second, third], "removed": ["gone"], "replaced": [third]}


def test_changes_that_are_true_of_the_map_are_no_fault(copy: Copy) -> None:
    nothing: Told = {kind: [] for kind in CHANGES}
    for changes in (told(copy), nothing):
        copy.list_all(copy.listed(), changes=changes)
        assert list(mm.check(copy.root).faults) == []


FAULTS: dict[str, tuple[Callable[[Told], Any], str]] = {
    "of a poster that is not there": (
        lambda true: {**true, "moved": ["zz"]},
        "moved posters that are not on the map: zz",
    ),
    "of one that is there": (
        lambda true: {**true, "removed": true["moved"]},
        "removed posters that are still on the map",
    ),
    "of a newcomer that was there": (lambda true: {**true, "added": true["replaced"]}, "were added, and were there"),
    "out of order": (lambda true: {**true, "moved": true["moved"][::-1]}, "changes: moved do not ascend"),
    "twice": (lambda true: {**true, "added": true["added"] * 2}, "changes: added do not ascend"),
    "of no ids": (lambda true: {**true, "added": [7]}, "changes: added is [7], not a list"),
    "of other kinds": (lambda true: {**true, "lost": []}, "changes: has the keys"),
    "of too few kinds": (lambda true: {"added": true["added"]}, "changes: lacks 'moved'"),
    "in another order of kinds": (lambda true: dict(reversed(true.items())), "changes: has the keys"),
    "in no form": (lambda _: [1], "changes: is [1], not an object"),
    "of nothing": (lambda _: None, "has other bytes than were built"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_changes_that_are_not_so_are_found(copy: Copy, name: str) -> None:
    change, problem = FAULTS[name]
    copy.list_all(copy.listed(), changes=change(told(copy)))
    faults = mm.check(copy.root).faults
    assert {(fault.kind, fault.file) for fault in faults} == {(Kind.MANIFEST, MANIFEST)}
    assert any(problem in fault.problem for fault in faults), faults
