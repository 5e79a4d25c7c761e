"""What is like what, over HTTP: the same as from Python, and every mistake told in a line."""

import io
import json
import shutil
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker.search.index import Exact

from .conftest import Served


def png(seed: int = 99, size: tuple[int, int] = (80, 120)) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(content, "PNG")
    return content.getvalue()


def form(name: str, content: bytes, filename: str = "new.png") -> tuple[bytes, dict[str, str]]:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def pairs(answer: Any) -> list[tuple[str, float]]:
    return [(one["id"], one["similarity"]) for one in answer.value["found"]]


def near(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> bool:
    return [id_ for id_, _ in one] == [id_ for id_, _ in other] and np.allclose(
        [value for _, value in one], [value for _, value in other], atol=1e-5
    )


# Answers


@pytest.mark.parametrize("how", [{}, {"k": 3}, {"k": 20}, {"where": "year < 1980"}, {"space": "full"}])
def test_a_poster_is_answered_as_from_python(served: Served, how: dict[str, Any]) -> None:
    id_ = served.searched.id("p03.png")
    said = "&".join(f"{name}={quote(str(value))}" for name, value in how.items())
    answer = served.ask(f"/v1/posters/{id_}/similar?{said}")
    assert answer.status == 200
    assert near(pairs(answer), mm.similar(served.searched.work, id_, **how))


def test_each_that_is_found_says_where_it_is_and_what_its_likeness_is_worth(served: Served) -> None:
    told = served.ask(f"/v1/posters/{served.searched.id('p03.png')}/similar").value
    assert told["asked"][0]["title"] == "Metropolis"
    first = told["found"][0]
    assert first["id"] == served.searched.id("scan03.jpg")
    assert first["percentile"] > 99
    assert first["map"] == f"/map/#{first['id']}"
    places = served.ask("/v1/map").value
    assert places["cells"][places["ids"].index(first["id"])] == first["cell"]
    assert len(places["ids"]) == len(places["points"]) == len(set(map(tuple, places["cells"]))) == 33
    whole = served.ask(f"/v1/posters/{first['id']}").value
    assert whole["point"] == places["points"][places["ids"].index(first["id"])]
    assert (whole["path"], whole["cell"]) == ("scan03.jpg", first["cell"])


def test_a_picture_from_elsewhere_is_answered_as_from_python(served: Served, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(png())
    expected = mm.similar(served.searched.work, tmp_path / "new.png")
    assert near(pairs(served.picture(png())), expected)
    assert near(pairs(served.picture(png(), kind="application/octet-stream")), expected)
    answer = served.ask("/v1/similar", *form("picture", png()))
    assert near(pairs(answer), expected)
    assert answer.value["asked"] == [{"text": "new.png", "id": None, "title": "new.png", "weight": 1.0}]


def test_a_picture_that_is_a_poster_is_known_by_its_bytes(served: Served) -> None:
    answer = served.picture((served.searched.posters / "p03.png").read_bytes())
    assert answer.value["asked"][0]["id"] == served.searched.id("p03.png")
    assert answer.value["found"][0]["id"] == served.searched.id("scan03.jpg")


def test_a_title_will_do_and_which_of_several_is_asked(served: Served) -> None:
    amelie = mm.similar(served.searched.work, "Amélie")
    assert near(pairs(served.send("/v1/similar", {"query": "amelie"})), amelie)
    answer = served.send("/v1/similar", {"query": "Metropolis"})
    assert answer.status == 409
    assert "may be any of 2 posters" in answer.error
    assert {one["title"] for one in answer.value["candidates"]} == {"Metropolis"}
    assert served.send("/v1/similar", {"query": "no such thing at all"}).status == 404


def test_a_mix_is_answered_as_from_python(served: Served) -> None:
    queries, weights = ["Alien", "Amélie"], [0.7, 0.3]
    answer = served.send("/v1/mix?k=5", {"queries": queries, "weights": weights})
    assert near(pairs(answer), mm.mix(served.searched.work, queries, weights, k=5))
    assert [one["weight"] for one in answer.value["asked"]] == weights


def test_recommendations_say_because_of_what_and_what_is_not_known(served: Served) -> None:
    history: list[dict[str, Any]] = [
        {"poster": served.searched.id("p03.png"), "rating": 5, "date": "2024-05-31"},
        {"poster": "Nobody's film"},
    ]
    told = served.send("/v1/recommend?k=3&half_life=0", {"history": history}).value
    assert told["found"][0]["id"] == served.searched.id("scan03.jpg")
    assert told["found"][0]["because"] == history[0]["poster"]
    assert [one["poster"] for one in told["unknown"]] == ["Nobody's film"]
    answer = served.send("/v1/recommend", {"history": [{"poster": "Nobody's film"}]})
    assert answer.status == 422
    assert "names no poster" in answer.error


def test_posters_come_in_pages_and_by_title(served: Served) -> None:
    whole = served.ask("/v1/posters?limit=200").value
    assert whole["total"] == len(whole["posters"]) == 33
    page = served.ask("/v1/posters?offset=30&limit=2").value
    assert page == {"total": 33, "offset": 30, "posters": whole["posters"][30:32]}
    assert served.ask("/v1/posters?offset=1000000000").value["posters"] == []
    assert [one["title"] for one in served.ask("/v1/posters?q=alien").value["posters"]] == ["Alien"]
    assert len(served.ask("/v1/posters?q=film%20number").value["posters"]) > 10
    assert served.ask("/v1/posters?q=%F0%9F%8E%AC%00").value["total"] == 0


def test_pictures_are_small_and_not_sent_twice(served: Served) -> None:
    path = f"/v1/posters/{served.searched.id('p03.png')}/picture?size=96"
    answer = served.ask(path)
    with Image.open(io.BytesIO(answer.body)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 96))
    assert served.ask(path, headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    assert served.ask(path, method="HEAD").body == b""


def test_the_map_is_beside_it(served: Served) -> None:
    site = served.searched.folder / "map"
    assert served.ask("/map/").body == (site / "index.html").read_bytes()
    tile = served.ask("/map/tiles/0/0/0.webp")
    assert (tile.headers["Content-Type"], tile.body) == ("image/webp", (site / "tiles/0/0/0.webp").read_bytes())
    assert "Content-Security-Policy" not in tile.headers
    assert served.ask("/map/tiles/0/0/0.webp", headers={"If-None-Match": tile.headers["ETag"]}).status == 304
    part = served.ask("/map/tiles/0/0/0.webp", headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"RIFF")
    for unit in ("lines=1-2", "bytes=0-1,3-4", "bytes=3-1"):  # as RFC 9110 has it, and `mapmaker serve`
        whole = served.ask("/map/tiles/0/0/0.webp", headers={"Range": unit})
        assert (whole.status, whole.body) == (200, tile.body)
    assert served.ask("/map/tiles/0/0/0.webp", headers={"Range": "bytes=9999999-"}).status == 416
    assert served.ask("/map").status == 307
    assert served.ask("/map/list").headers["Location"] == "./list/"


def test_files_of_one_folder_may_be_named(served: Served, allowed: Path, tmp_path: Path) -> None:
    (allowed / "a b.png").write_bytes(png())
    expected = pairs(served.picture(png()))
    for file in ("a b.png", str(allowed / "a b.png"), f"file://{quote(str(allowed / 'a b.png'))}"):
        assert pairs(served.send("/v1/similar", {"file": file})) == expected
    (tmp_path / "secret.png").write_bytes(png())
    (allowed / "link.png").symlink_to(tmp_path / "secret.png")
    (allowed / "loop.png").symlink_to("loop.png")
    outside = ["../secret.png", "/etc/passwd", str(tmp_path / "secret.png"), "link.png", "file:///etc/passwd"]
    outside += ["file://elsewhere/etc/passwd", "http://127.0.0.1/a.png", "..", "/no/such/file"]
    for file in outside:
        answer = served.send("/v1/similar", {"file": file})
        assert (file, answer.status) == (file, 403)
        assert answer.error
    for file in ("none.png", "", ".", "loop.png", "a\0b", "x" * 900):
        answer = served.send("/v1/similar", {"file": file})
        assert (file, answer.status) == (file, 404)
        assert answer.error
    shutil.rmtree(allowed)
    allowed.mkdir()


def test_posters_may_be_those_of_a_condition_with_a_title_or_without(served: Served) -> None:
    assert served.ask("/v1/posters?where=year%20%3E%201990").value["total"] == 12
    told = served.ask("/v1/posters?q=alien&where=year%20%3E%201970").value["posters"]
    assert [one["title"] for one in told] == ["Aliens"]
    assert served.ask("/v1/posters?q=alien&where=year%20%3E%201990").value["total"] == 0


def test_only_what_the_graph_tells_is_searched_for_while_others_wait(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, search = [], Exact.search

    def told(self: Exact, *about: Any) -> Any:
        on.append(threading.current_thread().name)
        return search(self, *about)

    monkeypatch.setattr(Exact, "search", told)
    for k in (3, 33, 60):
        assert served.ask(f"/v1/posters/{served.searched.id('p03.png')}/similar?k={k}").status == 200
    assert len(on) == 2
    assert all(name.startswith("searching") for name in on)


# Mistakes


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/posters/none/similar", 404, "no poster has the id 'none'"),
        ("/v1/posters/none", 404, "no poster has the id"),
        ("/v1/posters/none/picture", 404, "no poster has the id"),
        ("/v1/posters/..%2f..%2fetc%2fpasswd", 404, "nothing is at"),
        ("/v1/posters/%00%ff", 404, "no poster has the id"),
        ("/v1/posters/{id}/similar?k=0", 400, "k = 0 is no whole number from 1 to 1,000"),
        ("/v1/posters/{id}/similar?k=1000000000", 400, "k = 1000000000"),
        ("/v1/posters/{id}/similar?k=-1", 400, "k = -1"),
        ("/v1/posters/{id}/similar?k=six", 400, "k = 'six'"),
        ("/v1/posters/{id}/similar?k=%D9%A3", 400, "k = "),
        ("/v1/posters/{id}/similar?k=1e3", 400, "k = '1e3'"),
        ("/v1/posters/{id}/similar?k=6&k=7", 400, "k is given twice"),
        ("/v1/posters/{id}/similar?space=ful", 400, "did you mean 'full'?"),
        ("/v1/posters/{id}/similar?kk=6", 400, "no parameter 'kk': did you mean 'k'?"),
        ("/v1/posters/{id}/similar?where=yaer%20%3E%201980", 422, "did you mean 'year'"),
        ("/v1/posters/{id}/similar?where=__import__(%27os%27)", 422, "where"),
        ("/v1/posters/{id}/similar?where=" + "(" * 999, 422, "where"),
        ("/v1/posters/{id}/similar?where=" + "x" * 1001, 400, "where has 1,001 characters"),
        ("/v1/posters/{id}/picture?size=100", 400, "size = '100' is not known"),
        ("/v1/posters/{id}/picture?size=100", 400, "known: 96, 192, 384, 768"),
        ("/v1/posters?where=yaer%20%3E%201980", 422, "did you mean 'year'"),
        ("/v1/posters?limit=201", 400, "limit = 201"),
        ("/v1/map?x=1", 400, "no parameter 'x'"),
        ("/v2/posters", 404, "nothing is at /v2/posters"),
        ("/v1/posters/", 404, "nothing is at"),
        ("/page/../viewer.js", 404, "nothing is at"),
        ("/page/%2e%2e%2findex.html", 404, "nothing is at"),
        ("/map/../../posters/p03.png", 404, "nothing is at"),
        ("/map/%2e%2e/%2e%2e/posters/p03.png", 404, "nothing is at"),
        ("/map/.git/HEAD", 404, "nothing is at"),
        ("/map/none.webp", 404, "nothing is at"),
    ],
)
def test_what_cannot_be_asked_is_told(served: Served, path: str, status: int, said: str) -> None:
    answer = served.ask(path.replace("{id}", served.searched.id("p03.png")))
    assert answer.status == status
    assert said in answer.error


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("{", 400, "no JSON"),
        ("", 400, "no JSON"),
        ("[]", 400, "must be a JSON object"),
        ("[" * 100_000, 400, "no JSON"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), 400, "no JSON"),
        ({}, 400, "queries must be a list"),
        ({"queries": ["Alien"]}, 400, "2 to 100 long"),
        ({"queries": ["Alien"] * 101}, 400, "2 to 100 long"),
        ({"queries": ["Alien", 7]}, 400, "queries = 7 is no text"),
        ({"queries": ["Alien", "x" * 1001]}, 400, "1,001 characters"),
        ('{"queries": ["Alien", "\\ud800"]}', 400, "half of a character"),
        ({"queries": ["Alien", "Amélie"], "wieghts": [1, 1]}, 400, "did you mean 'weights'"),
        ('{"queries": ["Alien", "Amélie"], "weights": [NaN, 1]}', 400, "NaN is no number of JSON"),
        ('{"queries": ["Alien", "Amélie"], "weights": [1e999, 1]}', 400, "weights"),
        ({"queries": ["Alien", "Amélie"], "weights": [-1, 1]}, 400, "weights = -1"),
        ({"queries": ["Alien", "Amélie"], "weights": [True, 1]}, 400, "weights = true"),
        ({"queries": ["Alien", "Amélie"], "weights": [1] * 101}, 400, "0 to 100 long"),
        ({"queries": ["Alien", "Amélie"], "weights": [0, 0]}, 422, "not all 0"),
        ({"queries": ["Alien", "Amélie"], "weights": [1]}, 422, "1 for 2 inputs"),
        ({"queries": ["Alien", "/etc/passwd"]}, 404, "no poster has that id or title"),
    ],
)
def test_a_mix_that_cannot_be_is_told(served: Served, body: object, status: int, said: str) -> None:
    answer = served.send("/v1/mix", body)
    assert answer.status == status
    assert said in answer.error


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "1 to 10,000 long"),
        (["Alien"], "must be an object"),
        ([{}], "poster = null is no text"),
        ([{"poster": "Alien", "date": "31.5.2024"}], "no date like 2024-05-31"),
        ([{"poster": "Alien", "rating": "good"}], "rating"),
        ([{"poster": "Alien", "year": 1.5}], "year = 1.5 is no whole number"),
        ([{"poster": "Alien", "raiting": 1}], "did you mean 'rating'"),
    ],
)
def test_a_history_that_is_none_is_told(served: Served, history: object, said: str) -> None:
    answer = served.send("/v1/recommend", {"history": history})
    assert answer.status == 400
    assert said in answer.error


def test_what_is_no_picture_is_told_and_the_server_lives(served: Served) -> None:
    for content in (b"", b"plain text", png()[:200], b"\x89PNG\r\n\x1a\n" + bytes(1000)):
        answer = served.picture(content)
        assert answer.status == 422
        assert answer.error.startswith("the picture: ")
    for body, headers in (
        form("file", png()),
        (b"--edge--\r\n", form("picture", b"")[1]),
        (b"no form", form("x", b"")[1]),
    ):
        answer = served.ask("/v1/similar", body, headers)
        assert answer.status == 400
        assert answer.error
    assert served.ask("/v1/similar", b"x", {"Content-Type": "multipart/form-data"}).status == 400
    assert served.ask("/v1/about").status == 200


def test_a_picture_that_would_fill_memory_is_refused_by_its_header(served: Served) -> None:
    content = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(content, "PNG")
    assert len(content.getvalue()) < 100_000
    answer = served.picture(content.getvalue())
    assert answer.status == 422
    assert "over the pixel limit" in answer.error


def test_only_what_is_taken_is_taken(served: Served) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = served.picture(png(), kind=kind)
        assert answer.status == 415
        assert "is not taken" in answer.error
        answer = served.ask("/v1/mix", json.dumps({"queries": ["Alien", "Jaws"]}).encode(), {"Content-Type": kind})
        assert answer.status == 415
    answer = served.ask("/v1/about", b"", method="DELETE")
    assert answer.status == 405
    assert "GET" in answer.error.partition("use ")[2]


def test_without_leave_no_file_is_looked_at(searched: Any) -> None:
    from .conftest import serving

    with serving(searched) as server:
        answer = server.send("/v1/similar", {"file": str(searched.posters / "p03.png")})
        assert answer.status == 403
        assert "--allow-files" in answer.error
        assert server.ask("/v1/about").value["files"] is False


def test_a_folders_page_is_no_way_out_of_the_map(own: Any, tmp_path: Path) -> None:
    from .conftest import serving

    (tmp_path / "secret.html").write_text("secret")
    (own.folder / "map" / "out").mkdir()
    (own.folder / "map" / "out" / "index.html").symlink_to(tmp_path / "secret.html")
    with serving(own) as server:
        assert server.ask("/map/out").status == 301
        assert server.ask("/map/out/").status == 404
        assert server.ask("/map/list/").status == 200


def test_a_poster_whose_file_is_gone_or_another_has_no_picture_and_is_still_found(own: Any) -> None:
    from .conftest import serving

    with serving(own, images=own.posters) as server:
        (own.posters / "p03.png").unlink()
        (own.posters / "p04.png").write_bytes(png())
        for name, said in (("p03.png", "cannot be read"), ("p04.png", "has changed since the map was made")):
            answer = server.ask(f"/v1/posters/{own.id(name)}/picture")
            assert answer.status == 404
            assert said in answer.error
            assert server.ask(f"/v1/posters/{own.id(name)}/similar").status == 200
