"""What TMDB's API answers, page by page. What is no answer of its is told, never repeated: it may hold the token."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from mapmaker.errors import FetchError
from mapmaker.sources.web import Web

PAGES = 500
"""That TMDB shows of any answer."""

Film = Mapping[str, Any]


class Answer:
    """What TMDB answers to a question, page by page; `pages` is what it last said of how many there are."""

    def __init__(self, web: Web, address: str, asked: Mapping[str, str]) -> None:
        self._web, self._address, self._asked = web, address, asked
        self.pages = 1

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than is shown: of very many, the last page may be all that is told."""
        return self.pages >= PAGES

    async def films(self, whole: bool = False) -> AsyncIterator[Film]:
        """Yield the films of those pages that are shown; if `whole`, end as soon as that is known not to be all."""
        page = 0
        while page < min(self.pages, PAGES):
            page += 1
            said = table(await self._web.json(self._address, {**self._asked, "page": str(page)}), "films")
            pages = said.get("total_pages")
            if not isinstance(pages, int):
                raise FetchError("TMDB does not say how many pages of films there are")
            self.pages = pages
            if whole and self.is_cut:
                return
            for film in listed(said.get("results"), "films"):
                if not (isinstance(film, dict) and isinstance(film.get("id"), int)):
                    raise FetchError("TMDB tells of a film that has no id")
                yield film


def table(said: object, what: str) -> Mapping[str, Any]:
    """Return what was said, if it is a table."""
    if not isinstance(said, dict):
        raise FetchError(f"TMDB's answer about {what} is not what its API is known to say")
    return said


def listed(said: object, what: str) -> Sequence[Any]:
    """Return what was said, if it is a list."""
    if not isinstance(said, list):
        raise FetchError(f"TMDB's answer about {what} is not what its API is known to say")
    return said
