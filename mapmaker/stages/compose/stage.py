"""The stage itself: gathers all artefacts, makes the pages and scripts, puts the site in place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.stages import Figures, Job
from mapmaker.stages.compose.contract import Catalog, scripts
from mapmaker.stages.compose.tree import Contents, Stored, check_output, is_intact, replace_site
from mapmaker.workspace import INDEX
from mapmaker_site import ASSETS, read_asset, render_page


@dataclass(frozen=True)
class ComposeStage:
    """Options of the site. `title`: "" takes the name of the folder of images; `description`: for search engines."""

    name: ClassVar[str] = "compose"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "images.csv[id]",
        artifacts.METADATA,
        artifacts.SELECTION,
        artifacts.ARRANGEMENT,
        artifacts.CLUSTERS,
        artifacts.TILES,
    )
    writes: ClassVar[tuple[str, ...]] = ()

    title: str = ""
    description: str = ""
    language: str = "en"

    def check(self, job: Job) -> None:
        """The place must do."""
        check_output(job.out)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The title, the place, and the viewer's own files."""
        assets = {name: read_asset(name).hex() for name in ASSETS}
        page = render_page(title="", description="", overview="", language="")
        return {
            "title": self._title(job),
            "out": str(job.out.resolve()),
            "assets": assets,
            "page": page,
        }

    def intact(self, job: Job) -> bool:
        """Every file of the site is there."""
        return is_intact(job.out)

    def run(self, job: Job) -> Figures:
        """First gather everything, then write."""
        tiles = json.loads((job.work.path(artifacts.TILES) / INDEX).read_bytes())
        images = artifacts.read_images(job.work)
        rows = artifacts.read_selection(job.work, len(images)).rows.tolist()
        catalog = Catalog(
            title=self._title(job),
            images=images,
            metadata=artifacts.read_metadata(job.work, len(images)),
            rows=rows,
            arrangement=artifacts.read_arrangement(job.work, len(rows)),
            clusters=artifacts.read_clusters(job.work, len(rows)),
            tiles=tiles,
        )
        contents: Contents = {**self._pages(catalog), **_tiles(job, tiles["files"])}
        # From here on files appear.
        for kept in replace_site(job.out, contents, job.work.path("replaced")):
            job.progress.note(f"a file of the map had been edited; your version is now {kept}")
        return {"files": len(contents) + 1}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"{figures['files']:,} files"

    def _title(self, job: Job) -> str:
        name = job.images.resolve().name.replace("_", " ").encode("utf-8", "replace").decode()
        return self.title or name[:1].upper() + name[1:] or "Posters"

    def _pages(self, catalog: Catalog) -> dict[str, bytes]:
        count = len(catalog.rows)
        description = self.description or f"A map of {count:,} posters: those that look alike lie side by side."
        overview = f"tiles/0/0/0.{catalog.tiles['extension']}"
        page = render_page(title=catalog.title, description=description, overview=overview, language=self.language)
        return {
            "index.html": page.encode(),
            ".nojekyll": b"",
            **{f"assets/{name}": read_asset(name) for name in ASSETS},
            **{f"data/{name}.js": script for name, script in scripts(catalog)},
        }


def _tiles(job: Job, digests: Mapping[str, str]) -> dict[str, Stored]:
    folder = job.work.path(artifacts.TILES)
    return {f"tiles/{name}": Stored(folder / name, digest) for name, digest in digests.items()}
