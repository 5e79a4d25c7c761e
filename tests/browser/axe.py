"""A page -> what axe-core finds wrong with it, by WCAG 2.2 A and AA and its own best practices."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # of style sheets by script, which the page's policy forbids and would log
}


def violations(page: Page) -> list[str]:
    """Return a line for each rule that is broken: its name, what it asks, and where.

    The page's context must let scripts run. Without axe-core the test is skipped, but on CI it fails.
    """
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate("async how => (await axe.run(document, how)).violations", OPTIONS)
    return [f"{rule['id']}: {rule['help']}: {_places(rule['nodes'])}" for rule in found]


def _places(nodes: list[dict[str, Any]]) -> str:
    return "; ".join(" ".join(map(str, node["target"])) for node in nodes)


def _source() -> str:
    """Return the script; it is handed over from here, so the page's own policy need not allow it."""
    if not SOURCE.is_file():
        message = "NO PAGE WAS CHECKED BY AXE: run npm ci in site/"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SOURCE.read_text(encoding="utf-8")
