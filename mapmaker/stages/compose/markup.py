"""A sample of every kind of page -> its markup, so that the stage runs again when a page would look otherwise."""

from functools import partial

from mapmaker_site import render_page
from mapmaker_site.galleries import Gallery, Index, Picture, Piece, Shown, render_cells, render_gallery, render_index
from mapmaker_site.pages import (
    Book,
    Contents,
    Entry,
    Link,
    ListPage,
    Section,
    Shelves,
    Strip,
    render_contents,
    render_list,
)
from mapmaker_site.quality import (
    Bars,
    Chapter,
    Item,
    Legend,
    Mark,
    Measure,
    Part,
    Plan,
    Plans,
    QualityPage,
    Table,
    render_quality,
)


def style() -> str:
    """Return the style sheet of made-up cells, likewise."""
    return render_cells((64, 96), 512, [Piece("t", -1, 2)])


def markup() -> dict[str, str]:
    """Return pages of made-up content, by kind: between them they show all that `mapmaker_site` can render."""
    page = partial(render_page, title="t", description="d", overview="o")
    entry = Entry("0", "", 1999, ["a", "b"], "https://example.org")
    strips = [Strip("s", 1, 1, [entry] * count) for count in (1, 2)]
    link = Link("a", "b", 1)
    plain, marked = Book("t"), Book("t", "x", hidden=True, address="https://example.org/")
    shelves = [Shelves("h", [link], "n", given=True), Shelves("h", [link], compact=True)]
    lone = ListPage("s", "h", 1, 1, 1, [Section("", "", [entry])], strips[0])
    sections = [Section("h", "a", [entry])]
    amid = ListPage("s", "h", 3, 5, 2, sections, strips[1], jumps=[link, link], given=True)
    picture = Picture(entry, [Piece("t", -1, 2)])
    gallery = Gallery("s", "h", 1, 1, 1, [picture], "p", "o")
    full = Gallery("s", "h", 2, 3, 2, [picture] * 2, "p", "o", "y", ["t", "u"], "n", link, link)
    index = Index("index", "o", [link], 1, 1, ["f"], [Shown("a", "n", 1, [picture])], "o")
    second = Index("by-size", "b", [link, link], 2, 2, ["f"], [Shown("a", "n", 2, [picture])] * 2, "o")
    plan = Plan("k", "t", "d", 2, [0, None, 1, 1], 2, 1.5, 1.5, [Mark(1, 1, "1")])
    table = Table("c", [Item("a"), Item("b", given=True)], [[Item("c"), Item("d", "e", given=True, shade=1)]])
    folded = Table("c", [Item("a")], [[Item("b")]], numbers=False, folded="f")
    legends = [Legend("c", ["l"]), Legend("c", ["l"], plain=True)]
    measure, bars = Measure("n", "v", "u", "b", "w"), Bars("k", "t", "d", [("l", 1)])
    parts: list[Part] = ["p", table, folded, measure, bars, plan, *legends, Plans([(plan, Item("n"), "w")])]
    return {
        "map": page(),
        "map, told of": page(
            address="https://example.org/", language="x", author="a", noindex=True, listed=True, galleries=True
        ),
        "contents": render_contents(plain, Contents("", ["f"], [], strips[0])),
        "contents, told of": render_contents(
            marked, Contents("d", ["f", "g"], shelves, strips[1], [("n", "t")], quality=True)
        ),
        "gallery": render_gallery(plain, gallery),
        "gallery, told of": render_gallery(marked, full),
        "galleries": render_index(plain, index),
        "galleries, told of": render_index(marked, second),
        "quality": render_quality(plain, QualityPage("h", "s", [], listed=False)),
        "quality, told of": render_quality(marked, QualityPage("h", "s", [Chapter("c", parts)])),
        "list": render_list(plain, lone),
        "list, page of several": render_list(marked, amid),
    }
