"""How good the map is, for its visitors: an appraisal and a catalog -> the quality page, in words that anyone follows.

Each figure stands beside what chance would give, and says what is good. What a page looks like is decided in
`mapmaker_site.quality`.
"""

from mapmaker.stages.compose.appraised.page import FILE, quality_page

__all__ = ["FILE", "quality_page"]
