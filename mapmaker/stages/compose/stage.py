"""The stage itself: gathers all artefacts, makes the pages and scripts, puts the site in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.errors import ArtifactError, OptionError, OutputError
from mapmaker.hosts import MOST_SIMILAR
from mapmaker.manifest import Changes, read_manifest
from mapmaker.model import Change
from mapmaker.options import whole
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Job
from mapmaker.stages.compose import appraised
from mapmaker.stages.compose.appraised import quality_page
from mapmaker.stages.compose.base_url import read_base_url, sitemaps
from mapmaker.stages.compose.catalog import Catalog, similar_cells
from mapmaker.stages.compose.contract import ABOUT, scripts
from mapmaker.stages.compose.galleries import Galleries
from mapmaker.stages.compose.markup import markup, style
from mapmaker.stages.compose.overview import NAME, paint_overview
from mapmaker.stages.compose.strips import Cutter
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker.stages.compose.tree import (
    Contents,
    Packed,
    Place,
    Stored,
    check_output,
    check_place,
    is_intact,
    manifest_digest,
    place_of,
    replace_site,
)
from mapmaker.stages.compose.twin import Twin
from mapmaker.stages.compose.vectors import likenesses, quantiles, short_enough
from mapmaker.workspace import file_digest
from mapmaker_site import ASSETS, read_asset, render_page
from mapmaker_site.pages import Book
from mapmaker_tiles import Store, TileError, plan_archives, stored_tile

TILES = ("folder", "pmtiles")


@dataclass(frozen=True)
class ComposeStage:
    """Options of the site. `title`: "" takes the name of the folder of images; `description`: in a sentence.

    `author`, `credits` (whose the posters are), `licence`, and `contact` (for whom the map wrongs) are shown about the
    map where they are given; `noindex` asks search engines to leave it out. `language`: of all these, "" if unknown.
    `base_url`: where the map will be published, which those who show links to it, and search engines, must be told.
    `list`: whether the posters also stand in linked pages, for whoever has no script, below list/.
    `galleries`: whether each cluster has pages of its posters, below clusters/.
    `quality`: whether quality/ tells how good the map is, what was left out, and how it was made.
    `vectors`: whether the browser can look for what is alike, and mix posters, by vectors of all that are below data/.
    `search`: the columns that can be searched beside the title, () for those that people search by words.
    `tiles`: "folder", a file each, works anywhere; "pmtiles" packs them into archives, for hosts that count files.
    `archive_bytes`: the most that one archive may be; 0 makes one archive of any size.
    """

    name: ClassVar[str] = "compose"
    version: ClassVar[int] = 10
    neighbors_read: ClassVar[int] = MOST_SIMILAR
    """What the graph of neighbours must hold of each poster."""
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[id]",
        "images.csv[sha256]",
        artifacts.METADATA,
        artifacts.VECTORS,
        artifacts.NEIGHBORS,
        artifacts.SELECTION,
        artifacts.ARRANGEMENT,
        artifacts.CURATED,
        artifacts.NAMES,
        artifacts.APPRAISAL,
        artifacts.CHANGED,
        artifacts.TILES,
    )
    writes: ClassVar[tuple[str, ...]] = ()
    worked: ClassVar[str] = ""

    title: str = ""
    description: str = ""
    author: str = ""
    credits: str = ""
    licence: str = ""
    contact: str = ""
    noindex: bool = False
    language: str = ""
    base_url: str = ""
    list: bool = True
    galleries: bool = True
    quality: bool = True
    vectors: bool = True
    search: tuple[str, ...] = ()
    tiles: str = "folder"
    archive_bytes: int = 0

    def __post_init__(self) -> None:
        if self.tiles not in TILES:
            raise OptionError(f"compose.tiles = {self.tiles!r} is not one of {', '.join(TILES)}")
        whole("compose.archive_bytes", self.archive_bytes, 0)
        read_base_url(self.base_url)

    def check(self, job: Job) -> None:
        """The place must do, as far as can be seen."""
        check_place(job.out)

    def prepare(self, job: Job) -> None:
        """Something must be able to be written there."""
        check_output(job.out)

    def place(self, job: Job) -> Place:
        """Return what stands where the map is to go."""
        return place_of(job.out)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The folder's name, the place, the viewer's own files, and what pages look like."""
        assets = {name: read_asset(name).hex() for name in ASSETS}
        return {
            "title": self._title(job),
            "out": str(job.out.resolve()),
            "assets": assets,
            "markup": markup(),
            "style": style(),
        }

    def intact(self, job: Job) -> bool:
        """The map there is the one that was made here, and every file of it is there."""
        record = job.work.record(self.name)
        return record is not None and is_intact(job.out, record.figures.get("manifest"))

    def run(self, job: Job) -> Figures:
        """First gather everything, then write."""
        catalog, stored = self._catalog(job)
        contents: Contents = {
            **self._pages(catalog),
            NAME: _overview(job, catalog),
            **(self._listed(job, catalog) if self.list else {}),
            **(self._galleries(job, catalog) if catalog.galleries else {}),
            **(self._appraised(job, catalog) if self.quality else {}),
            **stored,
        }
        contents = {**contents, **({} if self.noindex else sitemaps(read_base_url(self.base_url), contents))}
        changes = told_changes(artifacts.read_changes(job.work), len(catalog.rows))
        before = read_manifest(job.out) or {}
        # From here on files appear.
        try:
            edited = replace_site(job.out, contents, job.work.path("replaced"), job.inspect, changes)
        except TileError as error:
            raise _damaged(job, error) from error
        for kept in edited:
            job.progress.note(f"a file of the map had been edited; your version is now {kept}")
        now = read_manifest(job.out) or {}
        return {
            "files": len(contents) + 1,
            "new": sum(before.get(name) != digest for name, digest in now.items()),
            "gone": len(before.keys() - now.keys()),
            "manifest": manifest_digest(job.out),
        }

    def _catalog(self, job: Job) -> tuple[Catalog, Contents]:
        """Return all that pages tell of, and the tiles, as they are or in archives."""
        tiles = TileIndex.read(job.work.path(artifacts.TILES))
        stored, archives = self._stored(job, tiles.files)
        images = artifacts.read_images(job.work)
        rows = artifacts.read_selection(job.work, len(images)).rows
        arrangement = artifacts.read_arrangement(job.work, len(rows))
        neighbors = artifacts.read_neighbors(job.work, len(images)).among(rows)
        clusters = artifacts.read_named(job.work, len(rows))
        vectors = artifacts.read_features(job.work, artifacts.VECTORS, len(images)).values
        catalog = Catalog(
            title=self._title(job),
            images=images,
            metadata=artifacts.read_metadata(job.work, len(images)),
            rows=rows.tolist(),
            arrangement=arrangement,
            clusters=clusters,
            tiles=tiles,
            archives=archives,
            similar=similar_cells(neighbors, arrangement),
            alike=likenesses(vectors, rows, neighbors),
            quantiles=quantiles(vectors, rows),
            vectors=short_enough(vectors, job.progress.note) if self.vectors else None,
            about={name: getattr(self, name) for name in ABOUT},
            listed=self.list,
            appraised=self.quality,
            galleries=self.galleries and bool(clusters.clusters),
            search=self.search,
        )
        return catalog, stored

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        gone = f", {figures['gone']:,} gone" if figures["gone"] else ""
        return f"{count_of(figures['files'], 'file')}, {figures['new']:,} with new content{gone}"

    def _title(self, job: Job) -> str:
        name = job.images.resolve().name.replace("_", " ").encode("utf-8", "replace").decode()
        return self.title or name[:1].upper() + name[1:] or "Posters"

    def _pages(self, catalog: Catalog) -> dict[str, bytes]:
        count = len(catalog.rows)
        description = (
            self.description or f"A map of {count_of(count, 'poster')}: those that look alike lie side by side."
        )
        page = render_page(
            title=catalog.title,
            description=description,
            overview=NAME,
            address=read_base_url(self.base_url),
            language=self.language,
            author=self.author,
            noindex=self.noindex,
            listed=self.list,
            galleries=catalog.galleries,
            described=bool(self.description),
        )
        return {
            "index.html": page.encode("utf-8", "replace"),
            ".nojekyll": b"",
            **{f"assets/{name}": read_asset(name) for name in ASSETS},
            **{f"data/{name}.js": script for name, script in scripts(catalog)},
        }

    def _book(self, catalog: Catalog) -> Book:
        return Book(catalog.title, self.language, self.noindex, read_base_url(self.base_url))

    def _appraised(self, job: Job, catalog: Catalog) -> Contents:
        """Return the quality page."""
        page = quality_page(catalog, self._book(catalog), artifacts.read_appraisal(job.work, len(catalog.rows)))
        return {appraised.FILE: page.encode("utf-8", "replace")}

    def _listed(self, job: Job, catalog: Catalog) -> Contents:
        """Return the list's pages and strips. ArtifactError if a tile is damaged, OutputError if the disk is full."""
        twin = Twin(catalog, self._book(catalog), self.description)
        cells = catalog.arrangement.cells
        wanted = {path: [(int(x), int(y)) for x, y in cells[posters]] for path, posters in twin.on_strips().items()}
        content = {
            (column, row): catalog.images.sha256[image]
            for (column, row), image in zip(cells.tolist(), catalog.rows, strict=True)
        }
        store = Store(job.work.cache(artifacts.TILES))
        cutter = Cutter(catalog.tiles, job.work.cache("strips"), store, content)
        try:
            strips = cutter.strips(wanted, job.engine, job.progress)
            digests = {file: file_digest(file) for file in set(strips.values())}
        except TileError as error:
            raise _damaged(job, error) from error
        except OSError as error:
            where = f"{error.strerror or error} ({error.filename or job.work.folder})"
            raise OutputError(f"cannot write strips for the list: {where}; free some room") from error
        return {**dict(twin.pages()), **{path: Stored(file, digests[file]) for path, file in strips.items()}}

    def _galleries(self, job: Job, catalog: Catalog) -> Contents:
        """Return the galleries' pages, and, where tiles are in archives, those that pages show once more as files."""
        galleries = Galleries(catalog, self._book(catalog))
        tiles = catalog.tiles
        shown = sorted(galleries.tiles) if catalog.archives else []
        try:
            beside = {f"tiles/{name}": Stored(tiles.path(name), tiles.digest(name)) for name in shown}
        except TileError as error:
            raise _damaged(job, error) from error
        return {**dict(galleries.pages()), **beside}

    def _stored(self, job: Job, digests: Mapping[str, str]) -> tuple[Contents, Sequence[int]]:
        """Return the site's tiles by path, and the first tile id of each archive.

        Beside archives stands the one tile of zoom 0, a picture of the whole map for whoever cannot read archives.
        """
        folder = job.work.path(artifacts.TILES)
        files = {f"tiles/{name}": Stored(folder / name, digest) for name, digest in digests.items()}
        if self.tiles == "folder":
            return files, []
        try:
            tiles = [stored_tile(folder, name, digest) for name, digest in digests.items()]
        except TileError as error:
            raise _damaged(job, error) from error
        try:
            archives = plan_archives(tiles, self.archive_bytes)
        except TileError as error:
            raise OptionError(f"compose.archive_bytes = {self.archive_bytes}: {error}") from error
        packed = {f"tiles/map-{number}.pmtiles": Packed(archive.chunks) for number, archive in enumerate(archives)}
        overview = {path: file for path, file in files.items() if path.startswith("tiles/0/")}
        return {**packed, **overview}, [archive.first for archive in archives]


def told_changes(changes: Sequence[Change], posters: int) -> Changes | None:
    """Return the ids of posters by what became of them; None if all `posters` are new: then nothing stayed."""
    if sum(change.before is None for change in changes) == posters:
        return None
    told = {
        "added": [change.id for change in changes if change.before is None],
        "moved": [change.id for change in changes if change.moved],
        "removed": [change.id for change in changes if change.now is None],
        "replaced": [change.id for change in changes if change.replaced],
    }
    return {kind: sorted(ids) for kind, ids in told.items()}


def _overview(job: Job, catalog: Catalog) -> bytes:
    """Return the picture of the whole map; ArtifactError if a tile is damaged."""
    shape = catalog.arrangement.columns, catalog.arrangement.rows
    try:
        return paint_overview(catalog.tiles, *shape)
    except TileError as error:
        raise _damaged(job, error) from error


def _damaged(job: Job, error: TileError) -> ArtifactError:
    """Return what to say of tiles that are not as they were painted; raster links them from its store."""
    tiles, store = job.work.path(artifacts.TILES), job.work.cache(artifacts.TILES)
    return ArtifactError(f"{error}; delete {tiles} and {store}, and build again")
