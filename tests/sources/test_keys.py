"""Secrets go to their origin alone: no redirect takes them elsewhere, and no error tells them."""

from urllib.parse import quote, unquote

import pytest
from faulty_host import Answer, FaultyHost

from mapmaker.errors import FetchError
from mapmaker.sources.web import Credentials, Secret
from tests.sources.internet import PUBLIC, Names
from tests.sources.visits import redirect, visit

TOKEN = Secret("t0p-s3cret")


def refused(url: str, credentials: Credentials, names: Names | None = None) -> FetchError:
    """Return why a document cannot be had."""
    with pytest.raises(FetchError) as caught:
        visit(lambda client: client.json(url), names=names, credentials=[credentials])
    return caught.value


def test_credentials_go_to_their_origin_alone() -> None:
    names = {"api.example": PUBLIC, "cdn.example": PUBLIC}
    with FaultyHost() as host:
        credentials = Credentials(host.url("", "api.example"), {"Authorization": TOKEN}, {"api_key": TOKEN})
        elsewhere = host.url(f"/b?api_key={TOKEN.value}&x=1", "cdn.example")
        host.answers[f"/a?api_key={TOKEN.value}"] = redirect(elsewhere)
        host.answers["/b?x=1"] = Answer(b"{}")
        url = host.url("/a", "api.example")
        assert visit(lambda client: client.json(url), names=names, credentials=[credentials])[0] == {}
        first, then = host.requests
        assert first.headers["authorization"] == TOKEN.value
        assert TOKEN.value not in repr(then)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("wrapped", [0, 1, 3])
def test_a_redirect_with_a_secret_anywhere_in_it_is_not_followed(header: bool, wrapped: int) -> None:
    names = {"api.example": PUBLIC, "cdn.example": PUBLIC}
    token = Secret("t0p/s3cret+x")
    inner = f"/a?api_key={token.value}"
    for _ in range(wrapped):
        inner = quote(inner, safe="")
    with FaultyHost() as host, FaultyHost(otherwise=lambda _: Answer(b"{}")) as other:
        host.otherwise = lambda _: redirect(other.url(f"/login?next={inner}", "cdn.example"))
        kept = {"Authorization": Secret(f"Bearer {token.value}")} if header else {}
        credentials = Credentials(host.url("", "api.example"), kept, {} if header else {"api_key": token})
        told = str(refused(host.url("/a", "api.example"), credentials, names))
        assert len(host.requests) == 1
        assert other.requests == []
        assert told.endswith("redirected to an address with a secret in it")
        assert token.value not in unquote(told)


def test_errors_of_pages_tell_address_and_status_and_no_secret() -> None:
    with FaultyHost({f"/json?api_key={TOKEN.value}": Answer(b"<html>")}) as host:
        credentials = Credentials(host.url(""), parameters={"api_key": TOKEN})
        no_json, gone = (refused(host.url(path), credentials) for path in ("/json", "/gone"))
        assert str(no_json) == f"{host.url('/json')} is no JSON"
        assert (str(gone), gone.status) == (f"cannot get {host.url('/gone')}: 404 Not Found", 404)
    assert TOKEN.value not in f"{TOKEN} {TOKEN!r} {credentials!r} {no_json!r} {gone!r}"
