"""A host, a table of what it has, and a folder to fetch it into; and how to read what came."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faulty_host import FaultyHost
from PIL import Image

import mapmaker as mm
from mapmaker.fetched import Arrival, read_arrivals
from mapmaker.sources.fetching import Fetched

QUICK: dict[str, Any] = {
    "rate": 10_000,
    "backoff": 0.01,
    "silence": 0.4,
    "retries": 1,
    "allow_hosts": ["127.0.0.1", "localhost"],
}


def picture(seed: int = 0, kind: str = "JPEG", size: tuple[int, int] = (40, 60)) -> bytes:
    """Return a small picture, another one for each seed, as a file of that kind."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, kind)
    return file.getvalue()


def write_csv(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Shop:
    """A host, a table of what it has, and a folder."""

    def __init__(self, place: Path, host: FaultyHost) -> None:
        self.host, self.folder, self.table = host, place / "posters", place / "posters.csv"
        self.rows: list[dict[str, str]] = []

    def offer(self, path: str, answer: Any, **fields: str) -> None:
        """Put a picture on offer."""
        self.host.answers[path] = answer
        self.add({"title": path.strip("/"), **fields, "poster": self.host.url(path)})

    def add(self, *rows: dict[str, str]) -> None:
        """Put rows into the table, whatever they offer, and write it."""
        self.rows += rows
        write_csv(self.table, self.rows)

    def fetch(self, **more: Any) -> Fetched:
        """Fetch what is on offer."""
        return mm.fetch("urls", self.folder, table=self.table, **{**QUICK, **more})

    def arrival(self, path: str) -> Arrival:
        """Return what became of it."""
        return read_arrivals(self.folder)[self.host.url(path)]

    @property
    def files(self) -> list[str]:
        """What is in the folder, hidden things aside."""
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if not path.parts[0].startswith("."))
