"""IIIF: manifests and collections of museums and libraries -> their pictures, and what is known of them.

`source` is what is offered; `documents` reads collections and manifests of Presentation API 2 and 3, `image` chooses a
size that a service of Image API 1, 2 or 3 has, `words` reads texts in several languages.
Specifications: https://iiif.io/api/presentation/3.0/, https://iiif.io/api/image/3.0/, and the earlier ones below.
"""

from mapmaker.sources.iiif.source import Iiif

__all__ = ["Iiif"]
