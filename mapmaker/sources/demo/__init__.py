"""Sample posters for films that were never made: an index in, a picture and its facts out.

The posters come in design families, the well-known ideas of poster art, and take turns: poster i is
of family i modulo their number. A family shares a composition; colours, places, sizes and words
vary, so that only a map that sees shapes can bring a family together.
"""

from mapmaker.sources.demo.folder import is_demo, write_posters
from mapmaker.sources.demo.posters import FAMILIES, DemoPoster, describe, draw

__all__ = ["FAMILIES", "DemoPoster", "describe", "draw", "is_demo", "write_posters"]
