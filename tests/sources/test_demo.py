"""The demo's posters: always the same, all different, and true to their metadata."""

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageFilter

from mapmaker.sources.demo import FAMILIES, DemoPoster, describe, draw, is_demo, write_posters
from mapmaker.sources.demo.families import PAINTERS
from mapmaker.sources.demo.lettering import _thickened
from mapmaker.sources.demo.palettes import COUNT, brightness, palette
from mapmaker.sources.demo.words import WORDS

SMALL = (60, 90)


def colors_seen(image: Image.Image) -> int:
    return len(set(image.resize((24, 36)).tobytes()))


def test_a_poster_is_drawn_the_same_every_time() -> None:
    assert draw(5, seed=3, size=SMALL).tobytes() == draw(5, seed=3, size=SMALL).tobytes()
    assert describe(5, seed=3) == describe(5, seed=3)


def test_a_seed_draws_posters_of_its_own() -> None:
    assert draw(5, seed=0, size=SMALL).tobytes() != draw(5, seed=1, size=SMALL).tobytes()
    assert describe(5, seed=0) != describe(5, seed=1)


def test_posters_differ_within_a_family_and_across() -> None:
    pictures = {draw(index, size=SMALL).tobytes() for index in range(3 * len(FAMILIES))}
    assert len(pictures) == 3 * len(FAMILIES)


@pytest.mark.parametrize("turn", range(len(FAMILIES)), ids=FAMILIES)
def test_every_family_draws_an_rgb_poster_of_the_size_asked_for(turn: int) -> None:
    poster = draw(turn + len(FAMILIES) * 4, size=(50, 70))
    assert (poster.mode, poster.size) == ("RGB", (50, 70))
    assert colors_seen(poster) > 30


def test_the_default_size_is_two_by_three() -> None:
    assert draw(0).size == (240, 360)


def test_families_take_turns_and_are_balanced() -> None:
    families = [describe(index).family for index in range(300)]
    assert families[: len(FAMILIES)] == list(FAMILIES)
    counts = Counter(families)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_every_family_has_words_and_a_way_to_be_drawn() -> None:
    assert tuple(PAINTERS) == tuple(WORDS) == FAMILIES
    assert 12 <= len(FAMILIES) <= 14


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_titles_and_file_names_are_unique_among_600(seed: int) -> None:
    posters = [describe(index, seed) for index in range(600)]
    assert len({poster.title for poster in posters}) == 600
    assert len({poster.filename.lower() for poster in posters}) == 600


def test_titles_stay_unique_when_words_run_out_and_sequels_begin() -> None:
    titles = [describe(index).title for index in range(3_000)]
    assert len(set(titles)) == 3_000
    assert any(title.endswith(" II") for title in titles)


@pytest.mark.parametrize("family", FAMILIES)
def test_openings_and_endings_meet_in_every_pair(family: str) -> None:
    words = WORDS[family]
    assert math.gcd(len(words.openings), len(words.endings)) == 1


def test_a_description_is_complete_and_plain() -> None:
    for index in range(100):
        poster = describe(index)
        assert poster.filename.startswith(f"{index:04d}-")
        assert poster.filename.isascii()
        assert " " not in poster.filename
        assert 1950 <= poster.year <= 2025
        assert set(poster.tags) <= set(WORDS[poster.family].tags)
        assert 1 <= len(poster.tags) == len(set(poster.tags))
        assert len(poster.director.split()) == 2


def test_file_names_say_the_index_and_the_title_only() -> None:
    poster = next(describe(index) for index in range(9_999) if "Last" in describe(index).title)
    slug = poster.title.lower().replace(" ", "-")
    assert poster.filename[5:] == f"{slug}.jpg"


def test_figures_stand_out_from_the_ground_in_every_palette() -> None:
    for number in range(COUNT):
        inks = palette(number, Random(number))
        for ground in (inks.ground, inks.field):
            assert abs(brightness(inks.figure) - brightness(ground)) > 60


@pytest.mark.parametrize("weight", [0, 1, 5, 16])
def test_letters_are_thickened_as_by_a_maximum_filter(weight: int) -> None:
    dots = Image.new("L", (80, 80))
    for at in ((30, 40), (33, 41), (52, 47)):
        dots.putpixel(at, 200)
    filtered = dots.filter(ImageFilter.MaxFilter(2 * weight + 1))
    assert _thickened(dots, weight).tobytes() == filtered.tobytes()


def test_posters_and_their_metadata_are_written(tmp_path: Path) -> None:
    path = write_posters(tmp_path / "new" / "posters", count=3, seed=1)
    assert path == tmp_path / "new" / "posters" / "metadata.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["filename", "title", "year", "tags", "director", "family"]
    assert [_poster(row) for row in rows] == [describe(index, seed=1) for index in range(3)]
    written = {entry.name for entry in path.parent.iterdir()}
    assert written == {"metadata.csv", *(row["filename"] for row in rows)}
    with Image.open(path.parent / rows[0]["filename"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (240, 360))


def _poster(row: dict[str, str]) -> DemoPoster:
    tags = tuple(row["tags"].split("|"))
    return DemoPoster(row["filename"], row["title"], int(row["year"]), tags, row["director"], row["family"])


def test_nothing_else_in_the_folder_is_touched(tmp_path: Path) -> None:
    mine = tmp_path / "0001-mine.jpg"
    mine.write_bytes(b"not a demo poster")
    write_posters(tmp_path, count=2)
    assert mine.read_bytes() == b"not a demo poster"
    assert len(list(tmp_path.iterdir())) == 4


def test_writing_again_writes_the_same_bytes_and_more_posters_change_none(tmp_path: Path) -> None:
    write_posters(tmp_path, count=2)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.jpg")}
    write_posters(tmp_path, count=3)
    after = {path.name: path.read_bytes() for path in tmp_path.glob("*.jpg")}
    assert len(after) == 3
    assert before.items() <= after.items()


def test_the_work_can_be_spread(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        spread = write_posters(tmp_path / "spread", count=4, spread=pool.map)
    plain = write_posters(tmp_path / "plain", count=4)
    assert spread.read_bytes() == plain.read_bytes()


def test_what_is_spread_can_be_pickled(tmp_path: Path) -> None:
    import pickle

    def pickled(function, items):  # type: ignore[no-untyped-def]  # any map-like
        return map(pickle.loads(pickle.dumps(function)), items)

    assert write_posters(tmp_path, count=1, spread=pickled).exists()


def test_a_folder_is_known_as_the_demos_even_if_the_drawing_was_cut_short(tmp_path: Path) -> None:
    def cut_short(function: Callable[[int], DemoPoster], items: Iterable[int]) -> Iterable[DemoPoster]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_posters(tmp_path, 3, spread=cut_short)
    assert is_demo(tmp_path)
