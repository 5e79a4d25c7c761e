"""A finished map -> a folder with its clusters: a collage each, a table, and the originals in a ZIP if asked."""

import csv
import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from mapmaker import options
from mapmaker.errors import InputError, OptionError
from mapmaker.export.collage import Collage, Look, paint
from mapmaker.export.originals import CHANGED, changed
from mapmaker.export.output import Folder, check_apart
from mapmaker.export.told import Exported, Troubles
from mapmaker.filenames import Names, safe
from mapmaker.finished import FinishedMap, read_map, typical
from mapmaker.lettering import check_font, color, missing_letters
from mapmaker.methods.engines import Engine
from mapmaker.methods.engines.local import Local
from mapmaker.model import Cluster
from mapmaker.options import whole
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence, counted
from mapmaker_tiles import Fit

TABLE, INDEX = "clusters.csv", "clusters.json"
COLUMNS = ("cluster", "name", "id", "path", "title", "year")
"""Of the table; a row a poster."""
MOST_SIDE = 65_500
"""Pixels along a side of a JPEG."""
MOST_PIXELS = 100_000_000
"""Of a collage: 0.3 GB while it is painted."""
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a ZIP, so that the same files make the same bytes."""
_CELL = re.compile(r"(\d{1,6})x(\d{1,6})")


@dataclass(frozen=True)
class Groups:
    """Options of exported clusters.

    `columns`: posters in a row of a collage; `cell`: "WIDTHxHEIGHT" of each in pixels; `most`: posters on a collage,
    the most typical first. `captions`: whether titles stand below, in `font`, a file, if it is given. `background`: a
    colour by name or like "#0b0b0c". `fit`: "cover" crops a poster to its cell, "contain" pads it, "stretch" distorts
    it. `quality`: of the JPEG, 1 to 100. `originals`: whether the files themselves come too, in a ZIP for each cluster.
    `only`: slugs of the clusters to export; none for all.
    """

    columns: int = 6
    cell: str = "120x180"
    most: int = 60
    captions: bool = False
    font: Path | None = None
    background: str = "white"
    fit: str = "cover"
    quality: int = 88
    originals: bool = False
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.fit not in get_args(Fit):
            raise OptionError(f"fit = {self.fit!r} is not one of {', '.join(get_args(Fit))}")
        for name in ("columns", "most", "quality"):
            whole(name, getattr(self, name), 1)
        if self.quality > 100:
            raise OptionError(f"quality = {self.quality} is above 100")
        check_font(self.font)
        width, height = self.look.size(self.most)
        if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
            raise OptionError(
                f"a collage of {count_of(self.most, 'poster')} in {count_of(self.columns, 'column')} of {self.cell} is "
                f"{width:,} x {height:,} pixels, of at most {MOST_SIDE:,} a side and {MOST_PIXELS:,} in all; "
                "give fewer posters, or smaller cells"
            )

    @property
    def look(self) -> Look:
        """What collages look like. OptionError if that cannot be."""
        sides = _CELL.fullmatch(self.cell.strip().lower())
        if sides is None or min(map(int, sides.groups())) < 1:
            raise OptionError(f"cell = {self.cell!r} is not like 120x180, width and height in pixels")
        ground, size = color("background", self.background), (int(sides[1]), int(sides[2]))
        return Look(self.columns, size, self.fit, ground, self.captions, self.font, self.quality)  # type: ignore[arg-type]  # checked


def export_clusters(
    work: str | Path,
    out: str | Path = "clusters",
    *,
    images: str | Path | None = None,
    force: bool = False,
    engine: Engine | None = None,
    workers: int = 0,
    progress: Progress | None = None,
    **chosen: Any,
) -> Exported:
    """Put the clusters of the finished map of the folder `work` into the folder `out`: collages, a table, originals.

    `images`: the folder of images, if it is no more where the map was built from. Options are those of `Groups`:
    `columns`, `cell`, `most`, `captions`, `font`, `background`, `fit`, `quality`, `originals`, `only`. What an earlier
    export put into `out` makes way; files of the user's stay, and where one is in the way nothing is done, but with
    `force`. `engine`: where posters are drawn, this machine unless told; `workers`: its processes, 0 for one a core.
    `progress` is told how far the work is. Raises InputError for what is the user's to mend.
    """
    asked: Groups = options.build(Groups, chosen, "clusters")
    found = read_map(Path(work), None if images is None else Path(images))
    groups = [_Group.of(cluster, found, asked) for cluster in _wanted(found, asked.only)]
    names = [TABLE, INDEX, *(name for group in groups for name in group.files)]
    check_apart(Path(out), found.folder, found.work)
    folder = Folder(Path(out), names, force)
    # From here on there is work to do.
    told = progress or Silence()
    told.begin("clusters")
    troubles = Troubles()
    spread = Local(workers) if engine is None else engine
    with folder.filling():
        told.expect(len(groups), "clusters")
        painted = spread.map(paint, [group.collage for group in groups], chunk=1)
        for group, (picture, met) in zip(groups, counted(painted, told), strict=True):
            troubles.take(met)
            folder.fresh(group.picture).write_bytes(picture)
            if group.archive:
                _pack(folder.fresh(group.archive), group, troubles)
        _write_table(folder.fresh(TABLE), groups)
        folder.fresh(INDEX).write_text(json.dumps(_told(groups), indent=1) + "\n", encoding="utf-8")
        drawn = {original.path for group in groups for original in group.collage.posters}
        troubles.check(len(drawn), found.folder)
        gone = folder.commit(names)
    posters = sum(len(group.rows) for group in groups)
    told.end("clusters", f"{count_of(len(groups), 'cluster')}, {count_of(posters, 'poster')}")
    lacking = "".join(dict.fromkeys("".join(group.collage.lacking() for group in groups)))
    notes = [missing_letters(lacking)] if lacking else []
    blank = "left blank and out of the ZIP" if asked.originals else "left blank"
    size = sum((folder.out / name).stat().st_size for name in names)
    figures = {"clusters": len(groups), "posters": posters, "files": len(names), "bytes": size, "gone": gone}
    return troubles.export(folder.out, figures, notes, blank, told)


def _wanted(found: FinishedMap, only: Sequence[str]) -> list[Cluster]:
    """Return the clusters to export. OptionError for a slug that none has, InputError if there is no cluster at all."""
    if not found.clusters.clusters:
        raise InputError(f"the map of {found.work} has no clusters; docs/options.md tells how they are found")
    chosen = {found.cluster(slug).slug for slug in only}
    return [cluster for cluster in found.clusters.clusters if not chosen or cluster.slug in chosen]


@dataclass(frozen=True)
class _Group:
    """A cluster with its members as they are told: selected rows, the most typical first."""

    cluster: Cluster
    found: FinishedMap
    selected: Sequence[int]
    collage: Collage
    picture: str
    archive: str
    """Names below the folder; the archive's is "" where there is to be none."""

    @staticmethod
    def of(cluster: Cluster, found: FinishedMap, asked: Groups) -> "_Group":
        """Gather what is to be told of a cluster."""
        selected = cluster.members[typical(found.vectors(cluster))].tolist()
        shown = selected[: asked.most]
        titles = [found.metadata.title[found.rows[one]] for one in shown]
        collage = Collage(asked.look, [found.original(one) for one in shown], titles)
        stem = safe(cluster.slug)
        return _Group(
            cluster, found, selected, collage, f"collages/{stem}.jpg", f"{stem}.zip" if asked.originals else ""
        )

    @property
    def files(self) -> list[str]:
        """What it takes up in the folder."""
        return [self.picture, self.archive] if self.archive else [self.picture]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What is told of each poster."""
        images, metadata = self.found.images, self.found.metadata
        numbers = [self.found.rows[one] for one in self.selected]
        return [
            {"id": images.id[row], "path": images.path[row], "title": metadata.title[row], "year": metadata.year[row]}
            for row in numbers
        ]


def _write_table(file: Path, groups: Sequence[_Group]) -> None:
    with file.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target:
        writer = csv.writer(target, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for group in groups:
            writer.writerows([group.cluster.slug, group.cluster.called, *row.values()] for row in group.rows)


def _told(groups: Sequence[_Group]) -> dict[str, Any]:
    return {
        "clusters": [
            {
                "slug": group.cluster.slug,
                "name": group.cluster.called,
                "size": len(group.selected),
                "collage": group.picture,
                "shown": len(group.collage.posters),
                "originals": group.archive or None,
                "posters": group.rows,
            }
            for group in groups
        ]
    }


def _pack(file: Path, group: _Group, troubles: Troubles) -> None:
    """Write the group's originals as they are, the most typical first; what cannot be read is left out."""
    names = Names()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for selected in group.selected:
            original = group.found.original(selected)
            trouble = changed(original)
            if trouble is not None:
                troubles.take([trouble])
                if trouble.reason != CHANGED:
                    continue
            info = zipfile.ZipInfo(names.own(Path(original.path).name), _DATE)
            info.external_attr = 0o644 << 16
            info.file_size = (
                original.file.stat().st_size
            )  # by which it is told whether the format must be that for giants
            with original.file.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
