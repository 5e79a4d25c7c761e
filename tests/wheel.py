"""Builds the wheel, installs it apart from the checkout, and makes a map of three posters with it."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = (
    "mapmaker/py.typed",
    "mapmaker_tiles/py.typed",
    "mapmaker_site/py.typed",
    "mapmaker_site/index.html",
    "mapmaker_site/head.html",
    "mapmaker_site/viewer.js",
    "mapmaker_site/viewer.css",
    "mapmaker_site/list.css",
    "mapmaker_site/quality.css",
    "mapmaker_site/ask.html",
    "mapmaker_site/ask.js",
    "mapmaker_site/ask.css",
    "mapmaker_site/LICENSES.txt",
)
PROGRAM = """
import sys
from pathlib import Path
import mapmaker, mapmaker_site, mapmaker_tiles
for package in (mapmaker, mapmaker_site, mapmaker_tiles):
    assert Path(package.__file__).is_relative_to(sys.argv[1]), package.__file__
from mapmaker.cli import main
sys.exit(main(["demo", "demo", "--count", "3", "--extractor", "classic", "--workers", "1", "--quiet"]))
"""


def main() -> None:
    """Raise unless the wheel holds what it should, installs, and works."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
        (wheel,) = folder.glob("*.whl")
        held = set(zipfile.ZipFile(wheel).namelist())
        lacking = [file for file in SHIPPED if file not in held]
        top = {file.split("/")[0] for file in held if ".dist-info/" not in file}
        if lacking or top != {"mapmaker", "mapmaker_tiles", "mapmaker_site"}:
            sys.exit(f"{wheel.name} lacks {lacking}; its packages are {sorted(top)}")
        subprocess.run([*pip, "install", "--no-deps", "--target", folder / "installed", wheel], check=True)
        subprocess.run(
            [sys.executable, "-c", PROGRAM, folder / "installed"],
            check=True,
            cwd=folder,
            env={"PYTHONPATH": str(folder / "installed"), "PATH": "/usr/bin:/bin"},
        )
        if not (folder / "demo" / "map" / "index.html").is_file():
            sys.exit("the installed wheel made no map")
    print(f"{wheel.name}: installed, imported, made a map")


if __name__ == "__main__":
    main()
