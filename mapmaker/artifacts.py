"""The artefacts by name: dataclasses in, files of the work folder out, and back.

Arrays are .npy and .npz, tables are CSV, so that anything can be looked at, and replaced by hand. A reader
raises ArtifactError, naming the file, if it does not hold what it should, or not as many `rows` as the caller needs.
"""

import contextlib
import csv
import dataclasses
import errno
import hashlib
import io
import json
import operator
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.appraisal import Appraisal, as_json, from_json
from mapmaker.errors import ArtifactError
from mapmaker.model import (
    Arrangement,
    Change,
    Cluster,
    Clusters,
    Features,
    Floats,
    Grid,
    Images,
    Layout,
    Likeness,
    Looks,
    Metadata,
    Neighbors,
    Origin,
    Posters,
    Reject,
    Selection,
    Standing,
)
from mapmaker.workspace import Workspace, write_json

IMAGES = "images.csv"
REJECTS = "rejects.csv"
LOOKS = "looks.npz"
"""What the pixels of each image say at a glance."""
METADATA = "metadata.csv"
FEATURES = "features.npy"
VECTORS = "vectors.npy"
"""The features reduced by PCA, each of unit length: the space that neighbours are near in."""
NEIGHBORS = "neighbors.npz"
SELECTION = "selection.csv"
TRIAGED = "triage"
"""A folder: `index.html` and what it shows, for looking at; written by the triage stage itself."""
LAYOUT = "layout.npy"
GRID = "grid.npz"
GRID_PICTURE = "grid.png"
"""Layout, grid and what moved how far, for looking at."""
ARRANGEMENT = "arrangement.npz"
CLUSTERS = "clusters.json"
"""As they were found."""
CURATED = "curated.json"
"""As the user wants them, the same where nothing is wanted: what the map shows."""
ORIGINS = "origins.json"
"""Of which clusters that were found each of these was made, and how."""
NAMES = "names.json"
"""Of each that the user wants and that has none of its own."""
FOUND_NAMES = "names-found.json"
"""The same of each as it was found, whatever the user makes of it: so no edit changes another's name."""
STANDING = "standing.npz"
"""The last finished map, for the next one to go on from."""
SET_ASIDE = "standing-before.npz"
"""The last map, while a fresh one is made."""
RECALLED = "recalled.npz"
"""What of it this map goes on from."""
FORMER = "former.npz"
"""The last map as it stood, of all its posters, where this map goes on from it: what changes are told against."""
CHANGED = "changes.csv"
"""Who came, moved, went or was replaced since; all are new on a map that was laid out anew."""
LIKENESS = "likeness.json"
"""How much of what is alike lies side by side."""
APPRAISAL = "quality.json"
"""How good the map is, in figures: what its quality page tells."""
SPACE = "space.npz"
"""Where the vectors are: mean and axes."""
SOURCE = "source.json"
"""Where images and the extractor's files are: no artefact, for no result depends on it; exports and search ask."""
TILES = "tiles"
"""A folder: `index.json` and `{z}/{x}/{y}.webp`, written by the raster stage itself."""

_OWN = ("title", "year", "tags", "url")
_LONGEST = 2**31 - 1
"""Characters of a field: what fits a C long on every system."""


def part_digest(work: Workspace, part: str) -> str | None:
    """Return the digest of an artefact, or of one column of a table: "images.csv[path]"."""
    name, bracket, column = part.partition("[")
    whole = work.digest(name)
    if not bracket or whole is None:
        return whole
    return _column_digests(work.path(name), whole).get(column.removesuffix("]"), _column_digest([]))


@lru_cache(maxsize=2)
def _column_digests(table: Path, digest: str) -> Mapping[str, str]:  # noqa: ARG001 - of the file, by which it is kept
    """Return the digest of each column: many stages ask for many columns of one table."""
    with _reading(table) as path:
        return {name: _column_digest(values) for name, values in _read_table(path).items()}


def _column_digest(values: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(values).encode("utf-8", "surrogateescape")).hexdigest()


def write_images(work: Workspace, images: Images) -> None:
    """Write a table, a row an image; `present` is 1 or 0."""
    columns = {
        "id": images.id,
        "path": images.path,
        "sha256": images.sha256,
        "width": images.width.tolist(),
        "height": images.height.tolist(),
        "present": images.present.astype(int).tolist(),
    }
    _write_table(work.fresh(IMAGES), columns)


def read_images(work: Workspace) -> Images:
    """Read what `write_images` wrote."""
    with _reading(work.path(IMAGES)) as path:
        table = _read_table(path)
        return Images(
            id=table["id"],
            path=table["path"],
            sha256=table["sha256"],
            width=np.array(table["width"], np.int32),
            height=np.array(table["height"], np.int32),
            present=np.array(table["present"], np.int32).astype(bool),
        )


def write_rejects(work: Workspace, rejects: Sequence[Reject]) -> None:
    """Write path and reason of every file that is left out."""
    columns = {"path": [r.path for r in rejects], "reason": [r.reason for r in rejects]}
    _write_table(work.fresh(REJECTS), columns)


def read_rejects(work: Workspace) -> list[Reject]:
    """Read what `write_rejects` wrote."""
    with _reading(work.path(REJECTS)) as path:
        table = _read_table(path)
        return [Reject(*row) for row in zip(table["path"], table["reason"], strict=True)]


def write_looks(work: Workspace, looks: Looks) -> None:
    """Write arrays by the names of the fields."""
    np.savez(work.fresh(LOOKS), **{field.name: getattr(looks, field.name) for field in dataclasses.fields(looks)})


def read_looks(work: Workspace, rows: int | None = None) -> Looks:
    """Read what `write_looks` wrote."""
    with _reading(work.path(LOOKS)) as path, _arrays(path) as arrays:
        looks = Looks(arrays["hash"], _float32(arrays["deviation"]), arrays["size"], arrays["colors"])
        _require_rows(len(looks), rows)
        return looks


def write_metadata(work: Workspace, metadata: Metadata) -> None:
    """Write a table, a row an image; tags are joined by |."""
    columns: dict[str, Iterable[object]] = {
        "title": metadata.title,
        "year": ["" if year is None else year for year in metadata.year],
        "tags": ["|".join(tags) for tags in metadata.tags],
        "url": metadata.url,
    }
    _write_table(work.fresh(METADATA), {**columns, **metadata.more})


def read_metadata(work: Workspace, rows: int | None = None) -> Metadata:
    """Read what `write_metadata` wrote."""
    with _reading(work.path(METADATA)) as path:
        table = _read_table(path)
        _require_rows(len(table["title"]), rows)
        return Metadata(
            title=table["title"],
            year=[int(year) if year else None for year in table["year"]],
            tags=[tuple(tags.split("|")) if tags else () for tags in table["tags"]],
            url=table["url"],
            more={name: values for name, values in table.items() if name not in _OWN},
        )


def write_selection(work: Workspace, selection: Selection) -> None:
    """Write each row's verdict."""
    _write_table(work.fresh(SELECTION), {"verdict": selection.verdict})


def read_selection(work: Workspace, rows: int | None = None) -> Selection:
    """Read what `write_selection` wrote."""
    with _reading(work.path(SELECTION)) as path:
        selection = Selection(_read_table(path)["verdict"])
        _require_rows(len(selection.verdict), rows)
        if not len(selection.rows):
            raise ArtifactError(f"no poster is kept; a verdict must be {Selection.KEPT!r}")
        return selection


def write_features(work: Workspace, features: Features, name: str = FEATURES) -> None:
    """Write the values; `name` is FEATURES or VECTORS."""
    _save(work.fresh(name), features.values)


def write_features_by_parts(work: Workspace, rows: int, parts: Iterable[tuple[NDArray[np.int64], Floats]]) -> int:
    """Write features of so many `rows` that are never in memory all at once; return how many numbers each has.

    `parts`: ascending rows (n,) and their values (n, d), in any order; rows that none names stay zero.
    """
    with work.fresh(FEATURES).open("wb") as file:
        numbers = start = 0
        for some, values in parts:
            if not numbers:
                numbers = values.shape[1]
                np.lib.format.write_array_header_1_0(file, _described(values, rows))
                start = file.tell()
                file.truncate(start + rows * values.itemsize * numbers)
            if values.shape[1] != numbers:
                raise ArtifactError(f"features: {values.shape[1]:,} numbers of some images, {numbers:,} of others")
            for run in np.split(np.arange(len(some)), np.flatnonzero(np.diff(some) != 1) + 1):
                file.seek(start + int(some[run[0]]) * values.itemsize * numbers)
                file.write(values[run[0] : run[-1] + 1].tobytes())
        return numbers


def _described(values: Floats, rows: int) -> dict[str, Any]:
    """Return the header of an .npy file of so many `rows` like those of `values`."""
    kind = np.lib.format.dtype_to_descr(values.dtype)
    return {"descr": kind, "fortran_order": False, "shape": (rows, *values.shape[1:])}


def read_features(work: Workspace, name: str = FEATURES, rows: int | None = None) -> Features:
    """Read what `write_features` wrote; the values stay in their file until they are looked at."""
    with _reading(work.path(name)) as path:
        features = Features(_mapped(path))
        _require_rows(len(features.values), rows)
        return features


def map_features(work: Workspace, rows: int) -> Floats:
    """Return the values as they lie in their file, none of which was looked at: for who asks for a few of many."""
    with _reading(work.path(FEATURES)) as path:
        values = _mapped(path)
        if values.ndim != 2 or values.dtype != np.float32:
            raise ArtifactError(f"{values.dtype} of shape {values.shape}, not (rows, d) float32")
        _require_rows(len(values), rows)
        return values


def write_neighbors(work: Workspace, neighbors: Neighbors) -> None:
    """Write the graph: arrays `index` and `similarity`, and the name of its `metric`."""
    np.savez(
        work.fresh(NEIGHBORS),
        index=neighbors.index,
        similarity=neighbors.similarity,
        metric=np.array(neighbors.metric),
    )


def read_neighbors(work: Workspace, rows: int | None = None) -> Neighbors:
    """Read what `write_neighbors` wrote; a graph without a metric is one of euclidean distance."""
    with _reading(work.path(NEIGHBORS)) as path, _arrays(path) as arrays:
        metric = str(arrays["metric"]) if "metric" in arrays else "euclidean"
        neighbors = Neighbors(_int32(arrays["index"]), _float32(arrays["similarity"]), metric)
        _require_rows(len(neighbors.index), rows)
        return neighbors


def read_selected(work: Workspace) -> tuple[Floats, Neighbors]:
    """Return the vectors (n, d) of what is selected, and the graph of these n among themselves."""
    selection = read_selection(work)
    rows, all_rows = selection.rows, len(selection.verdict)
    vectors = read_features(work, VECTORS, all_rows).values[rows]
    return vectors, read_neighbors(work, all_rows).among(rows)


def read_posters(work: Workspace) -> Posters:
    """Return all that says how alike the selected posters are; the features stay in their file."""
    rows = read_selection(work).rows
    points, vectors = read_layout(work, len(rows)).points, read_features(work, VECTORS).values[rows]
    return Posters(points, vectors, read_features(work).values, rows, read_looks(work).colors[rows])


def write_layout(work: Workspace, layout: Layout) -> None:
    """Write the points."""
    _save(work.fresh(LAYOUT), layout.points)


def read_layout(work: Workspace, rows: int | None = None) -> Layout:
    """Read what `write_layout` wrote; any real numbers do."""
    with _reading(work.path(LAYOUT)) as path:
        layout = Layout(_float32(_array(path)))
        _require_rows(len(layout.points), rows)
        return layout


def write_grid(work: Workspace, grid: Grid) -> None:
    """Write arrays `cells`, `shape` [columns, rows], `cost` and `bound`."""
    cost, bound = np.array(grid.cost), np.array(grid.bound)
    np.savez(work.fresh(GRID), cells=grid.cells, shape=_shape(grid), cost=cost, bound=bound)


def read_grid(work: Workspace, rows: int | None = None) -> Grid:
    """Read what `write_grid` wrote."""
    with _reading(work.path(GRID)) as path, _arrays(path) as arrays:
        across, down = _int32(arrays["shape"]).tolist()
        cost, bound = float(arrays["cost"].item()), float(arrays["bound"].item())
        grid = Grid(_int32(arrays["cells"]), across, down, cost, bound)
        _require_rows(len(grid.cells), rows)
        return grid


def write_arrangement(work: Workspace, arrangement: Arrangement) -> None:
    """Write arrays `cells` and `shape` [columns, rows]."""
    np.savez(work.fresh(ARRANGEMENT), cells=arrangement.cells, shape=_shape(arrangement))


def read_arrangement(work: Workspace, rows: int | None = None) -> Arrangement:
    """Read what `write_arrangement` wrote."""
    with _reading(work.path(ARRANGEMENT)) as path, _arrays(path) as arrays:
        across, down = _int32(arrays["shape"]).tolist()
        arrangement = Arrangement(_int32(arrays["cells"]), across, down)
        _require_rows(len(arrangement.cells), rows)
        return arrangement


def _shape(arrangement: Arrangement) -> NDArray[np.int32]:
    return np.array([arrangement.columns, arrangement.rows], np.int32)


_TOLD = [field.name for field in dataclasses.fields(Cluster) if field.name != "members"]


def write_clusters(work: Workspace, clusters: Clusters, name: str = CLUSTERS) -> None:
    """Write what is known of each and its members; labels follow from them. `name` is CLUSTERS or CURATED."""
    rows = [{name: getattr(c, name) for name in _TOLD} | {"members": c.members.tolist()} for c in clusters.clusters]
    value = {"posters": len(clusters.labels), "made": clusters.made, "clusters": rows}
    work.fresh(name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def read_clusters(work: Workspace, rows: int | None = None, name: str = CLUSTERS) -> Clusters:
    """Read what `write_clusters` wrote."""
    with _reading(work.path(name)) as path:
        value = json.loads(path.read_text(encoding="utf-8"))
        _require_rows(value["posters"], rows)
        labels = np.full(value["posters"], -1, np.int32)
        clusters = [_cluster(row) for row in value["clusters"]]
        for label, cluster in enumerate(clusters):
            labels[cluster.members] = label
        return Clusters(labels, clusters, str(value.get("made", "")))


def write_names(work: Workspace, names: Mapping[str, tuple[str, str]], name: str = NAMES) -> None:
    """Write pairs of name and shade by slug; `name` is NAMES or FOUND_NAMES."""
    told = {slug: {"name": called, "shade": shade} for slug, (called, shade) in names.items()}
    work.fresh(name).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_names(work: Workspace, name: str = NAMES) -> dict[str, tuple[str, str]]:
    """Read what `write_names` wrote."""
    with _reading(work.path(name)) as path:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, dict):
            raise ValueError("not an object of names by slug")
        return {slug: (pair["name"], pair["shade"]) for slug, pair in names.items()}


def read_named(work: Workspace, rows: int | None = None) -> Clusters:
    """Read the clusters of the map, each that has no name of its own with name and shade as naming gave them."""
    clusters = read_clusters(work, rows, CURATED)
    told = read_names(work)
    with _reading(work.path(NAMES)):
        named = []
        for one in clusters.clusters:
            name, shade = told.get(one.slug, ("", ""))
            named.append(one if one.name else dataclasses.replace(one, name=name, shade=shade or one.shade))
        return dataclasses.replace(clusters, clusters=named)


def write_origins(work: Workspace, origins: Sequence[Origin]) -> None:
    """Write a list of objects by the names of the fields."""
    text = json.dumps([dataclasses.asdict(one) for one in origins], indent=1)
    work.fresh(ORIGINS).write_text(text + "\n", encoding="utf-8")


def read_origins(work: Workspace) -> list[Origin]:
    """Read what `write_origins` wrote."""
    with _reading(work.path(ORIGINS)) as path:
        return [Origin(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def _cluster(row: Mapping[str, Any]) -> Cluster:
    """Return a cluster whose members may stand in any order, and whose figures nobody need have told."""
    members = np.sort(np.array(row["members"]))
    figures = {name: row[name] for name in _TOLD[2:] if name in row}
    if "medoid" in figures:
        inside = figures["medoid"] in row["members"]  # and not taken out by hand
        figures["medoid"] = operator.index(figures["medoid"]) if inside else -1
    return Cluster(row["slug"], row["name"], _int32(members) if members.size else members.astype(np.int32), **figures)


def write_appraisal(work: Workspace, appraisal: Appraisal) -> None:
    """Write all figures as JSON."""
    text = json.dumps(as_json(appraisal), indent=1, ensure_ascii=True)
    work.fresh(APPRAISAL).write_text(text + "\n", encoding="utf-8")


def read_appraisal(work: Workspace, rows: int | None = None) -> Appraisal:
    """Read what `write_appraisal` wrote."""
    with _reading(work.path(APPRAISAL)) as path:
        appraisal = from_json(json.loads(path.read_text(encoding="utf-8")))
        _require_rows(appraisal.posters, rows)
        return appraisal


def write_standing(work: Workspace, standing: Standing, name: str = STANDING) -> None:
    """Write arrays by the names of the fields; `clusters` as JSON. `name` is STANDING, RECALLED or FORMER."""
    np.savez(work.fresh(name), **_standing_arrays(standing))


def standing_digest(standing: Standing) -> str:
    """Return the digest of what `write_standing` would write."""
    content = io.BytesIO()
    np.savez(content, **_standing_arrays(standing))
    return hashlib.sha256(content.getvalue()).hexdigest()


def _standing_arrays(standing: Standing) -> dict[str, Any]:
    fields = {field.name: getattr(standing, field.name) for field in dataclasses.fields(standing)}
    return fields | {"clusters": json.dumps([list(pair) for pair in standing.clusters])}


def read_standing(work: Workspace, name: str = STANDING) -> Standing:
    """Read what `write_standing` wrote, or did when it knew nothing of `contents` and what follows."""
    with _reading(work.path(name)) as path, _arrays(path) as arrays:
        return Standing(
            points=_float32(arrays["points"]),
            cells=_int32(arrays["cells"]),
            columns=int(arrays["columns"]),
            rows=int(arrays["rows"]),
            labels=_int32(arrays["labels"]),
            clusters=[(slug, name) for slug, name in json.loads(str(arrays["clusters"]))],
            late=arrays["late"].astype(bool),
            mean=_float32(arrays["mean"]),
            axes=_float32(arrays["axes"]),
            basis=str(arrays["basis"]),
            grouping=str(arrays["grouping"]),
            contents=arrays.get("contents", np.zeros(0)).astype(np.uint64),
            fresh=float(arrays.get("fresh", np.nan)),
            ids=arrays.get("ids", np.zeros(0, str)).astype(str).tolist(),
            away=arrays.get("away", np.zeros(0)).astype(bool),
        )


def recalled(work: Workspace) -> Standing:
    """Return what is gone on from, of the selected rows alone: of all of them nothing, if it is a fresh map."""
    return read_standing(work, RECALLED).of(read_selection(work).rows)


_FROM, _TO = ("from_column", "from_row"), ("to_column", "to_row")


def write_changes(work: Workspace, changes: Sequence[Change]) -> None:
    """Write a table, a row a poster: id, path, its cell before and now, blank where it has none; replaced is 1 or 0."""
    columns: dict[str, Iterable[object]] = {"id": [c.id for c in changes], "path": [c.path for c in changes]}
    for names, cells in ((_FROM, [c.before for c in changes]), (_TO, [c.now for c in changes])):
        for axis, name in enumerate(names):
            columns[name] = ["" if cell is None else cell[axis] for cell in cells]
    columns["replaced"] = [int(c.replaced) for c in changes]
    _write_table(work.fresh(CHANGED), columns)


def read_changes(work: Workspace) -> list[Change]:
    """Read what `write_changes` wrote."""
    with _reading(work.path(CHANGED)) as path:
        table = _read_table(path)
        cells = [
            [(int(x), int(y)) if x and y else None for x, y in zip(table[across], table[down], strict=True)]
            for across, down in (_FROM, _TO)
        ]
        replaced = [bool(int(mark)) for mark in table["replaced"]]
        return [Change(*row) for row in zip(table["id"], table["path"], *cells, replaced, strict=True)]


def write_likeness(work: Workspace, likeness: Likeness) -> None:
    """Write the shares by name, null for what nobody knows."""
    text = json.dumps(dataclasses.asdict(likeness), indent=1)
    work.fresh(LIKENESS).write_text(text + "\n", encoding="utf-8")


def read_likeness(work: Workspace) -> Likeness:
    """Read what `write_likeness` wrote."""
    with _reading(work.path(LIKENESS)) as path:
        value = json.loads(path.read_text(encoding="utf-8"))
        return Likeness(value["now"], value["fresh"], value["new"], value["late"])


def write_space(work: Workspace, mean: Floats, axes: Floats) -> None:
    """Write arrays `mean` (d,) and `axes` (d, c)."""
    np.savez(work.fresh(SPACE), mean=mean, axes=axes)


def read_space(work: Workspace) -> tuple[Floats, Floats]:
    """Read what `write_space` wrote."""
    with _reading(work.path(SPACE)) as path, _arrays(path) as arrays:
        return _float32(arrays["mean"]), _float32(arrays["axes"])


def write_source(work: Workspace, images: Path, files: Mapping[str, Path] | None = None) -> None:
    """Write where images and the extractor's `files` are, from the work folder on: all can be moved together."""
    told: dict[str, Any] = {"images": _place(work, images)}
    if files:
        told["files"] = {name: _place(work, file) for name, file in sorted(files.items())}
    if _read_places(work) != told:
        write_json(work.path(SOURCE), told)


def read_source(work: Workspace) -> Path | None:
    """Return the folder of images that the last build read; None if nobody knows."""
    return _placed(work, _read_places(work).get("images"))


def read_source_files(work: Workspace) -> dict[str, Path]:
    """Return the files of the last build's extractor by option, as far as they are known."""
    files = _read_places(work).get("files")
    places = {name: _placed(work, place) for name, place in files.items()} if isinstance(files, dict) else {}
    return {name: place for name, place in places.items() if place is not None}


def _place(work: Workspace, path: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), work.folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return path.resolve().as_posix()


def _placed(work: Workspace, place: object) -> Path | None:
    return Path(os.path.normpath(work.folder.resolve() / place)) if isinstance(place, str) else None


def _read_places(work: Workspace) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        told = json.loads(work.path(SOURCE).read_text(encoding="utf-8"))
        if isinstance(told, dict):
            return told
    return {}


def _require_rows(found: int, rows: int | None) -> None:
    if rows not in (None, found):
        raise ArtifactError(f"{found:,} rows, but there must be {rows:,}")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[Path]:
    """Turn whatever a damaged or hand-made file makes a reader raise into one line that names it."""
    try:
        yield path
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} is not there; make it with: mapmaker build") from error
    except (
        OSError,
        ValueError,
        OverflowError,
        KeyError,
        IndexError,
        TypeError,
        EOFError,
        RuntimeError,  # an encrypted zip, a method of packing that is unknown, JSON nested without end
        SyntaxError,  # by a bit of NumPy's header
        tokenize.TokenError,
        zipfile.BadZipFile,
        zlib.error,
        csv.Error,
    ) as error:
        said = " ".join(str(error).split())
        raise ArtifactError(f"{path} does not hold what it should: {said}; delete it to make it anew") from error
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}; delete it to make it anew") from error


@contextlib.contextmanager
def _arrays(path: Path) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Yield the arrays of an .npz file. It is opened here, for NumPy leaves open what turns out to be none."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise ArtifactError("one array (.npy), not several by name (.npz)")
        with loaded as arrays:
            yield arrays


def _array(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        loaded.close()
        raise ArtifactError("several arrays (.npz), not one (.npy)")


def _mapped(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file as it lies there, to be read only."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            raise ArtifactError("several arrays (.npz), not one (.npy)")
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


def _int32(values: NDArray[Any]) -> NDArray[np.int32]:
    """Return whole numbers of any type as int32."""
    if not np.issubdtype(values.dtype, np.integer):
        raise ArtifactError(f"{values.dtype}, not whole numbers")
    narrow = values.astype(np.int32)
    if not np.array_equal(narrow, values):
        raise ArtifactError("a whole number is beyond 32 bits")
    return narrow


def _float32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return real numbers of any type as float32; what is beyond it becomes infinite."""
    if values.dtype.kind not in "fiu":
        raise ArtifactError(f"{values.dtype}, not real numbers")
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _save(path: Path, values: NDArray[Any]) -> None:
    """Write an .npy file; where it does not fit the disk, say so, for NumPy tells only how many numbers it wrote."""
    try:
        np.save(path, values)
    except OSError as error:
        if error.errno is not None:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error


def _write_table(path: Path, columns: Mapping[str, Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")  # with "\n" alone a "\r" in a field is not quoted
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _read_table(path: Path) -> dict[str, list[str]]:
    """Return a table of ours by column; a spreadsheet may have given it a byte order mark and blank lines."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file, long_fields():
        lines = [row for row in csv.reader(file) if row]
    if not lines:
        raise ArtifactError("empty, without even a header")
    header, *rows = lines
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise ArtifactError(f"row {number:,} has {len(row):,} fields, the header {len(header):,}")
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


@contextlib.contextmanager
def long_fields() -> Iterator[None]:
    """Let the csv module read fields of any length meanwhile; its own limit is 131,072 characters."""
    before = csv.field_size_limit(_LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
