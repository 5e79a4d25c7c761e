"""Whose secrets go where; and which addresses hold one."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from yarl import URL

from mapmaker.sources.web import Credentials, Secret

_WRAPPINGS = 5
"""Times that an address is unquoted to look into it: one that stands within another is quoted twice."""


class Keys:
    """Secrets by the origin that they are for."""

    def __init__(self, credentials: Sequence[Credentials]) -> None:
        self._by_origin = {URL(one.origin).origin(): one for one in credentials}
        self._parameters = {secret.value for one in credentials for secret in one.parameters.values()}
        headers = [secret.value for one in credentials for secret in one.headers.values()]
        # Of "Bearer abc" it is the last word that is secret.
        words = {word for value in headers for word in (value, value.rpartition(" ")[2])}
        self._all = {word.casefold() for word in self._parameters | words if word}

    def given(self, url: URL, headers: Mapping[str, str]) -> tuple[URL, Mapping[str, str]]:
        """Return an address and headers with what its origin is to get, if that is anything."""
        one = self._by_origin.get(url.origin())
        if one is None:
            return url, headers
        return url.update_query(_bare(one.parameters)), {**headers, **_bare(one.headers)}

    def taken(self, url: URL) -> URL:
        """Return an address without the parameters that its host was given, which some repeat in redirects."""
        kept = [(name, value) for name, value in url.query.items() if value not in self._parameters]
        return url if len(kept) == len(url.query) else url.with_query(kept)

    def are_in(self, url: URL) -> bool:
        """Return whether a secret stands anywhere in an address, also as part of another, however it is quoted."""
        text = str(url)
        for _ in range(_WRAPPINGS):
            folded = text.casefold()
            if any(secret in folded for secret in self._all):
                return True
            text = unquote(text)
        return False


def _bare(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.value for name, secret in secrets.items()}
