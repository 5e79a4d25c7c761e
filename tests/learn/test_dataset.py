"""Labelled posters: which rows count, what their labels are, and that no film is in two splits."""

import csv
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mapmaker.errors import ImagesError, MetadataError, OptionError
from mapmaker.learn import SPLITS, Labelling, read_dataset
from mapmaker.learn.splits import Poster, Splits, read_splits, stratified, write_splits
from mapmaker.tables.moviegenre import HEADER

Rows = Sequence[Mapping[str, str]]
GENRES = ("Drama|Romance", "Horror", "Horror|Drama", "Romance")


def write(folder: Path, rows: Rows, absent: Sequence[str] = ()) -> Path:
    """Write a table and an image for each of its rows."""
    folder.mkdir(exist_ok=True)
    for row in rows:
        if row["filename"] not in absent:
            (folder / row["filename"]).parent.mkdir(parents=True, exist_ok=True)
            colour = int.from_bytes(sha256(row["filename"].encode()).digest()[:3])
            Image.new("RGB", (4, 6), f"#{colour:06x}").save(folder / row["filename"])
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
    saved = read_splits(tmp_path / "splits.csv")
    assert {name: split for name, (_, split) in saved.by_name.items()} == dict(
        zip(dataset.names, dataset.splits, strict=True)
    )


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
        lines += lines[-1:] if i < 3 else []  # as some films are listed twice
        if i < 28:
            Image.new("RGB", (4, 6), (i, 0, 0)).save(
                tmp_path / (f"{114709 + i}.png" if i % 2 else f"tt0{114709 + i}.png")
            )
    (tmp_path / "MovieGenre.csv").write_bytes("\r\n".join(lines).encode("iso-8859-1"))
    dataset, notes = read_dataset(tmp_path, tmp_path / "MovieGenre.csv", Labelling(least=2, column="Genre"))
    assert len(dataset) == 28
    assert dataset.names[:2] == ["tt0114709.png", "114710.png"]
    assert dataset.films[0] == "tt0114709"
    assert notes == [
        f"{tmp_path / 'MovieGenre.csv'}: 2 rows have no poster of their own in {tmp_path}",
        f"{tmp_path / 'MovieGenre.csv'}: 3 rows are of a film that an earlier row is of: left out",
    ]


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


def test_copies_to_the_last_bit_are_of_one_film_whatever_the_table_says(tmp_path: Path) -> None:
    rows = films(60)
    for row in rows[1:5]:
        row["imdb_id"] = ""
    table = write(tmp_path, rows)
    for copy, original in (("p002", "p001"), ("p003", "p002"), ("p006", "p003"), ("p009", "p008")):
        (tmp_path / f"{copy}.png").write_bytes((tmp_path / f"{original}.png").read_bytes())
    dataset, notes = read_dataset(tmp_path, table, Labelling(least=2))
    film = dict(zip(dataset.names, dataset.films, strict=True))
    assert {film[f"p00{number}.png"] for number in (1, 2, 3, 6)} == {"tt0000006"}
    assert film["p008.png"] == film["p009.png"] == "tt0000008"
    assert film["p004.png"] == "p004.png"
    assert (
        len({split for name, split in zip(dataset.names, dataset.splits, strict=True) if film[name] == "tt0000006"})
        == 1
    )
    assert "4 posters are copies of another: 'p002.png', 'p003.png', 'p006.png': of one film" in notes
    with table.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "split"])
        writer.writeheader()
        writer.writerows({**row, "split": ("train", "val", "test")[i % 3]} for i, row in enumerate(rows))
    with pytest.raises(MetadataError, match=r"film 'tt0000006' is in .* and in .*copies"):
        read_dataset(tmp_path, table, Labelling(least=2))


def test_renamed_posters_are_found_in_saved_splits_by_what_they_show_and_by_film(tmp_path: Path) -> None:
    table = write(tmp_path, films(60))
    dataset, _ = read_dataset(tmp_path, table, Labelling(seed=5))
    write_splits(tmp_path / "splits.csv", dataset)
    rows = [{**row, "filename": f"again/{row['filename']}"} for row in films(60)]
    for row in rows[::2]:
        row["imdb_id"] = ""
    (tmp_path / "again").mkdir()
    other = write(tmp_path, rows)
    for row in rows[::2]:
        name = row["filename"]
        (tmp_path / name).write_bytes((tmp_path / name.removeprefix("again/")).read_bytes())
    again, _ = read_dataset(tmp_path, other, Labelling(splits=tmp_path / "splits.csv"))
    assert again.splits == dataset.splits


def test_a_name_says_nothing_where_films_are_known_and_others() -> None:
    splits = Splits({}, {"1.jpg": ("tt1", "train"), "2.jpg": ("2.jpg", "val")}, {"tt1": "train", "2.jpg": "val"})
    assert splits.split_of(Poster("1.jpg", "tt9", "")) == ""
    assert splits.split_of(Poster("1.jpg", "1.jpg", "")) == "train"
    assert splits.split_of(Poster("2.jpg", "tt2", "")) == "val"
    assert splits.split_of(Poster("3.jpg", "tt1", "")) == "train"


def test_a_class_that_none_can_be_learned_of_is_left_out(tmp_path: Path) -> None:
    rows = films(60)
    for i, row in enumerate(rows):
        row["split"] = ("train", "train", "val", "test")[i // 4 % 4]
    for i, row in enumerate(rows[:12]):
        row["genres"] += "|War" if row["split"] != "train" else ""
        row["genres"] += "|Short" if row["split"] == "train" and i < 4 else ""
    dataset, notes = read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))
    assert dataset.classes == ["Drama", "Horror", "Romance", "Short"]
    assert notes == [
        "1 class without a poster to train on left out: War",
        "1 class has no poster in val: 'Short'",
        "1 class has no poster in test: 'Short'",
    ]
    # By the first label alone nobody is left to learn Short of, though posters to train on have it.
    dataset, _ = read_dataset(tmp_path, tmp_path / "table.csv", Labelling(least=2, rule="first"))
    assert dataset.classes == ["Drama", "Horror", "Romance"]
    with pytest.raises(MetadataError, match="1 class with a poster to train on, and it takes two"):
        read_dataset(tmp_path, tmp_path / "table.csv", Labelling(least=2, classes=("War", "Drama")))


def test_a_column_of_splits_that_says_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="no poster is in a split; write train, val or test"):
        read_dataset(tmp_path, write(tmp_path, films(60, split="")), Labelling(least=2))


def test_a_file_that_is_listed_twice_is_told(tmp_path: Path) -> None:
    rows = films(60, split="train")
    rows[10]["split"] = "val"
    rows.append({**rows[3], "genres": "War"})
    dataset, notes = read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))
    assert len(dataset) == 60
    assert notes[0] == "1 file is listed more than once: the first row counts: 'p003.png'"
    rows[-1]["split"] = "val"
    with pytest.raises(MetadataError, match=r"'p003\.png' is listed in train and in val; list it once"):
        read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))


def test_labels_that_differ_in_how_they_are_written_are_told(tmp_path: Path) -> None:
    rows = films(60)
    for i, row in enumerate(rows):
        row["genres"] += ("|drama", "|Com\u00e9die", "|Come\u0301die")[i % 3]
    _, notes = read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2))
    assert "'Drama' and 'drama' are 2 classes; write them alike if they are one" in notes
    assert r"'Come\u0301die' and 'Com\xe9die' are 2 classes; write them alike if they are one" in notes


def test_films_are_told_apart_by_any_column(tmp_path: Path) -> None:
    rows = [{**row, "work": f"w{i // 2}"} for i, row in enumerate(films(60))]
    dataset, _ = read_dataset(tmp_path, write(tmp_path, rows), Labelling(least=2, film="work"))
    assert dataset.films[:4] == ["w0", "w0", "w1", "w1"]
