"""The package as a whole: what it exports, what it costs to import, whom it knows."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import mapmaker_tiles

PACKAGE = Path(mapmaker_tiles.__file__).parent


def test_every_exported_name_is_there_and_described() -> None:
    assert list(mapmaker_tiles.__all__) == sorted(mapmaker_tiles.__all__, key=_constants_first)
    for name in mapmaker_tiles.__all__:
        value = getattr(mapmaker_tiles, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, name


def _constants_first(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_importing_it_loads_no_color_management_and_no_heif() -> None:
    program = (
        "import sys, mapmaker_tiles\n"
        "heavy = {'PIL.ImageCms', 'PIL._imagingcms', 'pillow_heif', 'PIL.AvifImagePlugin'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_it_knows_numpy_pillow_pmtiles_and_itself_only() -> None:
    allowed = {"numpy", "PIL", "pillow_heif", "pmtiles", "mapmaker_tiles", *sys.stdlib_module_names}
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module
                names = [node.module]
            assert {name.split(".")[0] for name in names} <= allowed


def test_every_module_says_what_it_is_in_one_line() -> None:
    for file in PACKAGE.glob("*.py"):
        described = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        assert described, file.name
        assert described.splitlines()[0].endswith(".")
