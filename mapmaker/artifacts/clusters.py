"""Clusters as found and as curated, their names, and what they were made of."""

import dataclasses
import json
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mapmaker.artifacts.formats import int32, reading, require_rows
from mapmaker.artifacts.names import CLUSTERS, CURATED, NAMES, ORIGINS
from mapmaker.model import Cluster, Clusters, Origin
from mapmaker.workspace import Workspace

_TOLD = [field.name for field in dataclasses.fields(Cluster) if field.name != "members"]


def write_clusters(work: Workspace, clusters: Clusters, name: str = CLUSTERS) -> None:
    """Write what is known of each and its members; labels follow from them. `name` is CLUSTERS or CURATED."""
    rows = [{name: getattr(c, name) for name in _TOLD} | {"members": c.members.tolist()} for c in clusters.clusters]
    value = {"posters": len(clusters.labels), "made": clusters.made, "clusters": rows}
    work.fresh(name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def read_clusters(work: Workspace, rows: int | None = None, name: str = CLUSTERS) -> Clusters:
    """Read what `write_clusters` wrote."""
    with reading(work.path(name)) as path:
        value = json.loads(path.read_text(encoding="utf-8"))
        require_rows(value["posters"], rows)
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
    with reading(work.path(name)) as path:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, dict):
            raise ValueError("not an object of names by slug")
        return {slug: (pair["name"], pair["shade"]) for slug, pair in names.items()}


def read_named(work: Workspace, rows: int | None = None) -> Clusters:
    """Read the clusters of the map, each that has no name of its own with name and shade as naming gave them."""
    clusters = read_clusters(work, rows, CURATED)
    told = read_names(work)
    with reading(work.path(NAMES)):
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
    with reading(work.path(ORIGINS)) as path:
        return [Origin(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def _cluster(row: Mapping[str, Any]) -> Cluster:
    """Return a cluster whose members may stand in any order, and whose figures nobody need have told."""
    members = np.sort(np.array(row["members"]))
    figures = {name: row[name] for name in _TOLD[2:] if name in row}
    if "medoid" in figures:
        inside = figures["medoid"] in row["members"]  # and not taken out by hand
        figures["medoid"] = operator.index(figures["medoid"]) if inside else -1
    return Cluster(row["slug"], row["name"], int32(members) if members.size else members.astype(np.int32), **figures)
