"""Where no request goes: private addresses, whatever name or number stands for them, unless they are allowed."""

from pathlib import Path

import pytest
from faulty_host import Answer, FaultyHost

from mapmaker.sources.answers import Missed
from mapmaker.sources.client import Client
from mapmaker.sources.guard import is_public
from tests.sources.internet import PUBLIC
from tests.sources.visits import missed, redirect, visit

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
]


def test_public_addresses_are_told_from_all_others() -> None:
    assert [address for address in PRIVATE if is_public(address)] == []
    public = [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
    assert [address for address in public if not is_public(address)] == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_means_a_private_address_is_not_connected_to(address: str, tmp_path: Path) -> None:
    names = {"outside.example": PUBLIC, "inside.example": address}
    with FaultyHost({"/p": redirect("http://inside.example/x")}) as host:
        url = host.url("/p", "outside.example")
        found, dialled = visit(lambda client: missed(client, url, tmp_path / "part"), names=names)
        assert "inside.example, which stands for a private address" in found.reason
        assert dialled == [PUBLIC]


@pytest.mark.parametrize(
    "literal",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.1",
        "0x7f000001",
        "127.0.0.1.",
    ],
)
def test_a_private_address_by_number_is_not_connected_to_from_a_public_one(literal: str, tmp_path: Path) -> None:
    names = {"outside.example": PUBLIC, **dict.fromkeys(["0x7f.1", "0x7f000001", "127.0.0.1."], "127.0.0.1")}
    with FaultyHost() as host:
        host.answers["/p"] = redirect(f"http://{literal}:{host.port}/inside")
        url = host.url("/p", "outside.example")
        _, dialled = visit(lambda client: missed(client, url, tmp_path / "part"), names=names, allowed=())
        assert dialled == [PUBLIC]
        assert host.asked["/inside"] == 0


def test_a_name_that_is_public_first_and_private_then_is_not_connected_to(tmp_path: Path) -> None:
    addresses = [PUBLIC, PUBLIC, "127.0.0.1", "127.0.0.1", "127.0.0.1"]
    names = {"turns.example": lambda: addresses.pop(0)}

    async def twice(client: Client) -> str:
        await client.save(host.url("/p", "turns.example"), tmp_path / "part")
        while len(addresses) > 3:
            addresses.pop(0)
        client._courier._session.connector.clear_dns_cache()  # type: ignore[union-attr]  # ten seconds pass
        return (await missed(client, host.url("/p", "turns.example"), tmp_path / "part")).reason

    with FaultyHost({"/p": Answer(b"x", headers={"Connection": "close"}, declared=-1)}) as host:
        reason, dialled = visit(twice, names=names)
        told = "turns.example, which stands for a private address; if it is yours, --allow-host turns.example"
        assert reason == f"not allowed: {told}"
        assert dialled == [PUBLIC]


def test_a_collection_on_an_intranet_may_be_fetched_and_no_other_host_of_it(tmp_path: Path) -> None:
    names = {"own.internal": "10.0.0.5", "other.internal": "10.0.0.6", "outside.example": PUBLIC}

    async def all_of_them(client: Client) -> list[str]:
        client.vouch(host.url("/p", "own.internal"))
        reasons = []
        for name in ("own.internal", "other.internal", "outside.example"):
            try:
                await client.save(host.url("/p", name), tmp_path / "part")
                reasons.append("")
            except Missed as error:
                reasons.append(error.reason)
        sent_back = await missed(client, host.url("/back", "outside.example"), tmp_path / "part")
        return [*reasons, sent_back.reason]

    with FaultyHost({"/p": Answer(b"x")}) as host:
        host.answers["/back"] = redirect(host.url("/p", "own.internal"))
        own, other, outside, back = visit(all_of_them, names=names)[0]
        assert (own, outside) == ("", "")
        told = "which stands for a private address; if it is yours, --allow-host other.internal"
        assert other == f"not allowed: other.internal, {told}"
        told = "a private address; if it is yours, --allow-host own.internal"
        assert back == f"not allowed: redirected to own.internal, {told}"
        assert visit(all_of_them, names=names, allowed=["other.internal"])[0][:3] == ["", "", ""]
