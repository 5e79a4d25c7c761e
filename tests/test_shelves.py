"""Pages of the list: how many posters they hold, and that they stay as they are when others come."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from mapmaker.shelves import FULL, PICTURES, lot, most_pages, page_breaks, pictured


def shelf(random_: random.Random, posters: int) -> list[bytes]:
    return [lot(f"{random_.getrandbits(60):x}") for _ in range(posters)]


def with_newcomers(random_: random.Random, lots: Sequence[bytes], newcomers: int) -> list[bytes]:
    after = list(lots)
    for one in shelf(random_, newcomers):
        after.insert(random_.randrange(len(after) + 1), one)
    return after


def parted(lots: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [lots[first:last] for first, last in pairwise([*page_breaks(lots), len(lots)])]


def strip(page: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(page[place] for place in pictured(page))


@pytest.mark.parametrize("posters", [0, 1, FULL - 1, FULL, FULL + 1, 2 * FULL, 1_000, 5_000])
def test_pages_hold_all_posters_in_order_and_are_neither_too_full_nor_nearly_empty(posters: int) -> None:
    for seed in range(20):
        lots = shelf(random.Random(seed), posters)
        pages = parted(lots)
        assert [one for page in pages for one in page] == lots
        assert len(pages) == -(-posters // FULL) or posters > FULL
        assert all(len(page) <= FULL for page in pages)
        assert posters <= FULL or min(map(len, pages)) >= FULL // 3


def test_who_comes_changes_a_page_and_hardly_ever_a_break() -> None:
    own = others = shown = total = 0
    for seed in range(20):
        random_ = random.Random(seed)
        before = shelf(random_, 5_000)
        pages, known = {tuple(page) for page in parted(before)}, set(before)
        strips = {strip(page) for page in pages}
        after = [tuple(page) for page in parted(with_newcomers(random_, before, 50))]
        own += sum(not known.issuperset(page) for page in after)
        others += sum(known.issuperset(page) and page not in pages for page in after)
        shown += sum(strip(page) not in strips for page in after)
        total += len(after)
    assert own > 0.7 * total  # of 200 posters on a page two are new
    assert others < 0.02 * total
    assert shown < 0.3 * total  # 24 of 200 are on its strip


def test_of_a_hundred_who_come_or_go_nearly_all_change_a_single_page() -> None:
    random_ = random.Random(0)
    before = shelf(random_, 5_000)
    pages = {tuple(page) for page in parted(before)}
    changed = []
    for _ in range(50):
        gone = before.copy()
        del gone[random_.randrange(len(gone))]
        changed += [
            sum(tuple(page) not in pages for page in parted(now)) for now in (with_newcomers(random_, before, 1), gone)
        ]
    assert changed.count(1) >= 95


def test_a_strip_shows_as_many_as_it_can_in_the_order_of_the_page() -> None:
    lots = shelf(random.Random(0), FULL)
    assert pictured([]) == []
    assert pictured(lots[:PICTURES]) == list(range(PICTURES))
    places = pictured(lots)
    assert len(places) == PICTURES
    assert places == sorted(places)
    assert max(lots[place] for place in places) < min(set(lots) - {lots[place] for place in places})


@pytest.mark.parametrize("posters", [1, FULL, 450, 451, 520, 700, 1_000, 2_000, 5_000])
def test_as_many_pages_as_are_foretold_are_enough_and_few_are_too_many(posters: int) -> None:
    for seed in range(50):
        pages = len(parted(shelf(random.Random(seed), posters)))
        assert pages <= most_pages([posters])
        assert posters > 450 or pages == most_pages([posters])
    assert most_pages([posters] * 50) <= 1.2 * 50 * max(1, posters / 200)
    assert most_pages([]) == 0
