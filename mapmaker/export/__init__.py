"""A finished map -> things to keep apart from the site: a wall poster, and the clusters as collages and tables.

Posters are drawn from the user's own files, at whatever size they are wanted; the site's tiles are not read. `prints`
has the wall poster, `groups` the clusters; `originals` reads the files, `output` knows what may be written over, `told`
what came of it.
"""

from mapmaker.export.groups import export_clusters
from mapmaker.export.prints import export_poster
from mapmaker.export.told import Exported

__all__ = ["Exported", "export_clusters", "export_poster"]
