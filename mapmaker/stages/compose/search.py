"""What can be searched: columns of texts -> a list each, of all posters in the order of their cells."""

from collections.abc import Iterator

from mapmaker.hosts import LONGEST_SEARCH
from mapmaker.stages.compose.catalog import Catalog


def search_lists(catalog: Catalog) -> Iterator[tuple[str, object]]:
    """Yield (name, value) of each column that can be searched, the title first."""
    for number, texts in enumerate(catalog.searchable.values()):
        yield f"search/{number}", [texts[row][:LONGEST_SEARCH] for row in catalog.ordered_rows]
