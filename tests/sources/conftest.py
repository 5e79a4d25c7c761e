"""A shop for each test that fetches."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_host import FaultyHost

from tests.sources.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with nothing on offer yet."""
    with FaultyHost() as host:
        yield Shop(tmp_path, host)
