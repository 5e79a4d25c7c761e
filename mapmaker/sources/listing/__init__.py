"""A listing on the web, page by page or year by year -> its pictures: what a small TOML file says of its pages.

`source` is what is offered; `recipe` reads the TOML file, `sheet` looks into a page, `robots` keeps to what the site
wants of programs that visit it.
"""

from mapmaker.sources.listing.source import Listing

__all__ = ["Listing"]
