"""A page -> what it loads, leads to and tells crawlers of, and what must not be on it: a script in it, no policy."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from mapmaker.checks.markup import Element, elements

Use = Enum("Use", ["LOADS", "FOLLOWS", "TELLS"])
"""What a page does with an address: a browser loads it with the page, a visitor follows it, a crawler is told of it."""

_LOADING = {"src", "srcset", "poster", "data", "background", "xlink:href", "code", "archive", "manifest"}
_FOLLOWED = {"action", "formaction", "cite", "longdesc", "ping"}
_ADDRESSES = _LOADING | _FOLLOWED | {"href"}
_TOLD_LINKS = {"canonical", "alternate", "prev", "next", "license", "author", "help", "search"}
_TOLD_META = {"og:image", "og:url", "twitter:image"}
_SAYS_NOTHING = {"alt", "class", "height", "lang", "loading", "role", "tabindex", "title", "width"}
"""Of attributes; most of them all."""
_SCRIPT = re.compile(r"[\s\x00-\x1f]*(?:javascript|vbscript)\s*:", re.IGNORECASE)
_POLICY = "content-security-policy"


@dataclass
class Page:
    """What was found on a page: addresses by use, ids of elements, problems.

    `links` are further addresses that a visitor follows, thousands of them.
    """

    addresses: dict[tuple[Use, str], None] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    canonical: str = ""
    hidden: bool = False
    """Whether it asks search engines to leave it out."""


def read_page(content: bytes) -> Page:
    """Return what is on a page."""
    page = Page()
    try:
        text = content.decode("utf-8")
        found, links = elements(text)
    except ValueError as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        page.problems.append(reason)
        return page
    if not text.rstrip().endswith("</html>"):
        page.problems.append("is cut off: it does not end with </html>")
    page.problems += _policy(found)
    page.links = {address.strip() for address in links}
    for element in found:
        _take(element, page)
    page.problems += [
        f"has a script in it, in the link {address[:100]!r}" for address in links if _SCRIPT.match(address)
    ]
    return page


def _policy(found: Sequence[Element]) -> Iterator[str]:
    """Yield what is wrong with the policy that keeps foreign scripts out, and with its place."""
    place = next((place for place, element in enumerate(found) if _is_policy(element)), None)
    if place is None:
        yield "has no Content-Security-Policy"
        return
    parts = [part.split() for part in found[place].get("content").split(";")]
    allowed = {part[0].lower(): [source.lower() for source in part[1:]] for part in parts if part}
    if allowed.get("default-src") != ["'none'"]:
        yield "has a Content-Security-Policy that does not begin with nothing: default-src 'none'"
    for name, sources in allowed.items():
        foreign = [source for source in sources if source not in ("'none'", "'self'", "data:", "blob:")]
        foreign += [source for source in sources if name.startswith("script-src") and source.endswith(":")]
        if foreign:
            yield f"has a Content-Security-Policy that allows {name} {' '.join(foreign)[:100]}"
    if any(element.tag in ("script", "style") or element.get("rel") == "stylesheet" for element in found[:place]):
        yield "has a script or a style before its Content-Security-Policy"


def _is_policy(element: Element) -> bool:
    return element.tag == "meta" and element.get("http-equiv").lower() == _POLICY


def _take(element: Element, page: Page) -> None:
    """Put what an element says into `page`."""
    tag = element.tag
    if tag == "script" and not element.get("src"):
        page.problems.append("has a script in it")
    if tag == "base" or (tag == "meta" and element.get("http-equiv").lower() == "refresh"):
        page.problems.append(f"has an element <{tag}> that leads elsewhere")
    for name, value in element.attributes:
        if name not in _SAYS_NOTHING:
            _take_attribute(element, name, value, page)


def _take_attribute(element: Element, name: str, value: str, page: Page) -> None:
    use = _use(element, name)
    if name.startswith("on") or name == "srcdoc":
        page.problems.append(f"has a script in it, in the attribute {name} of <{element.tag}>")
    elif name in _ADDRESSES and _SCRIPT.match(value):
        page.problems.append(f"has a script in it, in the address {name} of <{element.tag}>")
    if name == "id":
        page.anchors.add(value)
    elif name == "srcset":
        page.addresses.update(((Use.LOADS, part.split()[0]), None) for part in value.split(",") if part.strip())
    elif use is not None:
        page.addresses[use, value.strip()] = None
        if use is Use.TELLS and "canonical" in element.get("rel"):
            page.canonical = value
    elif name == "name" and element.get("name") == "robots":
        page.hidden |= "noindex" in element.get("content")


def _use(element: Element, name: str) -> Use | None:
    """Return what is done with the address in an attribute, None if it holds none."""
    if name in _LOADING:
        return Use.LOADS
    if name in _FOLLOWED or (name == "href" and element.tag in ("a", "area")):
        return Use.FOLLOWS
    if name == "href" and element.tag != "base":
        told = element.tag == "link" and set(element.get("rel").lower().split()) <= _TOLD_LINKS
        return Use.TELLS if told and element.get("rel") else Use.LOADS
    meta = element.tag == "meta" and name == "content"
    told = meta and (element.get("property") or element.get("name")).lower() in _TOLD_META
    return Use.TELLS if told else None
