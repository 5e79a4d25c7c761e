"""What a host takes against what the map is: files, bytes, the largest file, archives."""

from mapmaker.checks.fault import Fault, Found, Kind
from mapmaker.checks.site import Site
from mapmaker.errors import OptionError, near
from mapmaker.hosts import HOSTS, Host


def known_host(name: str) -> Host:
    """Return the host of that name. OptionError if there is none."""
    if name not in HOSTS:
        raise OptionError(f"--host = {name!r} is not known: {near(name, HOSTS)}")
    return HOSTS[name]


def check_limits(site: Site, host: Host) -> Found[None]:
    """Find what is more than the host takes. Where it has no limit of its own, what maps aim at there counts."""
    most_files, most_bytes = host.most_files or host.aim_files, host.most_bytes or host.aim_bytes
    files, size = len(site.sizes), sum(site.sizes.values())
    if most_files is not None and files > most_files:
        yield Fault(Kind.LIMIT, "", f"{files:,} files are more than the {most_files:,} for {host.title}")
    if most_bytes is not None and size > most_bytes:
        yield Fault(Kind.LIMIT, "", f"{size:,} bytes are more than the {most_bytes:,} for {host.title}")
    for name, own in site.sizes.items():
        if host.most_file_bytes is not None and own > host.most_file_bytes:
            least = f"{host.most_file_bytes:,} of a file for {host.title}"
            yield Fault(Kind.LIMIT, name, f"has {own:,} bytes, more than the {least}")
        if not host.ranges and name.endswith(".pmtiles"):
            yield Fault(
                Kind.LIMIT, name, f"cannot be read on {host.title}: it answers no requests for a part of a file"
            )
