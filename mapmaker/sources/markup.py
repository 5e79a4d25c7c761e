"""HTML -> what beautifulsoup4 makes of it, by the standard library's parser, without a word about what it is like."""

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup


def parsed(text: str) -> "BeautifulSoup":
    """Return a page, or a piece of one."""
    from bs4 import BeautifulSoup, UnusualUsageWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusualUsageWarning)  # XHTML, and texts that look like addresses
        return BeautifulSoup(text, "html.parser")
