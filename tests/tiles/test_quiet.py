"""What Pillow warns of stays inside, and the filters of warnings are as they were, whoever decodes at once."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mapmaker_tiles import decode
from mapmaker_tiles.quiet import quiet
from tests.tiles.pictures import SUFFIXES, assert_close, png, reason, saved, scene


def test_pillow_s_warnings_stay_inside(tmp_path: Path) -> None:
    file = tmp_path / "large.png"  # more than Pillow's warning level, less than ours
    file.write_bytes(png(9500, 9500, 1, 0, b""))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert reason(file)
    assert seen == []


def test_threads_decode_at_once_and_leave_the_filters_alone(tmp_path: Path) -> None:
    files = [saved(scene(), tmp_path / f"a{suffix}") for suffix in SUFFIXES] * 4
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as threads:
        for picture in threads.map(decode, files):
            assert_close(picture, scene(), 8)
    assert warnings.filters == before


def test_filters_are_restored_though_threads_leave_crosswise() -> None:
    before = list(warnings.filters)
    first, second = quiet(), quiet()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert warnings.filters != before
    second.__exit__(None, None, None)
    assert warnings.filters == before
