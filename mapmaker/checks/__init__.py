"""Is a built map whole? Its folder -> all that is wrong with it, each fault by its file.

A map is its own witness: nothing but its folder is read. Each module looks at one part, knows docs/map-data.md, and
nothing of the code that writes: `site` walks the folder, `listing` holds it against the manifest, `record` reads what
the map says of itself, `tiles`, `archives`, `posters`, `changes`, `lists` and `vectors` hold the rest against that,
`links` follows pages, and `sitemap` what search engines are told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.checks.archives import check_archives
from mapmaker.checks.changes import check_changes
from mapmaker.checks.fault import Fault, Kind, Told
from mapmaker.checks.limits import check_limits, known_host
from mapmaker.checks.links import check_pages
from mapmaker.checks.listing import absent, changed, read_listing, unlisted
from mapmaker.checks.lists import check_facets, check_ids, check_search
from mapmaker.checks.posters import check_posters
from mapmaker.checks.record import read_record
from mapmaker.checks.site import Site, open_site
from mapmaker.checks.sitemap import check_sitemap, read_place
from mapmaker.checks.tiles import check_files
from mapmaker.checks.vectors import check_vectors
from mapmaker.errors import SiteError
from mapmaker.plural import count_of

__all__ = ["Checked", "Fault", "Kind", "check", "inspect"]


@dataclass(frozen=True)
class Checked:
    """What came of a check: `faults` spelled out, `more` of each kind that are not, and what the map is.

    `files` and `bytes` are all that stands in the folder; `posters` and `tiles` are 0 where the map cannot be read.
    `base_url`: where the map says that it will be, "" if it does not.
    """

    faults: Sequence[Fault]
    more: dict[str, int]
    files: int
    bytes: int
    posters: int
    tiles: int
    base_url: str = ""

    @property
    def count(self) -> int:
        """How many faults there are, those that are not spelled out included."""
        return len(self.faults) + sum(self.more.values())

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count


def check(folder: str | Path = "map", host: str = "") -> Checked:
    """Return all that is wrong with the map in `folder`, nothing if it is whole. Every byte of it is read.

    `host`: a name of `mapmaker.hosts.HOSTS`, whose limits the map is to keep. Raises OutputError if there is no map in
    the folder, OptionError for a host that is not known; what is wrong with a map is told of, and raises nothing.
    """
    limits = known_host(host) if host else None
    told = Told()
    site = told.take(read_listing(open_site(Path(folder))))
    told.take(absent(site))
    told.take(changed(site, site.listed))
    told.take(unlisted(site))
    posters, tiles = _contents(site, told, None)
    place = read_place(site)
    told.take(check_sitemap(site, place))
    if limits:
        told.take(check_limits(site, limits))
    return Checked(told.faults, told.more, len(site.sizes), sum(site.sizes.values()), posters, tiles, place.canonical)


def inspect(folder: Path, written: Collection[str]) -> None:
    """Look at a map that has just been built, before it takes the place of the old one. SiteError if it is not whole.

    `written` are the files that are new in it: of the others, linked from a map whose bytes were read a moment ago,
    neither the bytes nor the pictures' headers are read. Files of the user's may stand anywhere.
    """
    told = Told()
    site = told.take(read_listing(open_site(folder)))
    told.take(absent(site))
    told.take(changed(site, written))
    _contents(site, told, written)
    told.take(check_sitemap(site, read_place(site)))
    if told.faults:
        first = told.faults[0]
        count = sum(told.counts.values())
        which = f"{first.file or 'the map'} {first.problem}"
        more = f", and {count_of(count - 1, 'more fault', 'more faults')}" if count > 1 else ""
        raise SiteError(
            f"the map that was built is not whole, so the old one was left in place: {which}{more}; build "
            "with another --work, and if that does not help, please report this"
        )


def _contents(site: Site, told: Told, written: Collection[str] | None) -> tuple[int, int]:
    """Check what the files say; return how many posters and tiles the map has."""
    record = told.take(read_record(site))
    if record is None:
        told.take(check_pages(site, None, None))
        return 0, 0
    posters = told.take(check_posters(site, record))
    told.take(check_changes(site, posters))
    told.take(check_ids(site, record, posters))
    told.take(check_search(site, record, posters))
    told.take(check_facets(site, record, posters))
    told.take(check_vectors(site, record, posters))
    shown = told.take(check_pages(site, record, posters))
    if record.archives is None:
        return record.count, told.take(check_files(site, record, written))
    return record.count, told.take(check_archives(site, record, record.archives, shown))
