"""Where a request may go: to public addresses, and to hosts that whoever fetches named.

What stands in a table from elsewhere, or in a redirect, may name the router, or a service of this machine. So each
address is looked at where a connection is opened: a name that means a public address when it is asked about and a
private one a moment later is of no use.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(OSError):  # noqa: N818 - named for what it is; whoever asked tells it
    """A host that stands for an address where no request may go."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet's: not of this machine, of a local network, or reserved.

    An IPv6 address that stands for one of IPv4 is what that one is. ValueError if it is no address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_site_local)
        ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class Guard(AbstractResolver):
    """Finds the addresses of hosts by `resolver`, and keeps those to itself where no request may go.

    A host that the user named is allowed to be private: a collection on an intranet begins there. Any other is not,
    unless it is one of `allowed`. What one that was named was at first it stays.
    """

    def __init__(self, resolver: AbstractResolver, allowed: Collection[str] = ()) -> None:
        self._resolver = resolver
        self._allowed = {host.casefold().strip("[]") for host in allowed}
        self._named: dict[str, bool | None] = {}
        """Hosts, and whether they were private when they were first asked for."""
        self._asking = asyncio.Lock()

    def vouch(self, host: str) -> None:
        """Say that the user named `host`."""
        self._named.setdefault(host, None)

    async def admit(self, host: str, before: Sequence[str]) -> None:
        """Raise Forbidden if `host`, reached from the hosts `before` it, is an address where no request may go.

        Of a name, `resolve` sees to that. A host that may be private is closed to whoever comes from one that is not.
        """
        if host in self._allowed:
            return
        if host in self._named:
            others = [one for one in before if one != host and one not in self._allowed]
            if await self._is_private(host) and not all([await self._is_private(one) for one in others]):
                raise Forbidden(_told(host, ", a private address"))
        elif _is_literal(host) and not _is_public_literal(host):
            raise Forbidden(_told(host, ", a private address"))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return addresses of `host` that may be connected to. Forbidden if there are only others."""
        found = await self._resolver.resolve(host, port, family)
        if host in self._allowed or await self._is_private(host):
            return found
        public = [address for address in found if is_public(address["host"])]
        if found and not public:
            raise Forbidden(_told(host, ", which stands for a private address"))
        return public

    async def close(self) -> None:
        """Close what it asks."""
        await self._resolver.close()

    async def _is_private(self, host: str) -> bool:
        """Return whether the user named `host`, and no address of it was public when it was first asked for."""
        if host not in self._named:
            return False
        async with self._asking:
            known = self._named[host]
            if known is None:
                known = self._named[host] = not await self._is_public_host(host)
            return known

    async def _is_public_host(self, host: str) -> bool:
        if _is_literal(host):
            return _is_public_literal(host)
        found = await self._resolver.resolve(host, 0, socket.AF_UNSPEC)
        return any(is_public(address["host"]) for address in found)


def _told(host: str, why: str) -> str:
    return f"{host}{why}; if it is yours, --allow-host {host}"


def _is_literal(host: str) -> bool:
    """Return whether aiohttp would take `host` for an address, and ask no resolver."""
    return ":" in host or host.replace(".", "").isdigit()


def _is_public_literal(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # 2130706433 and 127.1 are 127.0.0.1 to some
        return False
