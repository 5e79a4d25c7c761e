"""metadata: images and a table of titles -> what is known of each image.

The table has a column `filename`: a path relative to the folder of images, or a bare name where only one image has it.
`title`, `year`, `tags` (or `genres`) and `url` are understood; every other column is kept as it is.
"""

from mapmaker.stages.metadata.join import join, tags_of, title_of, url_of, year_of
from mapmaker.stages.metadata.stage import MetadataStage
from mapmaker.tables import Table, read_table

__all__ = ["MetadataStage", "Table", "join", "read_table", "tags_of", "title_of", "url_of", "year_of"]
