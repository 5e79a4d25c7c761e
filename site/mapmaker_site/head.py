"""What the heads of the map's page and of the list's share: head.html, and where the page is to be found."""

from functools import cache
from html import escape
from importlib.resources import files


@cache
def shared_head() -> str:
    """Return the lines that stand in every head: charset, colours, icon."""
    return (files(__package__) / "head.html").read_text(encoding="utf-8").rstrip()


def canonical_link(address: str) -> str:
    """Return the line that says where the page is published, "" if nobody knows."""
    return f'<link rel="canonical" href="{escape(address)}">\n' if address else ""
