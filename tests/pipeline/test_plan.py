"""What a build plans for the host that it is told of."""

import re
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker.errors import OptionError
from mapmaker.pipeline import plan
from mapmaker.stages.compose import ComposeStage
from tests.conftest import Notes


def test_archives_are_no_larger_than_the_host_takes_and_refused_where_they_cannot_be_read() -> None:
    packed = {"compose": {"tiles": "pmtiles"}}
    composed = {stage.name: stage for stage in plan({**packed, "raster": {"host": "github-pages"}})}["compose"]
    assert isinstance(composed, ComposeStage)
    assert composed.archive_bytes == 100_000_000
    with pytest.raises(OptionError, match="Cloudflare Pages does not"):
        plan({**packed, "raster": {"host": "cloudflare-pages"}})


@pytest.mark.parametrize("listed", [True, False])
def test_the_plan_for_a_host_counts_list_and_galleries_if_the_site_will_have_them(
    posters: Path, tmp_path: Path, listed: bool
) -> None:
    notes = Notes()
    chosen = {"list": listed, "galleries": listed, "search": "director"}
    options: dict[str, Any] = {"extractor": "classic", "layout": "pca", "poster_size": 32, "host": "s3"}
    table = posters / "metadata.csv"
    mm.build(posters, tmp_path / "map", table, workers=1, progress=notes, compose=chosen, **options)
    files = sum(path.is_file() for path in (tmp_path / "map").rglob("*"))
    foretold = int(re.search(r"([\d,]+) files; for", notes.shown[-1])[1].replace(",", ""))  # type: ignore[index]
    assert abs(foretold - files) <= (4 if listed else 0)  # what clusters there will be is a guess
