"""A built map -> a folium map, to look at in a notebook.

    import mapmaker as mm
    mm.notebook.show("map/")

A notebook's page may not read files, so its tiles must come from somewhere. Two ways were weighed: a server in the
kernel, which gives every zoom, but only while the kernel lives, and only to a browser on the same machine; and pictures
inside the notebook, which are always there, but cannot be many. Here are both: the whole map as four tiles inside the
page, and above them, where the server is reached, every tile of every zoom. Nothing breaks where it is not.

Folium's own scripts come from the net (a CDN); the map that `build` makes needs none.
"""

import base64
import functools
import html
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapmaker.errors import InputError, MissingExtra, OutputError
from mapmaker.model import called
from mapmaker.plural import count_of
from mapmaker.server.static import TYPES, open_server
from mapmaker.stages.compose.contract import VERSION

if TYPE_CHECKING:
    import folium

MOST_CLUSTERS = 200
"""Markers: the largest clusters have one; thousands would hide the posters."""
INSIDE = 1
"""The zoom whose tiles are kept in the page: four, some 150 kB."""
BEYOND = 2
"""Zooms that enlarge the deepest tiles."""
NEEDS = ["title", "columns", "rows", "cell.width", "cell.height", "clusters"]
NEEDS += ["tiles.size", "tiles.maxZoom", "tiles.extension"]
"""What is read of map.js."""
_GROUND = "<style>.folium-map.leaflet-container { background: #0b0b0c; }</style>"


def show(folder: str | Path = "map") -> "folium.Map":
    """Return the map in `folder` as a folium.Map, which a notebook displays: its tiles, and a marker a cluster.

    A server on this machine alone gives the tiles until the kernel ends. Elsewhere (a notebook that was saved, a
    kernel on another machine) the map is shown, but not sharply. Raises MissingExtra without folium, OutputError
    where there is no map, InputError if its tiles are in archives, which folium cannot read.
    """
    place = Path(folder)
    told = read_map(place)
    return make_map(place, told, _serve(place.resolve()))


def read_map(folder: Path) -> dict[str, Any]:
    """Return what data/map.js says, see docs/map-data.md.

    OutputError if there is none that can be read, InputError if its tiles are in archives.
    """
    file, make = folder / "data/map.js", f"make one with: mapmaker build IMAGES --out {folder}"
    try:
        statement = file.read_text(encoding="utf-8")
        name, told = json.loads(statement[statement.index("push(") + 5 : statement.rindex(");")])
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"no map in {folder} ({error}); {make}") from error
    version = told.get("version") if isinstance(told, dict) else None
    if name != "map" or version != VERSION:
        raise OutputError(f"{file} is of version {version!r}, not {VERSION}, which is shown here; {make}")
    lacking = [path for path in NEEDS if not _has(told, path)]
    if lacking:
        raise OutputError(f"{file} lacks {', '.join(lacking)}; {make}")
    if "archives" in told["tiles"]:
        archives = f"{folder} has its tiles in archives, which folium cannot read"
        raise InputError(f"{archives}; build it with compose.tiles=folder")
    return dict(told)


def _has(told: Any, path: str) -> bool:
    """Return whether `told` has a value at "outer.inner"."""
    for key in path.split("."):
        if not isinstance(told, dict) or key not in told:
            return False
        told = told[key]
    return True


@functools.cache
def _serve(root: Path) -> str:
    """Return the address at which the map in `root` is served from now on, by a thread that ends with this process."""
    server = open_server(root, 0)
    threading.Thread(target=server.serve_forever, name=f"map at {server.url}", daemon=True).start()
    return server.url


def make_map(folder: Path, told: Mapping[str, Any], address: str) -> "folium.Map":
    """Return a folium map of the site in `folder`, whose map.js says `told`, with tiles from the site at `address`."""
    try:
        import folium
    except ImportError as error:
        raise MissingExtra("a map in a notebook", "notebook") from error
    tiles, size = told["tiles"], told["tiles"]["size"]
    bounds = _bounds(told)
    shown = folium.Map(
        crs="Simple", tiles=None, min_zoom=-2, max_zoom=tiles["maxZoom"] + BEYOND, max_bounds=False, zoom_snap=0.25
    )
    shown.get_root().header.add_child(folium.Element(_GROUND), name="ground")  # type: ignore[attr-defined]  # a Figure
    folium.map.CustomPane("whole", z_index=100).add_to(shown)  # below the tiles; pictures are above them otherwise
    for file, corners in _inside(folder, told):
        picture = _data_address(file)
        folium.raster_layers.ImageOverlay(picture, corners, pixelated=False, pane="whole").add_to(shown)
    folium.TileLayer(
        f"{address}tiles/{{z}}/{{x}}/{{y}}.{tiles['extension']}",
        name=harmless(told["title"]),
        attr=harmless(told["title"]),
        min_zoom=-2,
        min_native_zoom=0,
        max_zoom=tiles["maxZoom"] + BEYOND,
        max_native_zoom=tiles["maxZoom"],
        tile_size=size,
        bounds=bounds,
    ).add_to(shown)
    for cluster in sorted(told["clusters"], key=lambda cluster: -cluster["size"])[:MOST_CLUSTERS]:
        name = called(cluster["slug"], cluster["name"] or cluster.get("shade", ""))
        label = f"{harmless(name)}: {count_of(cluster['size'], 'poster')}"
        point = _point(told, *cluster["cell"])
        folium.CircleMarker(point, radius=7, color="#f2b33d", fill=True, popup=folium.Popup(label)).add_to(shown)
    shown.fit_bounds(bounds)
    return shown


def harmless(text: str) -> str:
    """Return HTML that shows `text`, and that nothing in folium's page, markup in a script, takes for a command."""
    escaped = html.escape(text)
    for character in "`$\\{}\u2028\u2029":
        escaped = escaped.replace(character, f"&#{ord(character)};")
    return escaped


def _bounds(told: Mapping[str, Any]) -> list[list[float]]:
    """Return the corners of the map as folium's [latitude, longitude]: pixels of zoom 0, y upwards from the top."""
    whole, margin = 2 ** told["tiles"]["maxZoom"], told["tiles"].get("margin", 0)
    width = (told["columns"] * told["cell"]["width"] + 2 * margin) / whole
    height = (told["rows"] * told["cell"]["height"] + 2 * margin) / whole
    return [[-height, 0.0], [0.0, width]]


def _point(told: Mapping[str, Any], column: int, row: int) -> list[float]:
    """Return the middle of a cell, as `_bounds` has the corners."""
    whole, margin = 2 ** told["tiles"]["maxZoom"], told["tiles"].get("margin", 0)
    x = margin + (column + 0.5) * told["cell"]["width"]
    y = margin + (row + 0.5) * told["cell"]["height"]
    return [-y / whole, x / whole]


def _inside(folder: Path, told: Mapping[str, Any]) -> Iterator[tuple[Path, list[list[float]]]]:
    """Yield the tiles to keep in the page and the corners of each."""
    zoom = min(INSIDE, told["tiles"]["maxZoom"])
    side = told["tiles"]["size"] / 2**zoom
    for file in sorted(folder.glob(f"tiles/{zoom}/*/*.{told['tiles']['extension']}")):
        x, y = int(file.parent.name), int(file.stem)
        yield file, [[-(y + 1) * side, x * side], [-y * side, (x + 1) * side]]


def _data_address(file: Path) -> str:
    return f"data:{TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"
