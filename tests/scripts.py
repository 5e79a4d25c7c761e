"""A site's data as the viewer gets them: each script is one statement that hands over a name and a value."""

import json
import re
from pathlib import Path
from typing import Any

FRAME = re.compile(r"\(self\.mapmaker\?\?=\[\]\)\.push\((.*)\);\n")


def handed_over(script: str) -> tuple[str, Any]:
    """Return the name and the value that a script hands over."""
    framed = FRAME.fullmatch(script)
    assert framed, script[:80]
    name, value = json.loads(framed[1])
    return name, value


def data_of(site: Path, name: str = "map") -> Any:
    """Return what `data/NAME.js` of a site tells."""
    found, value = handed_over((site / "data" / f"{name}.js").read_text(encoding="utf-8"))
    assert found == name
    return value


def posters_of(site: Path) -> list[dict[str, Any]]:
    """Return the posters that a site tells of."""
    shards = sorted(path.stem for path in (site / "data" / "posters").iterdir())
    return [poster for shard in shards for poster in data_of(site, f"posters/{shard}")["posters"]]
