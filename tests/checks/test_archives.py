"""Archives are read as the format's own library reads them, and damage of any part is told."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pmtiles.reader import MemorySource, all_tiles
from pmtiles.tile import Compression, Entry, TileType, serialize_directory, serialize_header, zxy_to_tileid

from mapmaker.checks.archives import read_archive
from mapmaker_tiles import plan_archives, stored_tile


def read(content: bytes) -> list[tuple[int, int, int, int]]:
    _, entries = read_archive(io.BufferedReader(io.BytesIO(content)), len(content))
    return [(entry.id, entry.run, entry.offset, entry.length) for entry in entries]


def pmtiles_of(content: bytes) -> Any:
    """Return what the format's own library finds in an archive."""
    return all_tiles(MemorySource(content))  # type: ignore[no-untyped-call]  # the package has no types here


def written(entries: list[Entry], leaves: bytes = b"") -> bytes:
    """Return an archive of a root directory and `leaves`, without pictures."""
    root = serialize_directory(entries)
    header: dict[str, Any] = dict.fromkeys(
        ("metadata_length", "tile_data_length", "addressed_tiles_count", "tile_entries_count", "tile_contents_count"), 0
    )
    header |= dict.fromkeys(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7", "min_zoom", "max_zoom"), 0)
    header |= dict.fromkeys(("center_zoom", "center_lon_e7", "center_lat_e7"), 0)
    header |= {"version": 3, "root_offset": 127, "root_length": len(root), "clustered": True}
    header |= {"metadata_offset": 0, "leaf_directory_offset": 127 + len(root), "leaf_directory_length": len(leaves)}
    header |= {"tile_data_offset": 127 + len(root) + len(leaves), "tile_type": TileType.WEBP}
    header |= {"internal_compression": Compression.GZIP, "tile_compression": Compression.NONE}
    return bytes(serialize_header(header) + root + leaves)  # type: ignore[arg-type]  # all that is written of it


def test_an_archive_of_thousands_of_tiles_is_read_to_the_last(tmp_path: Path) -> None:
    names = [f"7/{column}/{row}.webp" for column in range(100) for row in range(100)]
    sizes = np.random.default_rng(0).integers(4, 400, len(names)).tolist()
    for number, (name, size) in enumerate(zip(names, sizes, strict=True)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(number.to_bytes(4) * size if number % 9 else b"alike")
    (archive,) = plan_archives([stored_tile(tmp_path, name) for name in names])
    content = b"".join(archive.chunks())
    header, _ = read_archive(io.BufferedReader(io.BytesIO(content)), len(content))
    assert header["leaf_directory_length"] > 0
    start = header["tile_data_offset"]
    found = {
        id_: content[start + offset : start + offset + length]
        for first, run, offset, length in read(content)
        for id_ in range(first, first + run)
    }
    assert found == {zxy_to_tileid(*place): data for place, data in pmtiles_of(content)}
    assert len(found) == len(names)


def test_what_is_written_by_hand_is_read() -> None:
    leaf = serialize_directory([Entry(3, 0, 5, 2)])
    assert read(written([Entry(0, 0, 4, 1), Entry(3, 0, len(leaf), 0)], leaf)) == [(0, 1, 0, 4), (3, 2, 0, 5)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "does not begin as one of version 3"),
        (written([])[:100], "does not begin as one of version 3"),
        (written([])[:130], "it is cut off"),
        (written([])[:97] + b"\xff" + written([])[98:], "its header is damaged"),
        (written([Entry(0, 0, 9, 0)]), "a directory lies beyond its end"),
        (written([Entry(0, 0, 3, 0)], b"abc"), "a directory cannot be unpacked"),
        (
            written(
                [Entry(0, 0, len(serialize_directory([Entry(0, 0, 1, 0)])), 0)],
                serialize_directory([Entry(0, 0, 1, 0)]),
            ),
            "deeper than two",
        ),
        (written([Entry(1 << 63, 0, 1, 1)]), "a number that is too large"),
    ],
)
def test_damage_is_told_in_words(content: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read(content)


def test_a_directory_that_would_unpack_to_gigabytes_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.checks.archives._MOST", 1000)
    with pytest.raises(ValueError, match="a directory is cut off"):
        read(written([Entry(number, number * 10, 10, 1) for number in range(2000)]))
