"""The hosts, by name, and the limits of each."""

import dataclasses
import re
from dataclasses import dataclass

from mapmaker.errors import OptionError, near

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z]*)\s*")


@dataclass(frozen=True)
class Host:
    """A place for static pages, and its limits; None where it has none.

    `most_bytes`, `most_files` of the whole site and `most_file_bytes` of one file are the host's own; `aim_bytes` and
    `aim_files` are what is planned for: less where the limit is soft or a deploy must end in time. `ranges`: whether
    it answers requests for a part of a file, which an archive of all tiles needs.
    """

    name: str
    title: str
    most_bytes: int | None = None
    aim_bytes: int | None = None
    most_files: int | None = None
    aim_files: int | None = None
    most_file_bytes: int | None = None
    ranges: bool = True


HOSTS = {
    host.name: host
    for host in (
        Host(
            "github-pages",
            "GitHub Pages",
            most_bytes=1_000_000_000,
            aim_bytes=800_000_000,
            aim_files=20_000,  # no limit of its own, but a deploy ends after 10 minutes
            most_file_bytes=100_000_000,
        ),
        Host(
            "cloudflare-pages",
            "Cloudflare Pages",
            most_files=20_000,
            aim_files=20_000,
            most_file_bytes=25 * 2**20,
            ranges=False,
        ),
        Host("s3", "S3 and the like"),
    )
}
"""By the name that --host takes."""


def limits(host: str = "", max_bytes: int | str = 0, max_files: int = 0) -> Host:
    """Return the host called `host` ("" for one without limits), its aims replaced by what is given beside it.

    `max_bytes` is a number or text such as "800MB"; 0 is not given. Raises OptionError for what is none of these.
    """
    if host and host not in HOSTS:
        raise OptionError(f"raster.host = {host!r} is not known: {near(host, HOSTS)}")
    found = HOSTS[host] if host else Host("", "the limits given")
    most_bytes = byte_size(max_bytes)
    if max_files < 0:
        raise OptionError(f"raster.max_files = {max_files} is below 0; 0 leaves it to the host")
    return dataclasses.replace(found, aim_bytes=most_bytes or found.aim_bytes, aim_files=max_files or found.aim_files)


def byte_size(value: int | str, name: str = "raster.max_bytes") -> int:
    """Return 800_000_000 of 800_000_000, "800000000", "800MB" or "0.8 GB"; MiB are 2 ** 20. OptionError for others."""
    match = _SIZE.fullmatch(str(value))
    unit = match and _UNITS.get(match[2].upper())
    if not match or not unit:
        raise OptionError(f"{name} = {value!r} is no size: write it as 800MB, 1GB, or a number of bytes")
    return int(float(match[1]) * unit)
