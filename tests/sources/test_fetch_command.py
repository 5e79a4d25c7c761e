"""How a fetch is asked for: the command, options, hosts to allow, and what is wrong with them in one line."""

import importlib.util
import json
from pathlib import Path

import pytest
from faulty_host import Answer

import mapmaker as mm
from mapmaker import cli
from mapmaker.errors import InputError, MetadataError, MissingExtra, OptionError
from tests.sources.shop import Shop, picture


def test_the_command_says_what_came_and_ends_as_build_does(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    shop.offer("/p", Answer(picture()))
    shop.offer("/gone", Answer(status=404))
    words = ["fetch", "urls", str(shop.table), "--into", str(shop.folder), "--rate", "1000", "--backoff", "0.01"]
    words += ["--allow-host", "127.0.0.1"]
    assert cli.main([*words, "--dry-run"]) == 0
    assert "2 of 2 pictures would be fetched" in capfd.readouterr().out
    assert cli.main(words) == 0
    said = capfd.readouterr()
    assert "1 picture came" in said.out
    assert f"1 404 Not Found: see {shop.folder / 'fetched.csv'}" in said.out
    assert "fetch      1 came, 0 were there, 1 are missing" in said.err
    assert cli.main([*words, "--json", "--quiet"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["there"], told["came"], told["missing"]) == (1, 0, {"404 Not Found": 1})
    (shop.folder / "p.jpg").unlink()
    shop.host.answers["/p"] = Answer(status=404)
    assert cli.main(words) == 2
    assert capfd.readouterr().err.splitlines()[-1].startswith("mapmaker: no picture came: 2 404 Not Found")
    assert cli.main([*words[:2], "nothing.csv", *words[3:]]) == 2
    assert capfd.readouterr().err.startswith("mapmaker: cannot read nothing.csv")


def test_options_that_make_no_sense_are_one_line(shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    for options, said in (
        ({"rtae": 5}, "no option fetch.rtae with 'urls': did you mean 'rate'"),
        ({"limit": 0}, "limit = 0 is below 1"),
        ({"rate": "quick"}, "fetch.rate = 'quick' is not float"),
        ({"max_bytes": "50 apples"}, "fetch.max_bytes = '50 apples' is no size"),
        ({"column": "postre"}, "column = 'postre': the table has no such column; did you mean 'poster'"),
    ):
        with pytest.raises(OptionError, match=said):
            shop.fetch(**options)
    with pytest.raises(OptionError, match="'ulrs' is not known: did you mean 'urls'"):
        mm.fetch("ulrs", shop.folder, table=shop.table)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "[::1]:80", "http://h", "h/x", "", "me:pw@h"])
def test_a_host_to_allow_with_more_than_its_name_is_no_host(host: str, shop: Shop) -> None:
    shop.offer("/p", Answer(picture()))
    with pytest.raises(OptionError, match=r"is no host: give a name or an IP address, without port or path"):
        shop.fetch(allow_hosts=[host])
    assert not shop.folder.exists()
    assert shop.fetch(allow_hosts=["[::1]", "::1", "127.0.0.1", "nas.local"]).came == 1


def test_a_source_that_cannot_be_read_leaves_no_tables(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("title\nx\n")
    with pytest.raises(MetadataError, match="no column of http or https addresses; its columns: 'title'"):
        mm.fetch("urls", tmp_path / "posters", table=tmp_path / "t.csv")
    with pytest.raises(InputError):
        mm.fetch("moviegenre", tmp_path / "posters", table=tmp_path / "t.csv")
    assert not (tmp_path / "posters").exists()
    (tmp_path / "posters").mkdir()
    with pytest.raises(MetadataError, match=r"cannot read .*mistyped\.csv"):
        mm.fetch("urls", tmp_path / "posters", table=tmp_path / "mistyped.csv")
    assert list((tmp_path / "posters").iterdir()) == []


def test_without_the_extra_it_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"fetching needs the fetch extra: pip install 'mapmaker\[fetch\]'"):
        shop.fetch()
