"""Where a repository's pages will be, and what is told of it."""

import shutil
from pathlib import Path

import pytest

import mapmaker as mm
from mapmaker.hosting import pages
from mapmaker.hosting.branch import Tip
from mapmaker.hosting.contents import gather
from mapmaker.hosting.github import Place, find_place


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/Me/Map.git", "https://me.github.io/Map/"),
        ("https://github.com/me/map", "https://me.github.io/map/"),
        ("https://www.github.com/me/map/", "https://me.github.io/map/"),
        ("git@github.com:me/map.git", "https://me.github.io/map/"),
        ("ssh://git@github.com/me/map.git", "https://me.github.io/map/"),
        ("ssh://git@ssh.github.com:443/me/map.git", "https://me.github.io/map/"),
        ("git@github.com:me/me.github.io.git", "https://me.github.io/"),
        ("https://github.com/Me/Me.github.io", "https://me.github.io/"),
        ("https://gitlab.com/me/map.git", None),
        ("https://evil-github.com/me/map.git", None),
        ("https://github.com.evil.example/me/map.git", None),
        ("/srv/github.com/me/map.git", None),
        ("https://github.com/me", None),
    ],
)
def test_the_address_follows_from_the_repository_s(site: Path, url: str, address: str | None) -> None:
    place = find_place(url, gather(site))
    assert (place.url if place else None) == address
    assert place is None or place.settings.lower().endswith(("/me/map/settings/pages", "/me.github.io/settings/pages"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("maps.example.org\n", "https://maps.example.org/"),
        ("<script>\n", "https://me.github.io/map/"),
        ("", "https://me.github.io/map/"),
    ],
)
def test_a_domain_of_one_s_own_comes_before_it(site: Path, text: str, address: str) -> None:
    (site / "CNAME").write_text(text)
    place = find_place("https://github.com/me/map", gather(site))
    assert place
    assert place.url == address


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("", "does not know its address: build with --base-url https://me.github.io/map/"),
        (
            "https://you.example/",
            "says that it is at https://you.example/, but it will be at https://me.github.io/map/",
        ),
        ("https://Me.github.io/map/", None),
    ],
)
def test_a_map_that_is_told_another_address_or_none_is_noticed(base_url: str, said: str | None) -> None:
    place = Place("https://me.github.io/map/", "https://github.com/me/map/settings/pages")
    checked = type("Checked", (), {"base_url": base_url})()
    notes = pages._notes(place, checked, Tip("0" * 40, "", ""), "gh-pages")
    assert len(notes) == (said is not None)
    assert said is None or said in notes[0]
    first = pages._notes(place, checked, None, "gh-pages")
    assert first[-1].startswith("once: choose the branch gh-pages at https://github.com/me/map/settings/pages")
    assert pages._notes(None, checked, None, "gh-pages") == []


def test_what_a_real_build_was_told_is_what_is_compared(posters: Path, tmp_path: Path) -> None:
    options = {"extractor": "classic", "layout": "pca", "workers": 1, "base_url": "https://me.github.io/map"}
    mm.build(posters, tmp_path / "map", work=tmp_path / "work", **options)  # type: ignore[arg-type]  # tables and values
    assert mm.check(tmp_path / "map").base_url == "https://me.github.io/map/"
    shutil.rmtree(tmp_path / "work")
