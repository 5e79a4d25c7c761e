"""Packages that only an extra installs: without one its tests are skipped, but on CI they fail."""

import importlib.util
import os

import pytest


def need(package: str, extra: str) -> None:
    """Skip the calling test, or fail it on CI, unless `package` is installed."""
    if importlib.util.find_spec(package) is None:
        message = f"NOT CHECKED: {package}, of the {extra} extra, is not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
