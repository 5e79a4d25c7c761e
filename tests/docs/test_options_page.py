"""docs/options.md against the dataclasses that it describes."""

import dataclasses
import re
from collections import Counter
from pathlib import Path

import pytest

from mapmaker.pipeline import SHORTCUTS, STAGES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "options.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+\.\w+)` \|", PAGE, re.MULTILINE)


def _known() -> dict[str, set[str]]:
    """Return, by "stage.option", its defaults as the page writes them; methods of a stage may differ in theirs."""
    known: dict[str, set[str]] = {}
    for stage in STAGES:
        for field in dataclasses.fields(stage):  # type: ignore[arg-type]  # stages are dataclasses
            methods = field.metadata.get("methods")
            if methods is None:
                known.setdefault(f"{stage.name}.{field.name}", set()).add(_written(field.default))
                continue
            known[f"{stage.name}.{field.name}"] = {f"`{field.metadata['name']}`"}
            for method in methods.values():
                for option in dataclasses.fields(method()):
                    known.setdefault(f"{stage.name}.{option.name}", set()).add(_written(option.default))
    return known


def _written(default: object) -> str:
    if default is None:
        return "none"
    if default in ("", ()):
        return "empty"
    return f"`{default}`" if isinstance(default, str) else str(default)


KNOWN = _known()
METHODS = Counter(
    f"{stage.name}.{option.name}"
    for stage in STAGES
    for field in dataclasses.fields(stage)  # type: ignore[arg-type]  # stages are dataclasses
    for method in field.metadata.get("methods", {}).values()
    for option in dataclasses.fields(method())
)
"""How many methods have an option of that name."""


def test_the_page_lists_every_option_and_no_other() -> None:
    assert set(ROWS) == set(KNOWN)


def test_no_table_lists_an_option_twice_and_only_methods_share_a_name() -> None:
    """An option that several methods have, each with a default of its own or not, has a row in the table of each."""
    tables = [re.findall(r"^\| `(\w+\.\w+)` \|", table, re.MULTILINE) for table in re.split(r"\n\n", PAGE)]
    for rows in tables:
        assert len(rows) == len(set(rows))
    assert {name: ROWS.count(name) for name in KNOWN} == {name: max(1, METHODS[name]) for name in KNOWN}


@pytest.mark.parametrize("name", KNOWN)
def test_every_default_on_the_page_is_the_one_in_the_code(name: str) -> None:
    written = set(re.findall(rf"^\| `{re.escape(name)}` \| (.+?) \|", PAGE, re.MULTILINE))
    assert written == KNOWN[name]


@pytest.mark.parametrize("name", SHORTCUTS)
def test_every_flag_is_named_on_the_page(name: str) -> None:
    assert f"`--{name.replace('_', '-')}`" in PAGE
