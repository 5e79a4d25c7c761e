"""Posters removed, replaced, corrected in their titles: is the map right, and has nothing else changed?

All is read from the site's files, but for which id is whose, which images.csv of the work folder tells.
"""

import argparse
import csv
import random
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from growing import Place
from numpy.typing import NDArray
from PIL import Image, ImageOps
from published import SHELF, Published, Shown, changed_files

REMOVED, REPLACED, CORRECTED = 200, 50, 500
EVERYONE = [word for rule in ("near", "blank", "placeholder") for word in ("--set", f"triage.{rule}=off")]
"""Triage leaves nobody out: what is removed is what was to be."""
GALLERY = re.compile(r"clusters/([a-z0-9-]+)_\d+\.html")
"""A page of a cluster's gallery."""
THUMBNAIL = 24, 36
ALIKE = 12.0
"""Mean difference of 255 between a poster and its cell, both as thumbnails, that compression and cropping make."""


@dataclass(frozen=True)
class Edits:
    """What is done, by path: files that go, files that become another, titles that become another."""

    removed: list[str]
    replaced: dict[str, Path]
    titles: dict[str, str]


@dataclass(frozen=True)
class Judged:
    """Two maps, before and after; `removed`, `replaced` and `titled` are the ids that were edited, with what."""

    before: Published
    after: Published
    removed: set[str]
    replaced: dict[str, tuple[Path, Path]]
    """Old and new file."""
    titled: dict[str, str]

    @property
    def edited(self) -> set[str]:
        """All of them."""
        return {*self.removed, *self.replaced, *self.titled}


def edit(options: argparse.Namespace, folder: Path) -> bool:
    """Print what was found, a row a question; return whether all is right."""
    names = sorted(p.relative_to(options.posters).as_posix() for p in options.posters.rglob("*.[jp][pn]g"))
    random.Random(options.seed).shuffle(names)
    held_back, shown = names[:REPLACED], names[REPLACED:]
    flags = ["--extractor", "model", "--model", options.model.resolve(), *EVERYONE]
    place = Place(folder, folder / "metadata.csv", flags)
    shutil.copyfile(options.metadata, place.table)
    place.add(options.posters, shown)
    first = place.build()
    shutil.copytree(place.map, folder / "before")
    ids = ids_by_path(folder)
    edits = chosen([name for name in shown if name in ids], [options.posters / name for name in held_back], options)
    carry_out(place, edits)
    update = place.build()
    judged = Judged(
        Published(folder / "before"),
        Published(place.map),
        {ids[name] for name in edits.removed},
        {ids[name]: (options.posters / name, file) for name, file in edits.replaced.items()},
        {ids[name]: title for name, title in edits.titles.items()},
    )
    print(f"first: {first.seconds:.0f} s; update: {update.seconds:.0f} s", file=sys.stderr, flush=True)
    return show(judged)


def ids_by_path(folder: Path) -> dict[str, str]:
    """Return the id of each poster on the map, by path."""
    file = folder / ".mapmaker" / "map" / "images.csv"
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as table:
        return {row["path"]: row["id"] for row in csv.DictReader(table) if row["present"] == "1"}


def chosen(names: list[str], others: list[Path], options: argparse.Namespace) -> Edits:
    """Return edits of some of `names`, none of them twice; `others` take the places of the replaced."""
    some = random.Random(options.seed + 1).sample(names, REMOVED + REPLACED + CORRECTED)
    replaced = dict(zip(some[REMOVED : REMOVED + REPLACED], others, strict=True))
    titles = {name: f"Corrected title {number}" for number, name in enumerate(some[REMOVED + REPLACED :])}
    return Edits(some[:REMOVED], replaced, titles)


def carry_out(place: Place, edits: Edits) -> None:
    """Do it to the folder and its table."""
    posters = place.folder / "posters"
    for name in edits.removed:
        (posters / name).unlink()
    for name, file in edits.replaced.items():
        (posters / name).unlink()  # it may be a link
        shutil.copyfile(file, posters / name)
    with place.table.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        row["title"] = edits.titles.get(row["filename"], row["title"])
    with place.table.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def show(judged: Judged) -> bool:
    """Print a row a question."""
    print("| asked | of | wrong |\n|---|---|---|")
    wrong = 0
    for question, of, faults in (*right(judged), *nothing_else(judged)):
        wrong += len(faults)
        print(f"| {question} | {of:,} | {len(faults):,} {', '.join(sorted(faults)[:5])} |", flush=True)
    return not wrong


def right(judged: Judged) -> Iterator[tuple[str, int, list[str]]]:
    """Yield what of the edits must be seen, of how many, and who is wrong."""
    before, after = judged.before, judged.after
    here = after.posters
    bare = [id_ for id_ in judged.removed if after.picture(before.posters[id_].cell)[..., 3].any()]
    yield "removed: the cell is bare", len(judged.removed), bare
    opened = (id_ for id_, cell in after.linked.items() if cell >= 0)
    told = {*here, *opened, *(id_ for some in after.shelves.values() for id_, _ in some)}
    yield "removed: shown nowhere", len(judged.removed), [id_ for id_ in judged.removed if id_ in told]
    pictured = [
        id_
        for id_, (old, new) in judged.replaced.items()
        if not shows(after.picture(here[id_].cell), new) or shows(after.picture(here[id_].cell), old)
    ]
    yield "replaced: the cell shows the new picture", len(judged.replaced), pictured
    titles = [id_ for id_, title in judged.titled.items() if here[id_].title != title]
    yield "corrected: on the card", len(judged.titled), titles
    search = after.script("search/0")
    wrong = [poster.id for poster, title in zip(after.in_order, search, strict=True) if poster.title != title]
    yield "every title: as search has it", len(search), wrong
    lines = [line for some in after.shelves.values() for line in some]
    yield "every line of the list: as the card", len(lines), [i for i, title in lines if here[i].title != title]
    once = Counter(id_ for id_, _ in after.shelves["titles"])
    yield "every poster: once from A to Z", len(here), [id_ for id_ in here if once[id_] != 1]
    cells = after.linked
    yield "every link: opens its poster", len(cells), [i for i in here if cells.get(i) != here[i].cell]


def nothing_else(judged: Judged) -> Iterator[tuple[str, int, list[str]]]:
    """Yield what must be as before, of how much, and what is not."""
    before, after = judged.before, judged.after
    stayed = [id_ for id_ in before.posters if id_ not in judged.removed]
    lost = [id_ for id_ in stayed if id_ not in after.posters]
    yield "everyone else: still there by the same id", len(stayed), lost
    yield "no newcomer", len(after.posters), [id_ for id_ in after.posters if id_ not in before.posters]
    pairs = [(before.posters[id_], after.posters[id_]) for id_ in stayed if id_ not in lost]
    yield "cells kept", len(pairs), [now.id for was, now in pairs if was.cell != now.cell]
    yield "clusters kept", len(pairs), [now.id for was, now in pairs if was.cluster != now.cluster]
    yield "cards kept", len(pairs), [now.id for was, now in pairs if not same_card(judged, was, now)]
    alike = [now.id for was, now in pairs if now.id not in judged.replaced and not same_likes(judged, was, now)]
    yield "alike as before, but for the edited", len(pairs) - len(judged.replaced), alike
    changed = changed_files(before, after)
    for kind, reasons in explained(judged).items():
        some = [name for name in changed if kind_of(name) == kind]
        total = sum(kind_of(name) == kind for name in after.digests)
        yield f"files of {kind}: {len(some):,} changed, with reason", total, [n for n in some if n not in reasons]


def same_card(judged: Judged, was: Shown, now: Shown) -> bool:
    """Return whether a card says what it said, but for a corrected title."""
    return now.title == judged.titled.get(now.id, was.title) and now.more == was.more


def same_likes(judged: Judged, was: Shown, now: Shown) -> bool:
    """Return whether the most similar of a poster are the same but for the removed and replaced."""
    edited = {*judged.removed, *judged.replaced}
    old = [id_ for id_ in was.similar if id_ not in edited]
    new = [id_ for id_ in now.similar if id_ not in edited]
    both = min(len(old), len(new))
    return old[:both] == new[:both]


def kind_of(name: str) -> str:
    """Return of what kind a file is: its folder, or its name."""
    if name.startswith("list/"):
        return "strips" if name.endswith(".webp") else "list"
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "data" and len(parts) == 3 else parts[0] if len(parts) > 1 else name


def explained(judged: Judged) -> dict[str, set[str]]:
    """Return the files that may have other bytes, by kind; of every kind that there is."""
    before, after = judged.before, judged.after
    found: dict[str, set[str]] = {kind_of(name): set() for name in (*before.digests, *after.digests)}
    shard_side = after.map["shardSide"]
    changed_likes = [i for i, now in after.posters.items() if now.similar != before.posters[i].similar]
    for id_ in {*judged.edited, *changed_likes}:
        row, column = divmod(before.posters[id_].cell, before.map["columns"])
        found["data/posters"].add(f"data/posters/{column // shard_side}-{row // shard_side}.js")
    found["data/ids"] = {f"data/ids/{id_[: before.map['idPrefix']] or 'all'}.js" for id_ in judged.removed}
    found["data/vectors"] = {"data/vectors/cells.js"}
    for id_ in {*judged.removed, *judged.replaced}:
        found["tiles"].update(before.tiles_of(before.posters[id_].cell))
        found["data/vectors"].add(before.vectors_of(before.posters[id_].cell))
    pages = {name for name in {*before.digests, *after.digests} if SHELF.fullmatch(name)}
    touched = {name for name in pages if shelf_touched(judged, name)}
    found["list"] = {"list/index.html", *touched}
    found["strips"] = {"list/index.webp", *touched, *(name for name in pages if beside_changed_tile(judged, name))}
    found["clusters"] = {name for name in {*before.digests, *after.digests} if gallery_touched(judged, name)}
    found["data"] = {"data/map.js", "data/facets.js", "data/manifest.json"}  # of all posters
    found["data/search"] = {f"data/search/{number}.js" for number in range(len(after.map["search"]))}
    found["assets"] = {"assets/overview.jpg"}
    found["index.html"] = {"index.html"}  # says how many posters there are
    found["quality"] = {"quality/index.html"}  # figures of all posters
    return found


def gallery_touched(judged: Judged, name: str) -> bool:
    """Return whether a page below clusters/ is an index, or of the cluster of an edited poster, or beside that one."""
    page = GALLERY.fullmatch(name)
    if page is None:
        return name.startswith("clusters/")
    slugs = [cluster["slug"] for cluster in judged.after.map["clusters"]]
    posters = (judged.before.posters, judged.after.posters)
    own = {some[id_].cluster for some in posters for id_ in judged.edited if id_ in some}
    at = slugs.index(page[1]) if page[1] in slugs else -1
    return at < 0 or not own.isdisjoint(slugs[max(0, at - 1) : at + 2])


def shelf_touched(judged: Judged, name: str) -> bool:
    """Return whether a page, or strip, is of a shelf with an edited poster: its pages may begin elsewhere."""
    shelf = _shelf(name)
    lines = [*judged.before.shelves.get(shelf, ()), *judged.after.shelves.get(shelf, ())]
    return any(id_ in judged.edited for id_, _ in lines)


def beside_changed_tile(judged: Judged, name: str) -> bool:
    """Return whether a shelf holds a poster whose tiles were painted again, for one beside it was edited."""
    posters, removed = judged.before.posters, {*judged.removed, *judged.replaced}
    again = {tile for id_ in removed for tile in judged.before.tiles_of(posters[id_].cell)}
    lines = judged.before.shelves.get(_shelf(name), ())
    return any(again.intersection(judged.before.tiles_of(posters[id_].cell)) for id_, _ in lines)


def _shelf(name: str) -> str:
    found = SHELF.fullmatch(name)
    return found[1] if found else ""


def shows(cell: NDArray[np.uint8], file: Path) -> bool:
    """Return whether a cell's pixels are of the poster in `file`, cropped to fill it."""
    with Image.open(file) as poster:
        whole = ImageOps.fit(poster.convert("RGB"), (cell.shape[1], cell.shape[0]), Image.Resampling.LANCZOS)
    shown = Image.fromarray(cell).convert("RGB")
    pair = (np.asarray(picture.resize(THUMBNAIL, Image.Resampling.BOX), np.float64) for picture in (shown, whole))
    return bool(cell[..., 3].all() and abs(next(pair) - next(pair)).mean() < ALIKE)
