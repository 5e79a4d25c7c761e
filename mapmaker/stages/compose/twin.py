"""The twin of the map for everyone: a catalog -> pages of lists, which posters each shows, and their strips.

What stands together is decided in `mapmaker.shelves`, what a page looks like in `mapmaker_site.pages`; here is what
goes where. Pages are rendered when they are written, one at a time: all of them may be hundreds of megabytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import groupby, pairwise

from mapmaker.plural import count_of
from mapmaker.shelves import (
    LEAST,
    MOST,
    PICTURE_WIDTH,
    Shelf,
    common,
    decades,
    folded,
    lot,
    page_breaks,
    pictured,
    tag_shelves,
)
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.contract import ABOUT
from mapmaker.stages.compose.strips import strip_zoom
from mapmaker.stages.compose.tree import Rendered
from mapmaker_site.galleries import FOLDER as CLUSTERS
from mapmaker_site.galleries import gallery_file
from mapmaker_site.pages import (
    Book,
    Contents,
    Entry,
    Link,
    ListPage,
    Section,
    Shelves,
    Strip,
    page_file,
    render_contents,
    render_list,
)

FOLDER = "list"
GALLERIES = f"../{CLUSTERS}"
TITLES = "titles"
INDEX = "index"
LETTERS = 60
"""Letters to jump to, at most: of a script with thousands, those beyond a to z go together."""
OTHER, REST = "#", "…"
"""What titles are found by that begin with no letter, or with one of too many."""


@dataclass(frozen=True)
class Sheet:
    """Page `number`, from 1, of the `pages` of a shelf; `posters` are the selected rows that it shows."""

    shelf: Shelf
    number: int
    pages: int
    posters: Sequence[int]

    @property
    def name(self) -> str:
        """Of its file, and that of its strip, without what follows the dot."""
        return f"{self.shelf.stem}-{self.number}"


@dataclass(frozen=True)
class Twin:
    """All pages of the list of a catalog; a poster is a selected row."""

    catalog: Catalog
    book: Book
    description: str

    @cached_property
    def titles(self) -> Shelf:
        """All posters by title."""
        return Shelf(TITLES, "A to Z", self._by_title)

    @cached_property
    def shelves(self) -> dict[str, list[Shelf]]:
        """The further shelves by the name of their kind; each kind has at least one."""
        rows, metadata = self.catalog.rows, self.catalog.metadata
        order, years = self._by_title, [metadata.year[row] for row in rows]
        tagged = tag_shelves([metadata.tags[rows[poster]] for poster in order])
        dated = decades([years[poster] for poster in order])
        kinds = {
            "Decades": [_among(shelf, order, lambda poster: years[poster] or 0) for shelf in dated],
            "Tags": [_among(shelf, order) for shelf in tagged],
        }
        return {kind: shelves for kind, shelves in kinds.items() if shelves}

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Every page but the first."""
        all_shelves = [self.titles, *(shelf for shelves in self.shelves.values() for shelf in shelves)]
        return [sheet for shelf in all_shelves for sheet in self._sheets(shelf)]

    def pages(self) -> Iterator[tuple[str, Rendered]]:
        """Yield (path below the site, page)."""
        yield f"{FOLDER}/{INDEX}.html", rendered(self.contents)
        for sheet in self.sheets:
            path = f"{FOLDER}/{page_file(sheet.shelf.stem, sheet.number)}"
            yield path, rendered(partial(self.page, sheet))

    def on_strips(self) -> dict[str, list[int]]:
        """Return the posters of each page's strip, by the strip's path below the site."""
        sheets = {sheet.name: sheet.posters for sheet in self.sheets}
        pages = {INDEX: self._by_title, **sheets}
        return {f"{FOLDER}/{name}.webp": self._pictured(posters) for name, posters in pages.items()}

    def contents(self) -> str:
        """Return the first page."""
        count, about = len(self.catalog.rows), self.catalog.about or {}
        figures = [count_of(count, "poster"), *self._figures()]
        shelves = [Shelves("A to Z", self._jumps(), compact=True)]
        for kind, some in self.shelves.items():
            links = [Link(page_file(shelf.stem, 1), shelf.name, len(shelf.posters)) for shelf in some]
            shelves.append(Shelves(kind, links, self._note(kind, len(links)), given=some[0].given))
        shelves += self._galleries()
        facts = [(name.capitalize(), about[name]) for name in ABOUT[1:] if about.get(name)]
        facts += [("Attribution", text) for text in self._attributions()]
        strip = self._strip(INDEX, self._by_title)
        return render_contents(
            self.book, Contents(self.description, figures, shelves, strip, facts, self.catalog.appraised)
        )

    def page(self, sheet: Sheet) -> str:
        """Return any other page."""
        shelf = sheet.shelf
        return render_list(
            self.book,
            ListPage(
                stem=shelf.stem,
                heading=shelf.name,
                number=sheet.number,
                pages=sheet.pages,
                count=len(shelf.posters),
                sections=list(self._sections(sheet)),
                strip=self._strip(sheet.name, sheet.posters),
                jumps=self._jumps() if shelf is self.titles else [],
                given=shelf.given,
            ),
        )

    def _sheets(self, shelf: Shelf) -> list[Sheet]:
        breaks = page_breaks([self._lots[poster] for poster in shelf.posters])
        parts = pairwise([*breaks, len(shelf.posters)])
        return [
            Sheet(shelf, number, len(breaks), shelf.posters[first:last])
            for number, (first, last) in enumerate(parts, start=1)
        ]

    def _sections(self, sheet: Sheet) -> Iterator[Section]:
        """Yield the posters of a page: by letter, by year, or as they are."""
        shelf = sheet.shelf
        if shelf is self.titles:
            # A letter that goes on from the page before has its heading here, too, but the anchor is where it begins.
            for letter, some in groupby(sheet.posters, lambda poster: self._letters[poster]):
                posters = list(some)
                begins = self._starts[letter][1] == posters[0]
                yield Section(
                    letter.upper(), _anchor(letter) if begins else "", [entry(self.catalog, one) for one in posters]
                )
        elif shelf in self.shelves.get("Decades", ()) and shelf.stem != "undated":
            years = self.catalog.metadata.year
            for year, some in groupby(sheet.posters, lambda poster: years[self.catalog.rows[poster]]):
                yield Section(str(year), "", [entry(self.catalog, one) for one in some])
        else:
            yield Section("", "", [entry(self.catalog, one) for one in sheet.posters])

    def _strip(self, name: str, posters: Sequence[int]) -> Strip:
        entries = [entry(self.catalog, poster) for poster in self._pictured(posters)]
        width, height = self.catalog.tiles.cell_at(strip_zoom(self.catalog.tiles))
        height = round(PICTURE_WIDTH * height / width)
        return Strip(f"{name}.webp", PICTURE_WIDTH * len(entries), max(1, height), entries)

    def _pictured(self, posters: Sequence[int]) -> list[int]:
        return [posters[place] for place in pictured([self._lots[poster] for poster in posters])]

    @cached_property
    def _lots(self) -> list[bytes]:
        return [lot(self.catalog.images.id[row]) for row in self.catalog.rows]

    @cached_property
    def _folded(self) -> list[str]:
        return [folded(self.catalog.metadata.title[row]) for row in self.catalog.rows]

    @cached_property
    def _letters(self) -> list[str]:
        """What each poster is found by."""
        first = [title[:1] if title[:1].isalpha() else OTHER for title in self._folded]
        if len(set(first)) <= LETTERS:
            return first
        return [letter if letter == OTHER or "a" <= letter <= "z" else REST for letter in first]

    @cached_property
    def _by_title(self) -> list[int]:
        """All posters, by letter, then title; those that begin with no letter first."""
        places, titles, letters = {OTHER: 0, REST: 2}, self._folded, self._letters
        ids, rows = self.catalog.images.id, self.catalog.rows

        def place(poster: int) -> tuple[int, str, str, str]:
            letter = letters[poster]
            return places.get(letter, 1), letter, titles[poster], ids[rows[poster]]

        return sorted(range(len(rows)), key=place)

    @cached_property
    def _starts(self) -> dict[str, tuple[int, int]]:
        """By letter, in order: the page of the titles where it begins, and its first poster."""
        found: dict[str, tuple[int, int]] = {}
        for sheet in self._sheets(self.titles):
            for poster in sheet.posters:
                found.setdefault(self._letters[poster], (sheet.number, poster))
        return found

    def _jumps(self) -> list[Link]:
        return [
            Link(f"{page_file(TITLES, page)}#{_anchor(letter)}", letter.upper())
            for letter, (page, _) in self._starts.items()
        ]

    def _galleries(self) -> Iterator[Shelves]:
        """Yield links to the galleries of the largest clusters, and to all of them, if there are any."""
        if not self.catalog.galleries:
            return
        groups = self.catalog.clusters.clusters
        largest = common({number: cluster.members.tolist() for number, cluster in enumerate(groups)})
        links = [
            Link(f"{GALLERIES}/{gallery_file(groups[number].slug)}", groups[number].called, len(members))
            for number, members in largest.items()
        ]
        every = Link(f"{GALLERIES}/{INDEX}.html", "All of them in pictures")
        yield Shelves("Clusters", [every, *links], self._note("Clusters", len(links)))

    def _attributions(self) -> Iterator[str]:
        """Yield whom the table says to name."""
        lines, others = self.catalog.attributions
        yield from lines
        if others:
            yield f"and {others:,} more, each on the map, with its posters"

    def _figures(self) -> Iterator[str]:
        """Yield what there is beside posters, in figures."""
        years = [year for row in self.catalog.rows if (year := self.catalog.metadata.year[row]) is not None]
        if years:
            yield f"{min(years)} to {max(years)}" if min(years) < max(years) else str(min(years))
        for name, number in (("tag", self._totals["Tags"]), ("cluster", self._totals["Clusters"])):
            if number:
                yield count_of(number, name)

    @cached_property
    def _totals(self) -> Mapping[str, int]:
        """How many of a kind there are, listed or not."""
        tags = {tag for row in self.catalog.rows for tag in self.catalog.metadata.tags[row] if tag}
        return {"Tags": len(tags), "Clusters": len(self.catalog.clusters.clusters)}

    def _note(self, kind: str, listed: int) -> str:
        """Return what to say where not all of a kind are listed."""
        total = self._totals.get(kind, listed)
        if total == listed:
            return ""
        which = {"Tags": "most frequent", "Clusters": "largest"}[kind]
        few = "" if listed == MOST else f", those with at least {LEAST} posters"
        return f"The {listed:,} {which} of {total:,} {kind.lower()}{few}."


def entry(catalog: Catalog, poster: int) -> Entry:
    """Return what pages say of a poster."""
    metadata, row = catalog.metadata, catalog.rows[poster]
    title, year, url = metadata.title[row], metadata.year[row], metadata.url[row]
    return Entry(catalog.images.id[row], title, year, metadata.tags[row], url)


def rendered(render: Callable[[], str]) -> Rendered:
    """Return a page that is rendered when it is written."""
    return Rendered(partial(_bytes, render))


def _bytes(render: Callable[[], str]) -> bytes:
    """Return a page; what no UTF-8 file can hold (half of a character, from a damaged name) becomes a question mark."""
    return render().encode("utf-8", "replace")


def _among(shelf: Shelf, order: Sequence[int], key: Callable[[int], int] = lambda _: 0) -> Shelf:
    """Return a shelf of positions in `order` as one of what stands there; by `key`, those of equal key as they were."""
    return replace(shelf, posters=sorted((order[position] for position in shelf.posters), key=key))


def _anchor(letter: str) -> str:
    known = {OTHER: "other", REST: "rest"}
    return known.get(letter) or f"letter-{letter if letter.isascii() else f'{ord(letter):x}'}"
