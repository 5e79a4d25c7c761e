"""Who is found, and in which order, against likenesses that are computed here another way."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ArtifactError, ImagesError, InputError, ModelError, OptionError, QueryError
from mapmaker.methods.hnsw import Hnsw
from mapmaker.model import Floats
from mapmaker.search import ask, index
from mapmaker.search.answers import percentile
from mapmaker.search.collection import open_collection
from mapmaker.search.views import views
from mapmaker.workspace import Workspace
from tests.conftest import Picture

from .conftest import SCANS, Searched


def unit(values: Floats) -> Floats:
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def nearest(searched: Searched, alike: Floats, left_out: list[int], k: int = 6) -> list[str]:
    order = [row for row in np.argsort(-alike, kind="stable").tolist() if row not in left_out]
    return [searched.images().id[row] for row in order[:k]]


def never(*_: object) -> None:
    pytest.fail("this was not to be asked for")


def ids(found: list[tuple[str, float]]) -> list[str]:
    return [id_ for id_, _ in found]


@pytest.mark.parametrize("row", [0, 7, 32])
def test_those_most_like_a_poster_are_found_in_the_space_of_the_graph(searched: Searched, row: int) -> None:
    vectors = searched.features(artifacts.VECTORS)
    alike = vectors @ vectors[row]
    found = mm.similar(searched.work, searched.images().id[row])
    assert ids(found) == nearest(searched, alike, [row])
    assert [value for _, value in found] == pytest.approx(np.sort(np.delete(alike, row))[::-1][:6], abs=1e-5)


def test_graph_exact_search_and_hnsw_say_the_same_to_the_bit(own: Searched) -> None:
    id_ = own.id("p05.png")
    found = [ask(own.work, [id_], index=kind) for kind in ("auto", "exact", "hnsw")]
    assert [one.seen[0].by for one in found] == ["graph", "exact", "hnsw"]
    assert found[0].seen[0].found == found[1].seen[0].found == found[2].seen[0].found


@pytest.mark.parametrize("index", SCANS)
def test_another_scan_of_the_same_poster_is_the_first(searched: Searched, index: int) -> None:
    for space in ("graph", "full"):
        found = mm.similar(searched.work, searched.id(f"p{index:02}.png"), space=space)
        assert found[0][0] == searched.id(f"scan{index:02}.jpg")


def test_the_full_space_is_that_of_the_features_as_they_are(searched: Searched) -> None:
    values = unit(searched.features())
    found = mm.similar(searched.work, searched.images().id[4], space="full")
    assert ids(found) == nearest(searched, values @ values[4], [4])


def test_euclidean_goes_by_distance(searched: Searched) -> None:
    values = searched.features()
    away = np.linalg.norm(values - values[4], axis=1)
    found = mm.similar(searched.work, searched.images().id[4], space="full", metric="euclidean")
    assert ids(found) == nearest(searched, -away, [4])
    assert found[0][1] == pytest.approx(1 / (1 + np.sort(away)[1]), rel=1e-4)


def test_few_components_make_a_space_of_their_own_for_each_count(searched: Searched) -> None:
    values = searched.features().astype(np.float64)
    centred = values - values.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    answer = ask(searched.work, [searched.images().id[4]], pca="3,12,off")
    assert [seen.view for seen in answer.seen] == ["3 components", "12 components", "full"]
    for seen, space in zip(answer.seen, (centred @ axes[:3].T, centred @ axes[:12].T, values), strict=True):
        alike = unit(space) @ unit(space)[4]
        assert [one.id for one in seen.found] == nearest(searched, alike, [4])
    assert ids(mm.similar(searched.work, searched.images().id[4], pca=3)) == [one.id for one in answer.seen[0].found]


def test_more_components_than_there_are_are_all_of_them_once(searched: Searched) -> None:
    answer = ask(searched.work, [searched.images().id[4]], pca="5000,9000")
    assert [seen.view for seen in answer.seen] == ["33 components"]


def test_a_picture_from_elsewhere_is_seen_as_the_build_would_have(
    own: Searched, tmp_path: Path, picture: Picture
) -> None:
    elsewhere = picture(tmp_path / "new.png", 77, (80, 120))
    for asked in (elsewhere, str(elsewhere)):
        before = mm.similar(own.work, asked)
    (own.posters / "new.png").write_bytes(elsewhere.read_bytes())
    own.build()
    after = mm.similar(own.work, own.id("new.png"))  # which keeps the space of the map that it came to
    assert ids(before) == ids(after)
    assert [value for _, value in before] == pytest.approx([value for _, value in after], abs=1e-4)


def test_the_query_and_its_exact_copies_are_left_out(searched: Searched, tmp_path: Path) -> None:
    own, expected = searched.posters / "p08.png", mm.similar(searched.work, searched.id("p08.png"))
    same_bytes = tmp_path / "moved.png"
    same_bytes.write_bytes(own.read_bytes())
    same_pixels = tmp_path / "other.bmp"
    with Image.open(own) as image:
        image.save(same_pixels)
    assert mm.similar(searched.work, same_bytes) == expected
    assert ids(mm.similar(searched.work, same_pixels)) == ids(expected)


def test_only_posters_that_fulfil_the_condition_are_found(searched: Searched) -> None:
    vectors = searched.features(artifacts.VECTORS)
    young = [row for row in range(33) if row >= 20]
    found = mm.similar(searched.work, searched.images().id[2], where="year >= 1990", k=5)
    old = [row for row in range(33) if row not in young]
    assert ids(found) == nearest(searched, vectors @ vectors[2], old, 5)
    assert len(mm.similar(searched.work, searched.images().id[2], where="year == 1990", k=5)) == 1
    assert mm.similar(searched.work, searched.images().id[2], where="year == 1066") == []


def test_what_triage_left_out_can_be_asked_with_but_is_not_found(own: Searched) -> None:
    dropped = own.id("p03.png")
    (own.posters / "drop.txt").write_text("p03.png\n")
    own.build()
    assert mm.similar(own.work, dropped)[0][0] == own.id("scan03.jpg")
    assert dropped not in ids(mm.similar(own.work, own.id("scan03.jpg"), k=30))


def test_a_mix_is_nearest_to_the_weighted_mean_of_directions(searched: Searched) -> None:
    vectors = searched.features(artifacts.VECTORS)
    names = [searched.images().id[row] for row in (1, 14, 22)]
    for weights in (None, [0.7, 0.2, 0.1], [7, 2, 1]):
        shares = np.ones(3) if weights is None else np.array(weights)
        mean = shares @ vectors[[1, 14, 22]]
        alike = vectors @ mean / np.linalg.norm(mean)
        found = mm.mix(searched.work, names, weights)
        assert ids(found) == nearest(searched, alike, [1, 14, 22])
        assert found[0][1] == pytest.approx(max(np.delete(alike, [1, 14, 22])), abs=1e-5)


def test_a_mix_of_all_weight_on_one_is_what_is_similar_to_it(searched: Searched) -> None:
    one, other = searched.id("p01.png"), searched.id("p02.png")
    mixed = mm.mix(searched.work, [one, other], [1, 0], k=20)
    assert ids(mixed) == [id_ for id_ in ids(mm.similar(searched.work, one, k=21)) if id_ != other][:20]


@pytest.mark.parametrize(("value", "told"), [(2.0, 99.98), (4998.5, 99.98), (4997.5, 99.96), (-1.0, 0.0), (1.5, 0.04)])
def test_pairs_tell_no_more_than_they_are_many(value: float, told: float) -> None:
    assert percentile(value, np.zeros(5_000, np.float32) if value == 2 else np.arange(5_000, dtype=np.float32)) == told
    assert percentile(value, np.zeros(0, np.float32)) is None


def test_a_percentile_tells_how_many_random_pairs_are_less_alike(searched: Searched) -> None:
    vectors = searched.features(artifacts.VECTORS)
    pairs = (vectors @ vectors.T)[np.triu_indices(33, 1)]
    answer = ask(searched.work, [searched.id("p06.png")], k=32)
    for one in answer.seen[0].found:
        assert one.percentile == pytest.approx(100 * np.mean(pairs < one.similarity), abs=3)


def test_the_graph_answers_without_any_search(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.Exact, "search", never)
    assert len(mm.similar(searched.work, searched.id("p06.png"))) == 6


def test_an_index_is_kept_until_the_map_is_another(own: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    mm.similar(own.work, own.id("p06.png"), index="hnsw")
    (kept,) = (own.work / "cache" / "search").glob("*.hnsw")
    assert json.loads(kept.with_suffix(".json").read_text())["recall"] == 1
    monkeypatch.setattr(Hnsw, "of", never)
    assert ask(own.work, [own.id("p06.png")], where="", k=32).seen[0].by == "graph"
    assert ask(own.work, [own.id("p06.png")], index="hnsw").notes == ["of the nearest, the index finds 100.0%"]
    monkeypatch.undo()
    (own.posters / "p00.png").unlink()
    own.build()
    assert ask(own.work, [own.posters / "p06.png"], index="hnsw", k=31).seen[0].by == "hnsw"
    (other,) = (own.work / "cache" / "search").glob("*.hnsw")
    assert other != kept


def test_a_damaged_index_is_made_anew(own: Searched) -> None:
    expected = mm.similar(own.work, own.id("p06.png"), index="hnsw")
    (kept,) = (own.work / "cache" / "search").glob("*.hnsw")
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 255
    for damaged in (bytes(content), content[:99], b""):
        kept.write_bytes(damaged)
        assert mm.similar(own.work, own.id("p06.png"), index="hnsw") == expected
    kept.write_bytes(b"killed")
    kept.with_suffix(".json").unlink()
    assert mm.similar(own.work, own.id("p06.png"), index="hnsw") == expected


def test_what_a_build_changes_is_seen(own: Searched) -> None:
    first = mm.similar(own.work, own.id("p06.png"), k=1)[0][0]
    (own.posters / own.images().path[list(own.images().id).index(first)]).unlink()
    own.build()
    assert first not in ids(mm.similar(own.work, own.id("p06.png"), k=30))
    with pytest.raises(QueryError, match=f"{first} is no more in the folder of images"):
        mm.similar(own.work, first)


def test_a_network_is_found_again_and_must_be_the_same(own: Searched, tmp_path: Path, picture: Picture) -> None:
    weights = own.folder / "weights.txt"
    weights.write_text("1 0.5 0.25")
    own.build(extractor="mean_colour:Weighted", weights=weights)
    query = picture(tmp_path / "new.png", 77)
    expected = mm.similar(own.work, query)
    own.folder.rename(tmp_path / "elsewhere")
    moved = Searched(tmp_path / "elsewhere")
    assert mm.similar(moved.work, query) == expected
    (moved.folder / "weights.txt").rename(tmp_path / "kept.txt")
    with pytest.raises(ModelError, match=r"no file .*weights.txt, which Weighted is read from; give it with --network"):
        mm.similar(moved.work, query)
    assert mm.similar(moved.work, query, network=tmp_path / "kept.txt") == expected
    assert len(mm.similar(moved.work, moved.id("p00.png"))) == 6  # for which none is needed
    (tmp_path / "kept.txt").write_text("1 1 1")
    with pytest.raises(ModelError, match="is not the file that the map's posters were seen with"):
        mm.similar(moved.work, query, network=tmp_path / "kept.txt")
    (Workspace(moved.work).path(artifacts.SOURCE)).unlink()
    with pytest.raises(ModelError, match="nobody knows where the file of Weighted is"):
        mm.similar(moved.work, query)


def test_features_from_a_file_know_nothing_of_other_pictures(own: Searched, tmp_path: Path, picture: Picture) -> None:
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).standard_normal((33, 8)).astype(np.float32))
    own.build(features=tmp_path / "mine.npy")
    assert len(mm.similar(own.work, own.id("p06.png"))) == 6
    with pytest.raises(ModelError, match="came from a file, so only its own posters"):
        mm.similar(own.work, picture(tmp_path / "new.png", 77))


def test_what_cannot_be_asked_is_told_in_one_line(searched: Searched, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    id_ = searched.id("p06.png")
    refused: list[tuple[str, type[InputError], Callable[[], object]]] = [
        ("text.jpg: not an image", ImagesError, lambda: mm.similar(searched.work, tmp_path / "text.jpg")),
        ("empty.jpg: empty file", ImagesError, lambda: mm.similar(searched.work, str(tmp_path / "empty.jpg"))),
        ("no image file", ImagesError, lambda: mm.similar(searched.work, tmp_path / "none.jpg")),
        ("k = 0 is below 1", OptionError, lambda: mm.similar(searched.work, id_, k=0)),
        ("k = 1,000,000,000 is above 1,000", OptionError, lambda: mm.similar(searched.work, id_, k=10**9)),
        ("space = 'ful' is not known: did you mean", OptionError, lambda: mm.similar(searched.work, id_, space="ful")),
        ("metric = 'l1' is not known", OptionError, lambda: mm.similar(searched.work, id_, metric="l1")),
        ("pca = '0' is no number", OptionError, lambda: mm.similar(searched.work, id_, pca="0")),
        ("pca = '3,off' asks for 2 answers", OptionError, lambda: mm.similar(searched.work, id_, pca="3,off")),
        ("leave out either space or pca", OptionError, lambda: mm.similar(searched.work, id_, pca=3, space="full")),
        ("leave it out here", OptionError, lambda: mm.similar(searched.work, id_, index="hnsw", metric="euclidean")),
        ("no option search.spaec", OptionError, lambda: mm.similar(searched.work, id_, spaec="full")),
        ("two or more|2 or more", OptionError, lambda: mm.mix(searched.work, [id_])),
        ("2 for 1|3 for 2 inputs", OptionError, lambda: mm.mix(searched.work, [id_, id_], [1, 2, 3])),
        ("must be finite", OptionError, lambda: mm.mix(searched.work, [id_, id_], [1, float("nan")])),
        ("not all 0", OptionError, lambda: mm.mix(searched.work, [id_, id_], [0, 0])),
        ("none below 0", OptionError, lambda: mm.mix(searched.work, [id_, id_], [2, -1])),
        ("no work folder", ArtifactError, lambda: mm.similar(tmp_path / "none", id_)),
        ("no finished map|no work folder of ours", InputError, lambda: mm.similar(tmp_path, id_)),
    ]
    for said, kind, call in refused:
        with pytest.raises(kind, match=said) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_between_opposites_lies_nothing(searched: Searched) -> None:
    (view,) = views(open_collection(searched.work), "graph", "cosine", [])
    there = searched.features(artifacts.VECTORS)[:1]
    with pytest.raises(OptionError, match="what is to be mixed cancels out"):
        view.mean(np.concatenate([there, -there]), np.ones(2))
