"""clusters.toml: what the user wants of clusters, each wish with its line; and the file as it is first written.

`tables` knows what may stand in it, `writing` what is put into it.
"""

from mapmaker.curation.tables import CLUSTERS_FILE, Curation, Table, Word, read_curation
from mapmaker.curation.writing import Sketch, appended, one_line

__all__ = ["CLUSTERS_FILE", "Curation", "Sketch", "Table", "Word", "appended", "one_line", "read_curation"]
