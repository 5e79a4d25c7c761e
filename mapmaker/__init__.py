"""A folder of posters goes in, a static map of them comes out, where posters that look alike lie side by side.

    import mapmaker as mm
    report = mm.build("posters/", out="map/", metadata="posters.csv")

Each part can be used alone: `extract` features, `layout` them in the plane, `assign` points to a grid and `arrange`
them better, `cluster` them; `assignment_gap` and `quality` tell how good a map is, `check` whether a built one
is whole, `status` what a build would do. `export_poster` draws it for the wall, `export_clusters` takes its clusters
out; `list_clusters` and `show_cluster` tell of them, `init_clusters` writes them down to be curated. `similar` and
`mix` search it. `fetch` brings posters from elsewhere. `notebook.show` is for Jupyter.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mapmaker import notebook, quality
    from mapmaker.checks import check
    from mapmaker.errors import InputError, MapmakerError
    from mapmaker.export import export_clusters, export_poster
    from mapmaker.forecast import status
    from mapmaker.inventory import init_clusters, list_clusters, show_cluster
    from mapmaker.pipeline import Report, build
    from mapmaker.search import mix, recommend, similar
    from mapmaker.sources.fetching import fetch
    from mapmaker.stages.arrange import arrange
    from mapmaker.stages.clusters import cluster
    from mapmaker.stages.features import extract
    from mapmaker.stages.grid import assign, assignment_gap
    from mapmaker.stages.layout import layout

__version__ = "0.1.0"
__all__ = [
    "InputError",
    "MapmakerError",
    "Report",
    "__version__",
    "arrange",
    "assign",
    "assignment_gap",
    "build",
    "check",
    "cluster",
    "export_clusters",
    "export_poster",
    "extract",
    "fetch",
    "init_clusters",
    "layout",
    "list_clusters",
    "mix",
    "notebook",
    "quality",
    "recommend",
    "show_cluster",
    "similar",
    "status",
]

_HOMES = {
    "InputError": "errors",
    "MapmakerError": "errors",
    "Report": "pipeline",
    "arrange": "stages.arrange",
    "assign": "stages.grid",
    "assignment_gap": "stages.grid",
    "build": "pipeline",
    "check": "checks",
    "cluster": "stages.clusters",
    "export_clusters": "export",
    "export_poster": "export",
    "extract": "stages.features",
    "fetch": "sources.fetching",
    "init_clusters": "inventory",
    "layout": "stages.layout",
    "list_clusters": "inventory",
    "mix": "search",
    "notebook": "notebook",
    "quality": "quality",
    "recommend": "search",
    "show_cluster": "inventory",
    "similar": "search",
    "status": "forecast",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import mapmaker` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mapmaker' has no attribute {name!r}")
    import importlib

    home = importlib.import_module(f"mapmaker.{_HOMES[name]}")
    value = home if _HOMES[name] == name else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
