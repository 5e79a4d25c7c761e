"""A network is never tested by what it has seen, whatever files are called by now, and what is not known is told."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from mapmaker.errors import MetadataError, ModelError
from mapmaker.learn import Dataset
from mapmaker.learn.evaluation.origin import origin_of
from mapmaker.learn.reading import Labelling
from mapmaker.learn.splits import splits_table
from mapmaker.workspace import file_digest

SPLITS = ("train", "train", "val", "test")


def posters(count: int = 12, films: bool = True, folder: str = "", splits: Sequence[str] = SPLITS) -> Dataset:
    """Return posters of a film each, unknown unless `films`, in splits in turn."""
    names = [f"{folder}{row}.jpg" for row in range(count)]
    return Dataset(
        names=names,
        files=[Path(name) for name in names],
        films=[f"tt{row}" for row in range(count)] if films else names,
        contents=[f"sha {row}" for row in range(count)],
        splits=[splits[row % len(splits)] for row in range(count)],
        classes=["a", "b"],
        labels=np.eye(2, dtype=bool)[np.arange(count) % 2],
        first=np.arange(count) % 2,
    )


def saved(folder: Path, seen: Dataset | None, card: Mapping[str, object] | None = None, digests: bool = True) -> Path:
    """Write what `train` leaves of a network that has seen these posters, but for the network; return its file."""
    folder.mkdir()
    model = folder / "model.keras"
    with zipfile.ZipFile(model, "w") as archive:
        archive.writestr("config.json", "{}")
        if seen is not None and digests:
            archive.writestr("splits.csv", splits_table(seen))
    if seen is not None:
        (folder / "splits.csv").write_text(splits_table(seen))
    if card is not None:
        both = {"model": file_digest(model), "splits": file_digest(folder / "splits.csv")} if digests else {}
        told = {"format": 1, "run": "made", "kind": "classifier", "classes": ["a", "b"], **both, **card}
        (folder / "card.json").write_text(json.dumps(told))
    return model


SWAPPED = ("test", "test", "val", "train")


def test_what_was_kept_apart_may_be_asked(tmp_path: Path) -> None:
    origin = origin_of(saved(tmp_path / "run", posters(), {}))
    origin.check_unseen(posters())
    assert origin.notes == ()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(posters(splits=SWAPPED), id="as they were"),
        pytest.param(posters(folder="again/", splits=SWAPPED), id="renamed"),
        pytest.param(posters(folder="again/", films=False, splits=SWAPPED), id="renamed, films unknown"),
        pytest.param(posters(splits=("train", "test")), id="what chose an epoch"),
    ],
)
def test_what_was_learned_from_is_refused(tmp_path: Path, asked: Dataset) -> None:
    model = saved(tmp_path / "run", posters(), {})
    with pytest.raises(MetadataError, match=r"has learned from \d+ posters that are to test it"):
        origin_of(model).check_unseen(asked)
    copied = model.rename(tmp_path / "likeness.keras")
    with pytest.raises(MetadataError, match="to test it"):
        origin_of(copied).check_unseen(asked)


def test_another_scan_of_a_film_that_was_learned_from_is_refused(tmp_path: Path) -> None:
    model = saved(tmp_path / "run", posters(), {})
    scans = posters(folder="scans/", splits=SWAPPED)
    scans = Dataset(**{**vars(scans), "contents": [f"scan {row}" for row in range(12)]})
    with pytest.raises(MetadataError, match=r"to test it, 'scans/0\.jpg' for one"):
        origin_of(model).check_unseen(scans)


def test_thresholds_are_not_chosen_by_what_was_learned_from(tmp_path: Path) -> None:
    model = saved(tmp_path / "run", posters(), {})
    with pytest.raises(MetadataError, match="to choose thresholds by"):
        origin_of(model).check_unseen(posters(splits=("val", "val", "train", "test")))


def test_other_posters_of_the_same_names_are_others(tmp_path: Path) -> None:
    model = saved(tmp_path / "run", posters(), {})
    others = posters(splits=SWAPPED)
    others = Dataset(
        **{**vars(others), "contents": [""] * 12, "films": [f"other {row}" for row in range(12)]},
    )
    origin_of(model).check_unseen(others)


def test_a_network_that_does_not_tell_what_it_has_seen_is_measured_and_that_is_told(tmp_path: Path) -> None:
    alone = origin_of(saved(tmp_path / "alone", None))
    alone.check_unseen(posters(splits=SWAPPED))
    assert any("is not known" in note for note in alone.notes)
    older = origin_of(saved(tmp_path / "older", posters(), {}, digests=False))
    assert any("older train" in note for note in older.notes)
    with pytest.raises(MetadataError, match="to test it"):
        older.check_unseen(posters(splits=SWAPPED))


def test_a_network_or_splits_of_another_run_than_the_card_are_refused(tmp_path: Path) -> None:
    model = saved(tmp_path / "one", posters(), {})
    (model.parent / "splits.csv").write_text(splits_table(posters(splits=SWAPPED)))
    with pytest.raises(ModelError, match=r"splits\.csv is not what card\.json"):
        origin_of(model)
    other = saved(tmp_path / "other", posters(splits=SWAPPED), {})
    other.replace(model)
    with pytest.raises(ModelError, match=r"model\.keras is not the network that card\.json"):
        origin_of(model)


def test_a_card_is_not_taken_for_that_of_another_network_in_its_folder(tmp_path: Path) -> None:
    model = saved(tmp_path / "run", posters(), {})
    other = saved(tmp_path / "other", posters(splits=SWAPPED)).rename(model.parent / "other.keras")
    assert origin_of(model).card is not None
    assert origin_of(other).card is None


def test_labels_are_as_the_network_learned_them_unless_told(tmp_path: Path) -> None:
    learned = {"column": "mood", "rule": "first", "classes": ["a", "b"], "least": 5, "where": "year > 1980"}
    model = saved(tmp_path / "run", posters(), {"labelling": {**learned, "film": "tmdb", "splits": None, "seed": 3}})
    origin = origin_of(model)
    kept = Labelling("mood", "first", ("a", "b"), 5, "year > 1980", "tmdb", splits=model)
    assert origin.labelling({}) == kept
    told = origin.labelling({"rule": "multi", "where": "", "split": "fold"})
    assert told == Labelling("mood", "multi", ("a", "b"), 5, "", "tmdb", split="fold")
