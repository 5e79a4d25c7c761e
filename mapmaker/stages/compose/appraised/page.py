"""An appraisal and a catalog -> the page: its chapters in order, those that have something to say."""

from collections.abc import Iterable

from mapmaker.appraisal import Appraisal
from mapmaker.stages.compose.appraised.counted import clusters, decades, left_out, made, tags
from mapmaker.stages.compose.appraised.measures import measures
from mapmaker.stages.compose.appraised.places import Places
from mapmaker.stages.compose.appraised.regions import homes, strong_and_weak
from mapmaker.stages.compose.catalog import Catalog
from mapmaker_site.pages import Book
from mapmaker_site.quality import Chapter, Part, QualityPage, render_quality

FILE = "quality/index.html"
HEADING = "How good is this map?"
SUMMARY = (
    "How much of what looks alike lies side by side, where the map is strong and where it is weak, what was left out, "
    "and how it was made. Figures stand beside what chance would give: the same posters dealt out like cards."
)


def quality_page(catalog: Catalog, book: Book, told: Appraisal) -> str:
    """Return the page's HTML."""
    places = Places(catalog, told.columns, told.rows)
    chapters: dict[str, Iterable[Part]] = {
        "The whole map": measures(told),
        "Where it is strong, where weak": strong_and_weak(told, places),
        "Clusters": clusters(told, catalog.clusters, galleries=catalog.galleries),
        "What was left out": left_out(told),
        "Decades": decades(told),
        "Tags": tags(told),
        "Where they are at home": homes(told, places),
        "What it was made with": made(told),
    }
    gathered = [Chapter(heading, [*parts]) for heading, parts in chapters.items()]
    shown = [chapter for chapter in gathered if chapter.parts]
    return render_quality(book, QualityPage(HEADING, SUMMARY, shown, catalog.listed))
