"""Evaluation from a folder and a table to a report, and what classify and plot make of it."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mapmaker import cli
from mapmaker.errors import ArtifactError, ImagesError, MetadataError, ModelError, OptionError
from mapmaker.learn.evaluation.classifying import LESS, MORE, classify
from mapmaker.learn.evaluation.evaluating import Evaluated, Networks, Place, evaluate
from mapmaker.learn.evaluation.findings import ALL_GENRES, ECE, MACRO, PRECISION, PROBE, PUBLISHED, TEST, Protocol
from mapmaker.learn.evaluation.reference import read_reference
from mapmaker.learn.reading import Labelling, Posters
from mapmaker.methods.extractors import networks
from tests.methods.networks import needs

COLOURS = {"Red": (200, 30, 30), "Green": (30, 180, 30), "Blue": (30, 30, 200)}
QUICK = Protocol(enough=3, exclusive=("Blue", "Green", "Red"), times=50)
LABELS = Labelling(least=2)
CLASSIC = Networks(frozen="classic")


def draw(file: Path, names: Sequence[str], seed: int) -> None:
    """Draw a picture: its upper half is of the first name's colour, the lower of the last's; the shade is its own."""
    random = np.random.default_rng(seed)
    pixels = np.tile(random.integers(0, 50, 3).astype(np.float64), (60, 40, 1))
    pixels[:30] += COLOURS[names[0]]
    pixels[30:] += COLOURS[names[-1]]
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file)


def write_table(folder: Path, rows: Sequence[Sequence[str]]) -> Path:
    table = folder / "posters.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["filename", "genres", "imdb_id", "split"], *rows])
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 posters of one or two colours, two scans of each third film, in splits; and their table."""
    place = tmp_path_factory.mktemp("coloured")
    random = np.random.default_rng(0)
    rows = []
    for number in range(90):
        names = [str(name) for name in random.choice(list(COLOURS), 1 + number % 2, replace=False)]
        draw(place / f"{number:02}.png", names, number)
        film = f"tt{number - (number % 3 == 1)}"
        split = ("train", "train", "train", "val", "test")[(number - (number % 3 == 1)) % 5]
        rows.append([f"{number:02}.png", "|".join(names), film, split])
    write_table(place, rows)
    return place


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of features that tests share."""
    return tmp_path_factory.mktemp("known")


@pytest.fixture(scope="module")
def done(folder: Path, known: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """An evaluation of `classic` features."""
    places = Place(tmp_path_factory.mktemp("evaluated"), known, 1)
    return evaluate(Posters(folder, folder / "posters.csv", LABELS), CLASSIC, places, QUICK)


def test_features_that_tell_are_above_chance_and_chance_is_chance(done: Evaluated) -> None:
    precision = done.found.find(ALL_GENRES, PROBE, PRECISION, MACRO)
    assert precision["frozen", ""].value > 0.95
    assert precision["frozen", "chance"].low > 0
    retrieved = done.found.find(ALL_GENRES, TEST, "MAP@R", MACRO)
    assert retrieved["frozen", ""].value > retrieved["chance", ""].value
    accuracy = next(one for one in done.found.figures if one.metric == "accuracy" and one.subject == "frozen")
    assert accuracy.value > 0.9
    published = done.found.find(ALL_GENRES, PUBLISHED, "recall@1", "micro")
    assert published["chance", ""].value == 1  # which is why that protocol tells nothing


def test_everything_is_written_and_can_be_read(done: Evaluated) -> None:
    folder = done.files[0].parent
    with (folder / "figures.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(done.found.figures)
    assert {row["subject"] for row in rows} == {"frozen", "frozen, centred", "chance"}
    report = (folder / "evaluation.md").read_text(encoding="utf-8")
    figure = done.found.find(ALL_GENRES, PROBE, PRECISION, MACRO)["frozen", ""]
    assert f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" in report
    each = done.found.find(ALL_GENRES, PROBE, ECE, MACRO)["frozen", ""]
    whole = done.found.find(ALL_GENRES, PROBE, ECE, "micro")["frozen", ""]
    assert f"| {whole.value:.3f} | {each.value:.3f} |" in report
    with (folder / "confusion.csv").open(encoding="utf-8") as stream:
        shares = [[float(row[name]) for name in COLOURS if row[name]] for row in csv.DictReader(stream)]
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for row in shares if row)
    for file in folder.glob("*.svg"):
        root = ElementTree.parse(file).getroot()
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "nan" not in file.read_text(encoding="utf-8")


def test_the_same_posters_give_the_same_bytes_and_old_drawings_go(
    done: Evaluated, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    for name in ("confusion-9.svg", "average-precision-head.svg", "mine.svg"):
        (tmp_path / "out" / name).touch()
    again = evaluate(
        Posters(folder, folder / "posters.csv", LABELS), CLASSIC, Place(tmp_path / "out", tmp_path / "cache", 1), QUICK
    )
    for one, other in zip(done.files, again.files, strict=True):
        if one.suffix != ".npz":  # which holds the time of its making
            assert one.read_bytes() == other.read_bytes(), one.name
    assert {file.name for file in (tmp_path / "out").iterdir()} == {*(file.name for file in again.files), "mine.svg"}


def test_pictures_that_are_gone_or_broken_are_left_out_and_told(folder: Path, tmp_path: Path, known: Path) -> None:
    copy = tmp_path / "posters"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "00.png").unlink()
    (copy / "03.png").write_bytes(b"no picture")
    places = Place(tmp_path / "out", known, 1)
    found = evaluate(Posters(copy, copy / "posters.csv", LABELS), CLASSIC, places, QUICK)
    assert len(found.dataset) == 88
    assert any("'03.png'" in note and "left out" in note for note in found.found.notes)
    assert any("'00.png'" in note for note in found.found.notes)


def test_a_genre_that_is_not_there_for_the_exclusive_task_is_told(folder: Path, tmp_path: Path, known: Path) -> None:
    protocol = Protocol(exclusive=("Red", "Pink"), times=10, published=False)
    places = Place(tmp_path / "out", known, 1)
    found = evaluate(Posters(folder, folder / "posters.csv", LABELS), CLASSIC, places, protocol).found
    assert any("no label Pink" in note for note in found.notes)
    assert not any(one.metric == "accuracy" or one.by == PUBLISHED for one in found.figures)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["00.png", "Red", "a", "train"], ["01.png", "Red", "b", "val"]], "it takes two"),
        ([["00.png", "Red|Blue", "a", "train"], ["01.png", "Red|Blue", "b", "val"]], "no poster .* is in test"),
    ],
    ids=["one class", "nothing to test with"],
)
def test_a_table_that_cannot_be_measured_is_refused(
    folder: Path, tmp_path: Path, known: Path, rows: list[list[str]], message: str
) -> None:
    table = write_table(tmp_path, rows)
    with pytest.raises(MetadataError, match=message):
        evaluate(Posters(folder, table, LABELS), CLASSIC, Place(tmp_path / "out", known, 1), QUICK)


def test_nothing_to_measure_and_a_blend_of_one_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="nothing to measure"):
        Networks()
    with pytest.raises(OptionError, match="blend = 1"):
        Networks(frozen="classic", blend=1)


def test_a_picture_never_seen_gets_genres_neighbours_and_votes(done: Evaluated, tmp_path: Path) -> None:
    reference = read_reference(done.files[0].parent)
    draw(tmp_path / "new.png", ["Green"], 1_000)
    (told,) = classify(reference, [tmp_path / "new.png"], k=5)
    assert told.split == ""
    assert told.table == []
    assert told.genres[0].name == "Green"
    assert told.genres[0].said
    assert all(genre.mark == "" for genre in told.genres)
    assert len(told.neighbors) == 5
    green = sum("Green" in neighbor.genres for neighbor in told.neighbors) / 5
    assert told.genres[0].votes == pytest.approx(green)
    assert [one.similarity for one in told.neighbors] == sorted(
        (one.similarity for one in told.neighbors), reverse=True
    )


def test_a_known_poster_is_held_against_its_table_and_never_its_own_neighbour(done: Evaluated, folder: Path) -> None:
    reference = read_reference(done.files[0].parent)
    told = classify(reference, [folder / "00.png", folder / "01.png"], k=200)
    films = dict(zip(reference.dataset.names, reference.dataset.films, strict=True))
    for one in told:
        assert one.split in ("train", "val", "test")
        assert one.table
        assert all(films[near.name] != films[one.file.name] for near in one.neighbors)
    assert len(told[0].neighbors) == 90 - 2  # the other scan is left out, too
    row = reference.dataset.names.index("00.png")
    reference.dataset.labels[row] = ~reference.dataset.labels[row]
    (wrong,) = classify(reference, [folder / "00.png"])
    assert {genre.mark for genre in wrong.genres} == {MORE, LESS}


def test_what_classify_cannot_use_is_told(done: Evaluated, tmp_path: Path) -> None:
    reference = read_reference(done.files[0].parent)
    with pytest.raises(ImagesError, match="no image file"):
        classify(reference, [tmp_path / "none.png"])
    (tmp_path / "text.png").write_text("text", encoding="utf-8")
    with pytest.raises(ImagesError, match=r"text\.png"):
        classify(reference, [tmp_path / "text.png"])
    with pytest.raises(ArtifactError, match="mapmaker evaluate --out"):
        read_reference(tmp_path)
    (tmp_path / "classifier.npz").write_bytes(b"PK\3\4 damaged")
    with pytest.raises(ArtifactError, match="is not what an evaluation leaves"):
        read_reference(tmp_path)


def test_the_commands_say_what_the_functions_find(
    folder: Path, tmp_path: Path, known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [str(folder), "--metadata", str(folder / "posters.csv"), "--frozen", "classic", "--least", "2"]
    assert (
        cli.main(
            ["evaluate", *asked, "--enough", "3", "--times", "20", "--workers", "1", "--quiet", "--cache", str(known)]
        )
        == 0
    )
    assert "macro average precision" in capsys.readouterr().out
    assert cli.main(["classify", str(folder / "00.png"), "-k", "3", "--sheet", "sheet.png", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert len(told["neighbors"]) == 3
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 4 * 120
    assert cli.main(["classify", str(folder / "00.png")]) == 0
    assert "neighbours" in capsys.readouterr().out
    assert cli.main(["plot", "--layout", "pca"]) == 0
    drawn = [Path(line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert {file.name for file in drawn} == {"pca.svg", "pca-test.svg", "genres.svg", "together.svg"}
    assert all(ElementTree.parse(file).getroot().tag.endswith("svg") for file in drawn)
    assert cli.main(["evaluate", *asked, "--column", "colours"]) == 2
    assert "has no column 'colours'" in capsys.readouterr().err
    assert cli.main(["plot", "--layout", "pac"]) == 2
    assert "did you mean 'pca'" in capsys.readouterr().err


@pytest.mark.tensorflow
@needs("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_classifier_is_measured_by_its_own_head_beside_what_it_began_with(
    folder: Path, tmp_path: Path, known: Path, run: Callable[..., Path]
) -> None:
    model = run(tmp_path / "run", kind="classifier")
    places = Place(tmp_path / "out", known, 1)
    asked = Networks(model=model, frozen="classic", blend=0.5)
    found = evaluate(Posters(folder, folder / "posters.csv", LABELS), asked, places, QUICK).found
    own = found.find(ALL_GENRES, "own head", PRECISION, MACRO)
    assert own["learned", ""].value > 0.8  # mean red, green and blue are these genres
    assert ("learned", "frozen") in own
    accuracy = found.find("exactly one of Blue, Green, Red", "own head", "accuracy", "micro")
    assert accuracy["learned", ""].value == 1
    both = evaluate(Posters(folder, folder / "posters.csv", LABELS), Networks(model=model), places, QUICK).found
    assert any("no frozen features beside" in note for note in both.notes)
    assert not any("no frozen features beside" in note for note in found.notes)
    assert ("learned", "frozen") in accuracy
    assert {"learned", "blend 0.5", "frozen", "frozen, centred", "chance"} == {one.subject for one in found.figures}
    reference = read_reference(tmp_path / "out")
    draw(tmp_path / "new.png", ["Blue"], 7)
    (told,) = classify(reference, [tmp_path / "new.png"])
    assert told.genres[0].name == "Blue"
    model.rename(tmp_path / "moved.keras")
    with pytest.raises(ModelError, match="--network"):
        read_reference(tmp_path / "out")
    assert read_reference(tmp_path / "out", tmp_path / "moved.keras").own is not None
    other = run(tmp_path / "other", kind="classifier", scale=2.0)
    with pytest.raises(ModelError, match="another one"):
        read_reference(tmp_path / "out", other)


@pytest.mark.tensorflow
@needs("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_network_is_never_tested_by_films_that_it_learned_from(
    folder: Path, tmp_path: Path, run: Callable[..., Path]
) -> None:
    model = run(tmp_path / "run", kind="classifier")
    (model.parent / "splits.csv").write_text(
        "filename,film,split\n" + "".join(f"{number:02}.png,,train\n" for number in range(90)), encoding="utf-8"
    )
    places = Place(tmp_path / "out", tmp_path / "cache", 1)
    asked = Labelling(least=2, split="split")
    with pytest.raises(MetadataError, match=r"has learned from .* that are to test it"):
        evaluate(Posters(folder, folder / "posters.csv", asked), Networks(model=model, frozen="classic"), places, QUICK)


@pytest.fixture
def run() -> Callable[..., Path]:
    """Makes a folder as `train` leaves it: a network whose outputs are the picture's mean red, green and blue."""

    def make(place: Path, kind: str, scale: float = 1.0) -> Path:
        import keras

        networks._network.cache_clear()
        classes = ["Blue", "Green", "Red"]
        picture = keras.Input((32, 32, 3))
        mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(scale / 64, offset=-1.5)(picture))
        told = keras.layers.Dense(3, activation="sigmoid", use_bias=False)
        outputs = told(mean)
        told.set_weights([np.eye(3, dtype=np.float32)[::-1]])
        place.mkdir()
        keras.Model(picture, outputs).save(place / "model.keras")
        card = {"format": 1, "run": "made", "kind": kind, "classes": classes, "options": {"backbone": "cnn7"}}
        (place / "card.json").write_text(json.dumps(card), encoding="utf-8")
        return place / "model.keras"

    return make
