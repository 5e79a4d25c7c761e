"""The list beside the map, for everyone: posters and links -> HTML pages that need no script.

Dataclasses in, text out, to be written as UTF-8. Whatever comes from outside is escaped here and only ever text. All
addresses are relative to the folder list/; the style sheet is assets/list.css, one of `ASSETS`.
The pages' own words are English; what the user wrote is marked with its language where that is another.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from mapmaker_site.head import canonical_link, shared_head

LONGEST = 300
"""Characters of a text that a list shows; the card on the map has all of it."""
MAP = "../index.html"
INDEX = "index.html"
QUALITY = "../quality/index.html"

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Book:
    """What all pages of a list share. `hidden`: from search engines.

    `language`: of what the user wrote, as an HTML language tag, "" if nobody knows. `address`: where the map will be
    published, with a slash at its end, "" if nobody knows.
    """

    title: str
    language: str = "en"
    hidden: bool = False
    address: str = ""

    @property
    def lang(self) -> str:
        """The attribute of what the user wrote."""
        return lang_attribute(self.language)

    def where(self, file: str) -> str:
        """Where a page of the list will be published, "" if nobody knows."""
        return f"{self.address}list/{file}" if self.address else ""


@dataclass(frozen=True)
class Entry:
    """A poster. `url` is shown if it is of http or https."""

    id: str
    title: str
    year: int | None = None
    tags: Sequence[str] = ()
    url: str = ""


@dataclass(frozen=True)
class Link:
    """A place in the list, and how many posters are there, if that is worth saying."""

    address: str
    name: str
    count: int | None = None


@dataclass(frozen=True)
class Strip:
    """Posters side by side in one picture of `width` x `height` pixels on the page, each as wide as the others."""

    file: str
    width: int
    height: int
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Section:
    """Posters below a heading, "" for none, that can be jumped to if `anchor` is not ""."""

    heading: str
    anchor: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class ListPage:
    """Page `number` of `pages` that show `count` posters; the files are {stem}-{number}.html.

    `jumps` are letters, say, and where they begin; `given` says that the heading is the user's word.
    """

    stem: str
    heading: str
    number: int
    pages: int
    count: int
    sections: Sequence[Section]
    strip: Strip
    jumps: Sequence[Link] = ()
    given: bool = False

    @property
    def shown(self) -> int:
        """Posters on this page."""
        return sum(len(section.entries) for section in self.sections)


@dataclass(frozen=True)
class Shelves:
    """Links below a heading of the first page; `note` says what is left out, `compact` that names are short.

    `given` says that the names of the links are the user's words.
    """

    heading: str
    links: Sequence[Link]
    note: str = ""
    compact: bool = False
    given: bool = False


@dataclass(frozen=True)
class Contents:
    """The first page: what the map is, in figures, and where everything stands. `facts` are name and text, in order.

    `quality` says that quality/index.html is there, see `mapmaker_site.quality`.
    """

    description: str
    figures: Sequence[str]
    shelves: Sequence[Shelves]
    strip: Strip
    facts: Sequence[tuple[str, str]] = ()
    quality: bool = False


def render_contents(book: Book, contents: Contents) -> str:
    """Return list/index.html."""
    figures = " · ".join(escape(figure) for figure in contents.figures)
    facts = "".join(
        f"<dt>{shown_text(name)}</dt>" + "".join(f"<dd{book.lang}>{shown_text(text)}</dd>" for _, text in texts)
        for name, texts in groupby(contents.facts, key=lambda fact: fact[0])
    )
    further = f' <a class="button" href="{QUALITY}">How good this map is</a>' if contents.quality else ""
    body = (
        f"<h1{book.lang}>{shown_text(book.title)}</h1>",
        f"<p{book.lang}>{shown_text(contents.description)}</p>" if contents.description else "",
        f'<p class="quiet">{figures}</p>',
        f'<p class="ways"><a class="button" href="{MAP}">Open the map</a>{further}</p>',
        _strip(contents.strip, book),
        '<div id="posters" tabindex="-1">',
        *(_shelves(number, shelves, book) for number, shelves in enumerate(contents.shelves)),
        "</div>",
        f'<dl class="facts">{facts}</dl>' if facts else "",
    )
    trail = [to_map(book), "List"]
    title = f"{cut(book.title)}: list"
    return framed(book, title, trail, body, book.where(INDEX), description=contents.description)


def render_list(book: Book, page: ListPage) -> str:
    """Return list/{stem}-{number}.html."""
    place = f", page {page.number:,} of {page.pages:,}" if page.pages > 1 else ""
    posters = "1 poster" if page.count == 1 else f"{page.count:,} posters"
    heading = shown_text(page.heading, book.lang if page.given else "")
    body = (
        f"<h1>{heading}</h1>",
        f'<p class="quiet">{posters}{place}</p>',
        _jumps(page.jumps),
        _strip(page.strip, book),
        '<div id="posters" tabindex="-1">',
        *(_section(section, book) for section in page.sections),
        "</div>",
        turns(page.number, page.pages, lambda number: page_file(page.stem, number)),
    )
    trail = [to_map(book), f'<a href="{INDEX}">List</a>', heading]
    title = f"{cut(page.heading)}{place} - {cut(book.title)}"
    return framed(book, title, trail, body, book.where(page_file(page.stem, page.number)))


def lang_attribute(language: str) -> str:
    """Return the attribute of words in `language` on a page in English; "" says that nobody knows which it is."""
    return "" if language == "en" else f' lang="{escape(language)}"'


def entry_size(entry: Entry) -> int:
    """Return the bytes that a poster takes on a page, its line end included."""
    return len(_entry(entry).encode("utf-8", "replace")) + 1


def framed(
    book: Book,
    title: str,
    trail: Sequence[str],
    body: Iterable[str],
    where: str,
    description: str = "",
    style: str = "list.css",
    more: str = "",
    skip: tuple[str, str] = ("posters", "Skip to the list"),
) -> str:
    """Return a whole page around `body`; `trail` is markup from the map to this page, `where` its address or "".

    `style` is one of `ASSETS`; `more` are further lines of the head; `skip` is the element that the keyboard can jump
    to, and what to call that.
    """
    about = f'<meta name="description"{book.lang} content="{escape(description)}">\n' if description else ""
    hidden = '<meta name="robots" content="noindex">\n' if book.hidden else ""
    *above, here = trail
    steps = [*above, f'<span aria-current="page">{here}</span>']
    places = "".join(f"<li>{step}</li>" for step in steps)
    lines = "\n".join(line for line in body if line)
    return f"""<!doctype html>
<html lang="en">
<head>
{shared_head()}
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
{about}{hidden}{canonical_link(where)}<link rel="stylesheet" href="../assets/{style}">
{more}</head>
<body>
<a class="skip" href="#{skip[0]}">{skip[1]}</a>
<header>
<nav aria-label="Where you are"><ol class="trail">{places}</ol></nav>
</header>
<main>
{lines}
</main>
</body>
</html>
"""


def to_map(book: Book) -> str:
    """Return the link to the map, by its title."""
    return f'<a{book.lang} href="{MAP}">{shown_text(book.title)}</a>'


def _shelves(number: int, shelves: Shelves, book: Book) -> str:
    kind, lang = "compact" if shelves.compact else "shelves", book.lang if shelves.given else ""
    links = "\n".join(f"<li>{_link(link)}</li>" for link in shelves.links)
    note = f'<p class="quiet">{escape(shelves.note)}</p>\n' if shelves.note else ""
    heading = f'<h2 id="shelves-{number}">{escape(shelves.heading)}</h2>'
    return (
        f'<nav aria-labelledby="shelves-{number}">\n{heading}\n{note}<ul class="{kind}"{lang}>\n{links}\n</ul>\n</nav>'
    )


def _link(link: Link) -> str:
    count = "" if link.count is None else f' <span class="quiet">{link.count:,}</span>'
    return f'<a href="{escape(link.address)}">{shown_text(link.name)}{count}</a>'


def _jumps(jumps: Sequence[Link]) -> str:
    """Return the letters, or nothing where there is but one."""
    if len(jumps) < 2:
        return ""
    links = "".join(f"<li>{_link(link)}</li>" for link in jumps)
    return f'<nav aria-label="A to Z"><ul class="compact">{links}</ul></nav>'


def _strip(strip: Strip, book: Book) -> str:
    """Return one picture with links over it; the style sheet gives each an equal part of the width."""
    links = "".join(
        f'<li><a href="{MAP}#{escape(entry.id)}" title="{escape(named(entry))}">{escape(named(entry))}</a></li>'
        for entry in strip.entries
    )
    count = len(strip.entries)
    said = "The poster of this page" if count == 1 else f"{count} posters of this page, side by side"
    picture = f'<img src="{escape(strip.file)}" alt="{said}" width="{strip.width}" height="{strip.height}">'
    return f'<div class="strip"><div>{picture}<ul{book.lang}>{links}</ul></div></div>'


def _section(section: Section, book: Book) -> str:
    anchor = f' id="{escape(section.anchor)}"' if section.anchor else ""
    heading = f"<h2{anchor}>{escape(section.heading)}</h2>\n" if section.heading else ""
    entries = "\n".join(_entry(entry) for entry in section.entries)
    return f'{heading}<ul class="posters"{book.lang}>\n{entries}\n</ul>'


def _entry(entry: Entry) -> str:
    """Return a poster's line: its title, a link to the map; its year and tags; its page elsewhere."""
    tags = [f"<bdi>{escape(cut(tag))}</bdi>" for tag in entry.tags]
    known = [*([] if entry.year is None else [str(entry.year)]), *([", ".join(tags)] if tags else [])]
    if entry.url.startswith(("http://", "https://")):
        known.append(f'<a href="{escape(entry.url)}">{escape(_host(entry.url))}</a>')
    details = f"<p>{' · '.join(known)}</p>" if known else ""
    return f'<li><a href="{MAP}#{escape(entry.id)}"><bdi>{escape(named(entry))}</bdi></a>{details}</li>'


def turns(number: int, pages: int, file: Callable[[int], str]) -> str:
    """Return links to the pages before and behind, and to the ends, or nothing where there is but one."""
    if pages < 2:
        return ""
    links = []
    if number > 1:
        links.append(_turn(file(number - 1), "Previous", ' rel="prev"'))
    if number > 2:
        links.append(_turn(file(1), "First"))
    links.append(f'<li aria-current="page">{number:,} of {pages:,}</li>')
    if number < pages - 1:
        links.append(_turn(file(pages), "Last"))
    if number < pages:
        links.append(_turn(file(number + 1), "Next", ' rel="next"'))
    return f'<nav aria-label="Pages"><ul class="pages">{"".join(links)}</ul></nav>'


def _turn(file: str, name: str, rel: str = "") -> str:
    return f'<li><a href="{escape(file)}"{rel}>{name}</a></li>'


def page_file(stem: str, number: int) -> str:
    """Return the name of a page's file."""
    return f"{stem}-{number}.html"


def named(entry: Entry) -> str:
    """Return what to call a poster."""
    return cut(entry.title.strip() or "Untitled")


def shown_text(text: str, lang: str = "") -> str:
    """Return text from outside for the page; what it does to the direction of writing ends with it."""
    return f"<bdi{lang}>{escape(cut(text))}</bdi>"


def cut(text: str) -> str:
    """Return a text as far as a page shows it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _host(url: str) -> str:
    """Return what names an address for a person: its host."""
    host = url.split("/", 3)[2].rpartition("@")[2].removeprefix("www.")
    return host[:60] or "Link"
