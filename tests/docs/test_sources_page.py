"""docs/sources.md against the command and the file that it describes."""

import argparse
import re
from pathlib import Path

import pytest

from mapmaker.cli.parser import make_parser
from mapmaker.sources.listing import Listing
from mapmaker.sources.tmdb import ATTRIBUTION, Tmdb
from mapmaker.sources.web import Secret

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def options(source: str) -> set[str]:
    """Return the options of `mapmaker fetch SOURCE` that no other source has."""
    names = []
    for one in (source, "moviegenre"):
        parser = _below(_below(make_parser(), "fetch"), one)
        names.append({option for action in parser._actions for option in action.option_strings})
    return names[0] - names[1]


def _below(parser: argparse.ArgumentParser, name: str) -> argparse.ArgumentParser:
    (found,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    below: argparse.ArgumentParser = found.choices[name]
    return below


@pytest.mark.parametrize("source", ["tmdb", "iiif", "listing"])
def test_every_option_of_a_source_is_told_and_no_other(source: str) -> None:
    (section,) = re.findall(rf"^## {source}: .*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    rows = "\n".join(line for line in section.splitlines() if line.startswith("| `--"))
    told = set(re.findall(r"`(--[a-z-]+)", "\n".join(row.split("|")[1] for row in rows.splitlines())))
    assert told == options(source)


def test_the_listing_that_is_shown_is_one(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "awards.toml"
    file.write_text(shown, encoding="utf-8")
    recipe = Listing(file).recipe
    assert recipe.address(1990, None) == "https://awards.example/1990/"
    assert list(recipe.years) == list(range(1990, 2000))
    assert recipe.page is not None
    assert list(recipe.page.columns) == ["studio"]


def test_what_tmdb_wants_said_and_its_defaults_are_told() -> None:
    assert ATTRIBUTION in PAGE
    source = Tmdb(token=Secret("x"), accepted=True)
    for value in (source.sort, source.language, source.size):
        assert f"| `{value}` |" in PAGE
