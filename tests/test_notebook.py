"""A map in a notebook: executed by a real kernel, and harmless whatever the clusters are called."""

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import folium
import nbclient
import nbformat
import pytest

import mapmaker as mm
from mapmaker import notebook
from mapmaker.errors import InputError, MissingExtra, OutputError
from mapmaker.stages.compose.contract import VERSION


@pytest.fixture(scope="module")
def site(posters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of 30 posters, 256 pixels wide."""
    folder = tmp_path_factory.mktemp("shown")
    clusters = {"smallest": 2}
    mm.build(posters, folder / "map", posters / "metadata.csv", extractor="classic", poster_size=256, clusters=clusters)
    return folder / "map"


def test_a_notebook_shows_the_map_and_its_kernel_gives_every_tile(site: Path) -> None:
    deepest = sorted(path.relative_to(site).as_posix() for path in site.glob("tiles/2/*/*"))[-1]
    cells = [
        f"import mapmaker as mm\nshown = mm.notebook.show({str(site)!r})\nshown",
        f"mm.notebook.show({str(site)!r})",
        "import re, urllib.request",
        "address = re.search(r'http://127[^{]*', shown.get_root().render())[0]",
        f"len(urllib.request.urlopen(address.replace('tiles/', '') + {deepest!r}).read())",
    ]
    make_cell, make_notebook = nbformat.v4.new_code_cell, nbformat.v4.new_notebook
    document = make_notebook(cells=[make_cell(cell) for cell in cells])  # type: ignore[no-untyped-call]  # it has no types
    nbclient.NotebookClient(document, timeout=100, kernel_name="python3").execute()
    first, second, third = [document.cells[number]["outputs"][0]["data"] for number in (0, 1, 4)]
    addresses = {re.findall(r"http://127\.0\.0\.1:\d+/", output["text/html"])[0] for output in (first, second)}
    assert len(addresses) == 1  # one server a map, however often it is shown
    assert int(third["text/plain"]) == (site / deepest).stat().st_size


def rendered(site: Path, **more: Any) -> str:
    shown = notebook.make_map(site, notebook.read_map(site) | more, "http://127.0.0.1:1/")
    assert isinstance(shown, folium.Map)
    return str(shown.get_root().render())


def test_the_page_holds_the_whole_map_even_where_no_server_is_reached(site: Path) -> None:
    page = rendered(site)
    inside = {base64.b64decode(data) for data in re.findall(r'"data:image/webp;base64,([^"]+)"', page)}
    assert inside == {path.read_bytes() for path in site.glob("tiles/1/*/*")}
    assert '"http://127.0.0.1:1/tiles/{z}/{x}/{y}.webp"' in page


def test_corners_and_cells_are_where_the_tiles_show_them(site: Path) -> None:
    told = notebook.read_map(site)
    shrink = 2 ** told["tiles"]["maxZoom"]
    width, height = told["columns"] * told["cell"]["width"], told["rows"] * told["cell"]["height"]
    page = rendered(site)
    corners = f"[[{-height / shrink},0.0],[0.0,{width / shrink}]]"
    assert re.sub(r"\s", "", page).replace(",]", "]").count(corners) == 2  # of the tiles, and to fit
    points = [[float(part) for part in pair] for pair in re.findall(r"L\.circleMarker\(\s*\[(.+?), (.+?)\]", page)]
    assert len(points) == len(told["clusters"]) > 0
    cells = {(int(x * shrink // told["cell"]["width"]), int(-y * shrink // told["cell"]["height"])) for y, x in points}
    assert cells == {tuple(cluster["cell"]) for cluster in told["clusters"]}


HOSTILE = "</script><img src=x onerror=alert(1)> `${alert(2)}` {{ 7 * 7 }} {% raw %} \\ \" ' \u2028"


def test_hostile_names_are_shown_as_text(site: Path) -> None:
    clusters = [{"slug": "x", "name": HOSTILE, "size": 3, "cell": [0, 0]}]
    page = rendered(site, title=HOSTILE, clusters=clusters)
    assert "<img src=x" not in page
    assert "${alert" not in page
    assert not set("`${}\\<>\"'\u2028") & set(notebook.harmless(HOSTILE))
    shown = page.replace("\\u0026", "&")  # as JSON in a script has it
    assert shown.count(notebook.harmless(HOSTILE)) >= 2


def test_what_cannot_be_shown_is_said_in_one_line(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="no map in"):
        mm.notebook.show(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    told = notebook.read_map(site)
    archived = {**told, "tiles": {**told["tiles"], "archives": [0]}}
    (data / "map.js").write_text(f'(self.mapmaker??=[]).push(["map",{json.dumps(archived)}]);\n')
    with pytest.raises(InputError, match="has its tiles in archives, which folium cannot read"):
        mm.notebook.show(tmp_path)
    (data / "map.js").write_text("nothing of the kind")
    with pytest.raises(OutputError, match="no map in"):
        mm.notebook.show(tmp_path)
    monkeypatch.setitem(sys.modules, "folium", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mapmaker\[notebook\]'"):
        notebook.make_map(site, notebook.read_map(site), "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 1}, rf"map\.js is of version 1, not {VERSION}, .*; make one with: mapmaker build"),
        ({"version": None}, f"is of version None, not {VERSION}"),
        ({"clusters": ..., "rows": ...}, r"map\.js lacks rows, clusters; make one with"),
        ({"tiles": {"size": 512}}, r"lacks tiles\.maxZoom, tiles\.extension;"),
        ({"cell": 3}, r"lacks cell\.width, cell\.height;"),
    ],
)
def test_a_map_of_another_version_or_with_parts_missing_is_refused_in_one_line(
    site: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    told = {key: value for key, value in (notebook.read_map(site) | change).items() if value is not ...}
    (tmp_path / "data").mkdir()
    (tmp_path / "data/map.js").write_text(f'(self.mapmaker??=[]).push(["map",{json.dumps(told)}]);\n')
    with pytest.raises(OutputError, match=said) as raised:
        mm.notebook.show(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("inside", ["5", "[]", '["map"]', '["map",5]', '["facets",{"version":1}]'])
def test_what_is_no_map_s_script_is_refused(tmp_path: Path, inside: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/map.js").write_text(f"(self.mapmaker??=[]).push({inside});\n")
    with pytest.raises(OutputError, match="make one with"):
        mm.notebook.show(tmp_path)
