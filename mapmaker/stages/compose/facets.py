"""What can be filtered by: years, tags and clusters of all posters, in the order of their cells."""

from collections import Counter

from mapmaker.stages.compose.catalog import Catalog


def offered(catalog: Catalog) -> dict[str, bool]:
    """Return whether any poster has a year, a tag."""
    metadata, rows = catalog.metadata, catalog.ordered_rows
    return {
        "years": any(metadata.year[row] is not None for row in rows),
        "tags": any(metadata.tags[row] for row in rows),
    }


def facets(catalog: Catalog) -> dict[str, object]:
    """Return the value of the script `facets`; a tag that a poster has twice counts once."""
    rows = catalog.ordered_rows
    tagged = [set(catalog.metadata.tags[row]) for row in rows]
    counts = Counter(tag for tags in tagged for tag in tags)
    names = sorted(counts, key=lambda tag: (-counts[tag], tag))
    place = {tag: index for index, tag in enumerate(names)}
    return {
        "years": [catalog.metadata.year[row] for row in rows],
        "tags": names,
        "tagged": [sorted(place[tag] for tag in tags) for tags in tagged],
        "clusters": catalog.clusters.labels[catalog.order].tolist(),
    }
