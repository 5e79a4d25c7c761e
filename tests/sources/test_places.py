"""What fetched pictures are called: safely, each its own name, and the same in every run."""

from pathlib import Path

import pytest
from faulty_host import Answer
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.sources.places import Places
from tests.sources.shop import Shop, picture


def test_names_do_not_depend_on_what_comes_first(shop: Shop) -> None:
    for i in range(6):
        shop.offer(f"/{i}", Answer(picture(i), waits=0.25 - 0.05 * i), title="Same", filename="x/../Sa:me.tiff")
    shop.fetch()
    for i in range(6):
        number = f" ({i + 1})" if i else ""
        assert (shop.folder / "x" / "_" / f"Sa_me{number}.jpg").read_bytes() == picture(i)


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif"), ("AVIF", ".avif")])
def test_a_file_is_called_by_what_it_is_not_by_what_it_is_said_to_be(kind: str, suffix: str, shop: Shop) -> None:
    shop.offer("/poster.jpg", Answer(picture(kind=kind), type="application/octet-stream"))
    shop.fetch()
    assert f"poster.jpg{suffix}" in shop.files


def test_names_are_not_cut_at_a_dot_that_begins_no_suffix(shop: Shop) -> None:
    for i, title in enumerate(["Dr. Strangelove or: How I Learned to Stop Worrying", "Mr. Nobody", "Vol. 2 of 3"]):
        shop.offer(f"/{i}", Answer(picture(i)), title=title, filename="Mr. Right" if i == 1 else "", year="1964")
    shop.fetch()
    assert {"Dr. Strangelove or_ How I Learned to Stop Worrying (1964).jpg", "Mr. Right.jpg"} <= {*shop.files}
    assert "Vol. 2 of 3 (1964).jpg" in shop.files
    assert shop.fetch().there == 3


HOSTILE = st.text(st.characters(exclude_categories=[]), max_size=150) | st.sampled_from(
    [
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "CON",
        "con.jpg",
        "aux",
        " ",
        ".",
        "a" * 300,
        "é" * 200,
        "字" * 150,
        "Alien",
        "ALIEN",
        "alien",
        "a.jpg/b",
        "a",
        "metadata",
        "fetched",
        ".fetch/lock",
        "x.",
        "x ",
        "e\u0301",
        "\u00e9",
    ]
)


@given(st.lists(HOSTILE, max_size=12))
def test_places_are_safe_and_each_its_own(names: list[str]) -> None:
    places = Places(Path("/nowhere"), [])
    given = [places.of(f"http://x/{i}", name) for i, name in enumerate(names)]
    assert len({place.casefold() for place in given}) == len(names)
    assert given == [places.of(f"http://x/{i}", name) for i, name in enumerate(names)]
    for place in given:
        for part in place.split("/"):
            assert part.strip(" .") == part.rstrip(" .") != ""
            assert part == "_" or not part.startswith(".")
            assert not set('<>:"\\|?*\0\n') & set(part)
            assert len(f"{part}.webp".encode()) <= 255
            assert part.partition(".")[0].lower() not in ("con", "aux", "nul", "prn", "com1")


def test_places_are_found_quickly_where_many_are_called_alike(tmp_path: Path) -> None:
    places = Places(tmp_path, [])
    last = [places.of(f"http://h/{i}", "default") for i in range(30_000)][-1]
    assert last == "default (30000)"
