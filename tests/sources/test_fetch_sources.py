"""tmdb, iiif and listing, from the command line to the finished map: real requests to loopback, and no secret left."""

import json
import logging
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from faulty_host import Answer, FaultyHost, Request

import mapmaker as mm
from mapmaker import cli
from mapmaker.errors import FetchError, OptionError
from mapmaker.sources.tmdb import ATTRIBUTION
from tests.conftest import Command
from tests.scripts import data_of
from tests.sources import films
from tests.sources.films import film
from tests.sources.museum import HOST, collection3, info3, manifest3, reference, service3, shelved
from tests.sources.shop import picture, read_csv
from tests.sources.test_listing import RECIPE, SITE, page

BEARER = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJzZWNyZXQifQ.c2lnbmF0dXJl-secret"
KEY = "0123456789abcdef0123456789abcdef"
QUICK = ("--rate", "10000", "--retries", "1", "--silence", "2")


def cinema(token: str, images: str, count: int = 30) -> Any:
    """Return what answers for TMDB, whose pictures are below `images`."""
    known = [film(n, f"{1980 + n}-01-01", **({"poster_path": None} if n == 7 else {})) for n in range(1, count + 1)]
    service = films.Cinema(known, images)
    return lambda request: service.serve(request, token)


def screen(request: Request) -> Answer:
    """Answer for the host of TMDB's pictures."""
    number = int(Path(request.path).stem.removeprefix("poster"))
    return Answer(status=404) if number == 9 else Answer(picture(number))


def holding(folder: Path, token: str) -> list[Path]:
    """Return the files below a folder that hold a token, in their name or in their bytes."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert found
    return [path for path in found if token in str(path) or token.encode() in path.read_bytes()]


@pytest.mark.parametrize(("variable", "token"), [("TMDB_TOKEN", BEARER), ("TMDB_API_KEY", KEY)])
def test_tmdb_from_the_token_in_the_environment_to_the_map_that_names_it(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, variable: str, token: str
) -> None:
    monkeypatch.delenv("TMDB_TOKEN", raising=False)
    monkeypatch.setenv(variable, token)
    with FaultyHost(otherwise=screen) as images, FaultyHost(otherwise=cinema(token, images.url("/t/p/"))) as host:
        fetch = ("fetch", "tmdb", "--into", "posters", "--api", host.url("/3"), *QUICK)
        refused = command(*fetch)
        assert refused.returncode == 2
        assert "machine learning" in refused.stderr
        assert not host.requests
        done = command(*fetch, "--accept-terms", "--from", "1981", "--to", "2005", "--json")
        again = command(*fetch, "--accept-terms", "--from", "1981", "--to", "2005")
    assert done.returncode == again.returncode == 0, done.stderr
    assert ATTRIBUTION in done.stderr
    report = json.loads(done.stdout)
    assert report["missing"] == {"TMDB has no poster of Film 7": 1, "404 Not Found": 1}
    told = read_csv(tmp_path / "posters/metadata.csv")
    assert len(told) == report["came"] == 23
    assert told[0]["filename"] == "tmdb-1.jpg"
    assert {row["attribution"] for row in told} == {ATTRIBUTION}
    assert max(images.asked.values()) == 1
    assert all(token not in f"{request.path}{request.headers}" for request in images.requests)
    built = command(
        *("build", "posters", "--metadata", "posters/metadata.csv", "--out", "map", "--work", "work"),
        *("--extractor", "classic", "--layout", "pca", "--workers", "1"),
    )
    assert built.returncode == 0, built.stderr
    assert ATTRIBUTION in (tmp_path / "map/list/index.html").read_text()
    said = data_of(tmp_path / "map")
    assert said["attribution"] == {"lines": [ATTRIBUTION], "others": 0}
    assert "attribution" not in said["search"]
    assert holding(tmp_path, token) == []
    for ran in (refused, done, again, built):
        assert token not in ran.stdout + ran.stderr


def test_a_token_from_a_file_goes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TMDB_TOKEN", "another")
    (tmp_path / "token").write_text(KEY)
    with FaultyHost(otherwise=screen) as images, FaultyHost(otherwise=cinema(KEY, images.url("/t/p/"), 3)) as host:
        words = [
            "fetch",
            "tmdb",
            "--into",
            str(tmp_path / "posters"),
            "--api",
            host.url("/3"),
            "--accept-terms",
            *QUICK,
        ]
        assert cli.main(words) == 2
        assert "TMDB does not accept the token (401)" in capsys.readouterr().err
        assert cli.main([*words, "--token-file", str(tmp_path / "token")]) == 0
    assert len(read_csv(tmp_path / "posters/metadata.csv")) == 3


@pytest.mark.parametrize("token", [BEARER, KEY])
@pytest.mark.parametrize("fault", ["denied", "no JSON", "elsewhere", "broken off", "odd"])
def test_whatever_goes_wrong_the_token_is_told_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    token: str,
    fault: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TMDB_TOKEN", token)
    echo = f'{{"status_message": "{token}"}}'.encode()
    with FaultyHost(otherwise=lambda _: Answer(echo, 403, "application/json")) as other:

        def serve(request: Request) -> Answer:
            if not urlsplit(request.path).path.endswith("discover/movie"):
                return cinema(token, other.url("/t/p/"))(request)  # type: ignore[no-any-return]
            return {
                "denied": Answer(echo, 401, "application/json", {"WWW-Authenticate": token}),
                "no JSON": Answer(token.encode(), 200, "text/html"),
                "elsewhere": Answer(status=302, headers={"Location": other.url(request.path)}),
                "broken off": Answer(echo, declared=10_000),
                "odd": Answer(f'{{"results": "{token}", "total_pages": "{token}"}}'.encode(), 200, "application/json"),
            }[fault]

        with FaultyHost(otherwise=serve) as host:
            api = host.url("/3")
            words = ["fetch", "tmdb", "--into", str(tmp_path / "p"), "--api", api, "--accept-terms", *QUICK, "--json"]
            assert cli.main(words) == 2
            with pytest.raises(FetchError) as caught:
                mm.fetch("tmdb", tmp_path / "p", token=token, accepted=True, api=api, retries=1, backoff=0.01)
            assert any(token in f"{one.path}{one.headers}" for one in host.requests)
    said = capsys.readouterr()
    for text in (said.out, said.err, caplog.text, str(caught.value), repr(caught.value), repr(caught.value.args)):
        assert token not in text
    assert not (tmp_path / "p").exists()  # nothing came, so no file is left that could hold it
    assert all(token not in f"{request.path}{request.headers}" for request in other.requests)


def test_an_option_that_is_wrong_does_not_show_the_token_beside_it(tmp_path: Path) -> None:
    tries: tuple[dict[str, Any], ...] = (
        {"sorted": "x"},
        {"votes": "many"},
        {"token": f"{BEARER} {BEARER}"},
        {"token": BEARER.encode()},
        {"token": [BEARER]},
        {"api": f"http://me:{BEARER}@host/3"},
        {"api": f"me:{BEARER}@host/3"},
    )
    for wrong in tries:
        with pytest.raises(OptionError) as caught:
            options: dict[str, Any] = {"token": BEARER, "accepted": True, **wrong}
            mm.fetch("tmdb", tmp_path, **options)
        assert BEARER not in str(caught.value)
    with pytest.raises(OptionError) as caught:
        mm.fetch("tmdb", tmp_path, token=int("9" * 30), accepted=True)
    assert "9" * 30 not in str(caught.value)


def test_iiif_brings_pictures_with_their_rights(tmp_path: Path) -> None:
    names = [f"m{n}" for n in range(12)]
    manifests = [
        manifest3(
            name,
            rights="http://creativecommons.org/publicdomain/mark/1.0/",
            requiredStatement={"label": {"en": ["Held by"]}, "value": {"en": ["The Museum"]}},
        )
        for name in names
    ]
    lost = reference(manifest3("lost"))
    top = collection3("top", lost, *map(reference, manifests))
    documents = shelved(top, *manifests, *(info3(name, (300, 450)) for name in names))

    def serve(request: Request) -> Answer:
        if request.path.endswith("/default.jpg"):
            assert "/full/120,/0/" in request.path
            return Answer(picture(int(request.path.split("/")[2][1:]), size=(120, 180)))
        found = documents.get(f"{HOST}{request.path}")
        here = f"http://{request.headers['host']}"
        body = json.dumps(found).replace(HOST, here).encode()
        return Answer(body, 200, "application/ld+json") if found else Answer(status=404)

    with FaultyHost(otherwise=serve) as host:
        into = tmp_path / "few"
        few = mm.fetch("iiif", into, addresses=[host.url("/top")], width=120, limit=2, rate=10_000)
        assert (few.came, len(read_csv(few.metadata))) == (2, 2)
        assert sum(host.asked.values()) < 30  # a few documents ahead, and no more
        words = ["fetch", "iiif", host.url("/top"), "--into", str(into), "--width", "120", *QUICK, "--quiet"]
        assert cli.main(words) == 0
        assert host.asked["/images/m0/full/120,/0/default.jpg"] == 1
        told = read_csv(into / "metadata.csv")
        assert [row["filename"] for row in told] == [f"{name}.jpg" for name in names]
        assert {row["attribution"] for row in told} == {"Held by: The Museum"}
        assert {row["rights"] for row in told} == {"http://creativecommons.org/publicdomain/mark/1.0/"}
        failed = [row for row in read_csv(into / "fetched.csv") if row["status"] != "fetched"]
        assert [row["url"] for row in failed] == [host.url("/lost/manifest.json")]


def test_a_picture_that_wants_a_login_is_told(tmp_path: Path) -> None:
    login = service3("a", service=[{"@id": f"{HOST}/login", "profile": "http://iiif.io/api/auth/1/login"}])
    document = manifest3("a")
    document["items"][0]["items"][0]["items"][0]["body"]["service"] = [login]

    def serve(request: Request) -> Answer:
        if request.path == "/a/manifest.json":
            return Answer(json.dumps(document).replace(HOST, f"http://{request.headers['host']}").encode())
        return Answer(b"{}", 401, "application/json")

    with FaultyHost(otherwise=serve) as host, pytest.raises(FetchError, match="1 its service wants a login"):
        mm.fetch("iiif", tmp_path / "p", addresses=[host.url("/a/manifest.json")], rate=10_000)


def test_a_listing_brings_its_pictures_at_the_pace_that_its_robots_txt_asks_for(tmp_path: Path) -> None:
    pages = {"/1998/": page("alpha", "beta"), "/1999/": page("gamma")}
    when: list[float] = []

    def serve(request: Request) -> Answer:
        when.append(time.monotonic())
        if request.path == "/robots.txt":
            return Answer(b"User-agent: *\nCrawl-delay: 0.15\nDisallow: /thumbs/beta", type="text/plain")
        if request.path in pages:
            return Answer(pages[request.path].encode(), type="text/html")
        return Answer(picture(len(request.path)))

    with FaultyHost(otherwise=serve) as host:
        (tmp_path / "awards.toml").write_text(RECIPE.replace(SITE, host.url("")))
        words = ["fetch", "listing", str(tmp_path / "awards.toml"), "--into", str(tmp_path / "p"), *QUICK]
        assert cli.main(words) == 0
        agents = {request.headers["user-agent"] for request in host.requests}
    told = read_csv(tmp_path / "p/metadata.csv")
    assert [row["filename"] for row in told] == ["1998/Alpha.jpg", "1999/Gamma.jpg"]
    assert [row["attribution"] for row in told] == ["Courtesy of the Awards"] * 2
    assert all(agent.startswith("mapmaker/") for agent in agents)
    assert host.asked["/thumbs/beta.jpg"] == 0
    assert len(when) == 5
    assert min(after - before for before, after in pairwise(when[1:])) > 0.1


def test_no_redirect_leads_where_robots_txt_does_not_allow(tmp_path: Path) -> None:
    pages = {"/1998/": page("alpha", "beta", "gamma")}

    def serve(request: Request) -> Answer:
        moved = {
            "/robots.txt": "/rules.txt",
            "/1999/": "/closed/1999/",
            "/thumbs/alpha.jpg": "/closed/alpha.jpg",
            "/thumbs/beta.jpg": f"http://localhost:{host.port}/open/beta.jpg",
        }
        if request.path == "/rules.txt":
            return Answer(b"User-agent: *\nDisallow: /closed/", type="text/plain")
        if request.path in moved:
            return Answer(status=302, headers={"Location": moved[request.path]})
        if request.path in pages:
            return Answer(pages[request.path].encode(), type="text/html")
        return Answer(picture(len(request.path)))

    with FaultyHost(otherwise=serve) as host:
        file = tmp_path / "awards.toml"
        file.write_text(RECIPE.replace(SITE, host.url("")))
        allowed = ["localhost"]
        done = mm.fetch("listing", tmp_path / "p", file=file, rate=10_000, retries=0, allow_hosts=allowed)
    told = {row["file"]: row["reason"] for row in read_csv(done.manifest) if row["file"]}
    reasons = [row["reason"] for row in read_csv(done.manifest)]
    assert sorted(told) == ["1998/Beta.jpg", "1998/Gamma.jpg"]
    refused = f"redirected to 127.0.0.1: {host.url('/robots.txt')} does not allow it"
    assert sum(refused in reason for reason in reasons) == 2
    assert not [request.path for request in host.requests if request.path.startswith("/closed/")]
    assert host.asked["/robots.txt"] == 2  # of two sites


def test_a_mistake_in_a_listing_is_one_line_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "awards.toml"
    file.write_text(RECIPE.replace("[entry]", "[entri]"))
    assert cli.main(["fetch", "listing", str(file), "--into", str(tmp_path / "p")]) == 2
    said = capsys.readouterr().err
    assert said == f"mapmaker: {file}, line 6: a listing has no key 'entri': did you mean 'entry'?\n"
    assert not (tmp_path / "p").exists()
