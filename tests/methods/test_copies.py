"""Copies: the hash and the close look, on drawn posters and copies of them, and on real pairs that were looked at."""

import csv
import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from duplicates import COPIES, LABELS
from numpy.typing import NDArray
from PIL import Image

from mapmaker.methods import copies
from mapmaker.stages.scan.looks import packed, unpacked
from mapmaker.stages.triage import TriageStage
from mapmaker_tiles import decode

RULES = TriageStage()
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "posters"


def hash_of(picture: Image.Image) -> NDArray[np.uint8]:
    return unpacked([packed(picture, 1)]).hash


def are_copies(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are found to be, as long as one is among the nearest of the other."""
    hashes = np.concatenate([hash_of(one), hash_of(other)])
    seen = copies.resemblance(copies.views(one), copies.views(other))
    near = copies.distances(hashes, np.array([[0, 1]]))[0] <= RULES.near_hash
    return bool(near and seen.likeness >= RULES.near_likeness and seen.colour <= RULES.near_colour)


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_known_and_is_no_copy_of_another_poster(how: str, posters: Path) -> None:
    pictures = [decode(file) for file in sorted(posters.glob("*.jpg"))[:8]]
    for picture, other in itertools.pairwise(pictures):
        assert are_copies(picture, COPIES[how](picture))
        assert not are_copies(COPIES[how](picture), other)


def test_no_two_demo_posters_are_copies(posters: Path) -> None:
    pictures = [decode(file) for file in sorted(posters.glob("*.jpg"))]
    looks = unpacked([packed(picture, 1) for picture in pictures])
    assert len(copies.close_pairs(looks.hash)) == 0
    pairs = np.array(list(itertools.combinations(range(len(pictures)), 2)))
    near = pairs[copies.distances(looks.hash, pairs) <= RULES.near_hash]
    assert not [pair for pair in near.tolist() if are_copies(*(pictures[row] for row in pair))]


def test_what_is_noted_of_a_picture_is_what_triage_asks_for(posters: Path) -> None:
    picture = decode(min(posters.glob("*.jpg")))
    looks = unpacked([packed(picture, 7), ""])
    assert [field.name for field in dataclasses.fields(looks)] == ["hash", "deviation", "size", "colors"]
    assert looks.deviation.tolist() == pytest.approx(
        [np.asarray(picture, np.float64).std(axis=(0, 1)).max(), 0], rel=1e-6
    )
    assert looks.size.tolist() == [7, 0]
    assert looks.hash.any(axis=1).tolist() == [True, False]


def test_close_pairs_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 256, (60, 32), np.uint8)
    for row in range(30, 60):  # half of them are others with some bits turned
        bits = np.unpackbits(hashes[row - 30])
        bits[rng.choice(256, row, replace=False)] ^= 1
        hashes[row] = np.packbits(bits)
    pairs = np.array(list(itertools.combinations(range(60), 2)))
    close = pairs[copies.distances(hashes, pairs) <= copies.CLOSE]
    assert len(close) == 2
    assert copies.close_pairs(hashes).tolist() == close.tolist()


def test_distances_count_bits() -> None:
    hashes = np.zeros((3, 32), np.uint8)
    hashes[1], hashes[2, 0] = 255, 0b101
    assert copies.distances(hashes, np.array([[0, 1], [0, 2], [1, 2]])).tolist() == [256, 2, 254]


def test_a_crowd_of_copies_makes_few_pairs_and_all_are_tied_to_the_first() -> None:
    pairs = copies.close_pairs(np.zeros((300, 32), np.uint8))
    assert len(pairs) <= 300 * 16
    assert set(pairs[pairs[:, 0] == 0][:, 1].tolist()) == set(range(1, 300))


def test_in_a_crowd_of_hashes_equal_and_near_all_are_tied_to_the_first_of_all() -> None:
    rng = np.random.default_rng(0)
    hashes = np.zeros((400, 32), np.uint8)
    hashes[rng.choice(400, 150, replace=False), 3] = 0b110  # another kind, near to the first
    for row in range(0, 400, 4):  # and a quarter that are near to all, and nobody's equal
        hashes[row, 8:] = np.packbits(rng.permutation(np.arange(192) < 5))
    pairs = copies.close_pairs(hashes)
    assert len(pairs) <= 400 * 17
    assert set(pairs[pairs[:, 0] == 0][:, 1].tolist()) == set(range(1, 400))


def test_of_equal_hashes_that_are_few_all_pairs_are_told() -> None:
    hashes = np.repeat(np.random.default_rng(0).integers(0, 256, (3, 32), np.uint8), 9, axis=0)
    pairs = [pair for start in (0, 9, 18) for pair in itertools.combinations(range(start, start + 9), 2)]
    assert [tuple(pair) for pair in copies.close_pairs(hashes).tolist()] == pairs


def test_pairs_of_a_graph_are_told_once_and_nobody_is_none() -> None:
    index = np.array([[1, 2], [0, -1], [-1, -1], [1, 0]], np.int32)
    assert copies.graph_pairs(index, 1).tolist() == [[0, 1], [1, 3]]
    assert copies.graph_pairs(index, 9).tolist() == [[0, 1], [0, 2], [0, 3], [1, 3]]


def test_one_colour_is_like_itself_and_not_like_a_poster(posters: Path) -> None:
    plain = copies.views(Image.new("RGB", (300, 450), "navy"))
    poster = copies.views(decode(min(posters.glob("*.jpg"))))
    assert copies.resemblance(plain, plain) == copies.Resemblance(1, 0)
    assert copies.resemblance(plain, poster).likeness < 0.2


def test_a_poster_in_other_colours_is_no_copy(posters: Path) -> None:
    picture = decode(min(posters.glob("*.jpg")))
    red, green, blue = picture.split()
    assert not are_copies(picture, Image.merge("RGB", (blue, red, green)))


@pytest.mark.shared
@pytest.mark.skipif(not REAL.exists(), reason="no ../shared/data/posters")
def test_of_real_pairs_that_were_looked_at_copies_are_told_from_other_posters() -> None:
    """The hash and the close look alone; `benchmarks/duplicates.py` has the curve, with the graph of a network."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    found = {True: 0, False: 0}
    for pair in pairs:
        one, other = (decode(REAL / pair[name]) for name in ("file", "other"))
        found[pair["same"] == "yes"] += are_copies(one, other)
    assert found[True] / (found[True] + found[False]) >= 0.95
    assert found[True] / sum(pair["same"] == "yes" for pair in pairs) >= 0.85  # some of them with a cross over them
