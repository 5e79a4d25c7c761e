"""A copy of a map, to plant faults in: files and values changed, and, where asked, the manifest made to agree."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "data/manifest.json"
START, END = "(self.mapmaker??=[]).push(", ");\n"


@dataclass(frozen=True)
class Copy:
    """A map's folder, none of whose files is shared with another."""

    root: Path

    def value(self, name: str) -> Any:
        """Return what data/{name}.js hands over."""
        text = (self.root / f"data/{name}.js").read_text(encoding="utf-8")
        return json.loads(text.removeprefix(START).removesuffix(END))[1]

    def put(self, name: str, value: Any) -> None:
        """Make data/{name}.js hand over another value, and the manifest agree."""
        text = json.dumps([name, value], separators=(",", ":")).replace("<", "\\u003c")
        self.write(f"data/{name}.js", f"{START}{text}{END}".encode())

    def write(self, name: str, content: bytes) -> None:
        """Give a file another content, and make the manifest agree."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(content)
        self.sign()

    def remove(self, name: str) -> None:
        """Take a file away, also from the manifest."""
        (self.root / name).unlink()
        listed = self.listed()
        del listed[name]
        self.list_all(listed)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text, which must be there, in a file, and make the manifest agree."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1).encode())

    def listed(self) -> dict[str, Any]:
        """Return what the manifest lists."""
        files: dict[str, Any] = json.loads((self.root / MANIFEST).read_text(encoding="utf-8"))["files"]
        return files

    def list_all(self, files: dict[str, Any], **told: Any) -> None:
        """Write a manifest of ours; it may tell of `changes`."""
        manifest = {"generator": "mapmaker", "version": 1, **told, "files": dict(sorted(files.items()))}
        (self.root / MANIFEST).write_bytes((json.dumps(manifest, indent=0) + "\n").encode())

    def sign(self) -> None:
        """Make the manifest list all files, as they are."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        digests = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}
        self.list_all({name: hashlib.sha256(data).hexdigest() for name, data in digests.items() if name != MANIFEST})
