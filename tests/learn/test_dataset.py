"""Labelled posters: which rows count, what their labels are, and that no film is in two splits."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mapmaker.errors import ImagesError, MetadataError, OptionError
from mapmaker.learn import SPLITS, Labelling, read_dataset
from mapmaker.learn.splits import read_splits, stratified, write_splits
from mapmaker.tables.moviegenre import HEADER

Rows = Sequence[Mapping[str, str]]
GENRES = ("Drama|Romance", "Horror", "Horror|Drama", "Romance")


def write(folder: Path, rows: Rows, absent: Sequence[str] = ()) -> Path:
    """Write a table and an image for each of its rows."""
    folder.mkdir(exist_ok=True)
    for row in rows:
        if row["filename"] not in absent:
            (folder / row["filename"]).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 6)).save(folder / row["filename"])
    with (folder / "table.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "table.csv"


def films(count: int, **more: str) -> list[dict[str, str]]:
    """Return rows of so many films, of genres in turn."""
    return [{"filename": f"p{i:03}.png", "genres": GENRES[i % 4], "imdb_id": f"tt{i:07}", **more} for i in range(count)]


def test_every_label_is_kept_and_the_first_one_known(tmp_path: Path) -> None:
    dataset, notes = read_dataset(tmp_path, write(tmp_path, films(40)), Labelling(least=2))
    assert dataset.classes == ["Drama", "Horror", "Romance"]
    assert dataset.labels[:4].tolist() == [[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert [dataset.classes[c] for c in dataset.first[:4]] == ["Drama", "Horror", "Horror", "Romance"]
    assert dataset.files[1] == tmp_path / "p001.png"
    assert notes == []


@pytest.mark.parametrize(
    ("rule", "classes", "expected"),
    [
        ("first", (), ["Drama", "Horror", "Horror", "Romance"]),
        ("rarest", (), ["Romance", "Horror", "Horror", "Romance"]),
        ("only", ("Drama", "Horror"), ["Drama", "Horror", "Drama", "Horror"]),
    ],
)
def test_a_rule_leaves_one_label(tmp_path: Path, rule: str, classes: tuple[str, ...], expected: list[str]) -> None:
    rows = [*films(40), *({"filename": f"d{i}.png", "genres": "Drama", "imdb_id": f"d{i}"} for i in range(9))]
    dataset, _ = read_dataset(tmp_path, write(tmp_path, rows), Labelling(rule=rule, classes=classes, least=2))
    assert dataset.labels.sum(axis=1).tolist() == [1] * len(dataset)
    assert [dataset.classes[c] for c in dataset.labels[:4].argmax(axis=1)] == expected


def test_what_is_not_there_is_left_out_and_told(tmp_path: Path) -> None:
    rows = [
        *films(40),
        {"filename": "bare.png", "genres": "", "imdb_id": ""},
        *films(1, filename="a.png", genres="War"),
    ]
    dataset, notes = read_dataset(tmp_path, write(tmp_path, rows, absent=["p003.png", "p004.png"]), Labelling(least=5))
    assert len(dataset) == 38
    assert notes == [
        "2 rows name no image that is there: left out: 'p003.png', 'p004.png'",
        "1 class of fewer than 5 films left out: War (1)",
        "2 posters without a label that counts: left out",
    ]


def test_scans_of_one_film_are_drawn_into_one_split(tmp_path: Path) -> None:
    rows = [*films(200), *films(200)]
    for row in rows[200:]:
        row["filename"] = f"again/{row['filename']}"
    dataset, _ = read_dataset(tmp_path, write(tmp_path, rows))
    assert len({(film, split) for film, split in zip(dataset.films, dataset.splits, strict=True)}) == 200
    shares = {split: dataset.part(split).labels.sum(axis=0) / dataset.labels.sum(axis=0) for split in SPLITS}
    np.testing.assert_allclose(shares["train"], 0.8, atol=0.05)
    np.testing.assert_allclose(shares["test"], 0.1, atol=0.05)


def test_splits_are_drawn_alike_in_all_labels_and_the_same_again() -> None:
    labels = np.random.default_rng(0).random((500, 6)) < [0.5, 0.3, 0.1, 0.05, 0.02, 0.01]
    names = [str(i) for i in range(500)]
    folds = stratified(names, labels, [1] * 5, seed=3)
    assert (folds == stratified(names, labels, [1] * 5, seed=3)).all()
    for fold in range(5):
        inside = labels[folds == fold].sum(axis=0)
        assert np.abs(inside - labels.sum(axis=0) / 5).max() <= max(2, 0.05 * len(labels) / 5)


def test_saved_splits_are_read_again(tmp_path: Path) -> None:
    table = write(tmp_path, films(60))
    dataset, _ = read_dataset(tmp_path, table, Labelling(seed=5))
    write_splits(tmp_path / "splits.csv", dataset)
    again, _ = read_dataset(tmp_path, table, Labelling(seed=6, splits=tmp_path / "splits.csv"))
    assert again.splits == dataset.splits
    assert read_splits(tmp_path / "splits.csv") == dict(zip(dataset.names, dataset.splits, strict=True))


def test_a_column_of_splits_is_followed(tmp_path: Path) -> None:
    rows = films(60)
    for i, row in enumerate(rows):
        row["split"] = ("training", "validation", "test", "")[i // 4 % 4]
    dataset, notes = read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))
    assert dataset.splits[:12] == ["train"] * 4 + ["val"] * 4 + ["test"] * 4
    assert notes == ["12 posters in no split: left out"]


def test_kaggles_table_is_read(tmp_path: Path) -> None:
    lines = [",".join(HEADER)]
    for i in range(30):
        lines.append(f'{114709 + i},http://x/tt,Am\u00e9lie {i} (1995),8.3,{GENRES[i % 4]},"https://x/{i},_.jpg"')
        if i < 28:
            Image.new("RGB", (4, 6)).save(tmp_path / (f"{114709 + i}.png" if i % 2 else f"tt0{114709 + i}.png"))
    (tmp_path / "MovieGenre.csv").write_bytes("\r\n".join(lines).encode("iso-8859-1"))
    dataset, notes = read_dataset(tmp_path, tmp_path / "MovieGenre.csv", Labelling(least=2, column="Genre"))
    assert len(dataset) == 28
    assert dataset.names[:2] == ["tt0114709.png", "114710.png"]
    assert dataset.films[0] == "tt0114709"
    assert notes == [f"{tmp_path / 'MovieGenre.csv'}: 2 rows have no poster of their own in {tmp_path}"]


@pytest.mark.parametrize(
    ("labelling", "message"),
    [
        (Labelling(column="genre_"), "has no column 'genre_'; did you mean"),
        (Labelling(film="film"), "has no column 'film'"),
        (Labelling(classes=("Horor", "Drama")), "no poster is 'Horor'; did you mean 'Horror'?"),
        (Labelling(classes=("Horror",)), "1 class of at least 20 films, and it takes two"),
        (Labelling(least=1000), "0 classes of at least 1000 films, and it takes two"),
        (Labelling(split="genres"), "'Drama|Romance' is no split; write train, val or test"),
    ],
)
def test_a_table_that_will_not_do_is_refused(tmp_path: Path, labelling: Labelling, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        read_dataset(tmp_path, write(tmp_path, films(100)), labelling)
    assert message in str(caught.value)


def test_a_film_in_two_splits_is_refused(tmp_path: Path) -> None:
    rows = films(60, split="train") + films(1, filename="again.png", split="val")
    with pytest.raises(MetadataError, match="film 'tt0000000' is in train and in val"):
        read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))


def test_a_table_of_other_images_is_refused(tmp_path: Path) -> None:
    table = write(tmp_path, films(30))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImagesError, match="names no image that is in"):
        read_dataset(tmp_path / "empty", table)


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match="did you mean 'rarest'"):
        Labelling(rule="rarests")
    with pytest.raises(OptionError, match="two or more classes"):
        Labelling(rule="only")
