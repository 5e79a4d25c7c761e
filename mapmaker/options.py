"""Options: tables of names and values in, frozen dataclasses out.

Stages and methods are frozen dataclasses, and their fields are their options. A field whose metadata
names a table of methods (`method_field`) takes a name from that table, or `package.module:Class` for
anyone else's, and whatever options the table of the stage has beyond the stage's own go to the method.
"""

import dataclasses
import importlib
import numbers
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mapmaker.errors import OptionError, near

FILES = {"features": {"weights", "model", "frozen", "file"}, "triage": {"keep", "drop"}, "curate": {"file"}}
"""Options that name files, by stage."""
FILE_SHORTCUTS = {"weights", "model", "frozen", "features"}
"""The same, as a config file may have them outside its tables."""

D = TypeVar("D")
Methods = Mapping[str, Callable[[], type]]
"""Method classes by name; each is imported by the call, so that a table costs nothing to hold."""


def method_field(methods: Methods, default: str) -> Any:
    """Return a dataclass field that holds a method out of `methods`, `default` unless told."""
    return dataclasses.field(
        default_factory=lambda: methods[default]()(), metadata={"methods": methods, "name": default}
    )


def has_options(cls: type) -> bool:
    """Return whether the dataclass `cls` has any field."""
    return bool(dataclasses.fields(cls))


def build(cls: type[D], values: Mapping[str, object], where: str) -> D:
    """Return `cls` made of `values`, those it does not know itself given to its method.

    `where` names the table in errors ("layout"). Raises OptionError for a name or value that fits nowhere.
    """
    own = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]  # a dataclass
    kinds = typing.get_type_hints(cls)
    chosen = {name: field for name, field in own.items() if "methods" in field.metadata}
    mine = {name: value for name, value in values.items() if name in own and name not in chosen}
    rest = {name: value for name, value in values.items() if name not in own}
    made = {n: _option(value, kinds[n], f"{where}.{n}", is_shown=own[n].repr) for n, value in mine.items()}
    for name, field in chosen.items():
        method = values.get(name, field.metadata["name"])
        if isinstance(method, str):
            made[name] = make_method(field.metadata["methods"], method, rest, f"{where}.{name}", own)
            rest = {}
        elif dataclasses.is_dataclass(method) and callable(method) and not isinstance(method, type):
            made[name] = method
        else:
            raise OptionError(f"{where}.{name} = {method!r} is no method: give a name or a callable frozen dataclass")
    if rest:
        name = next(iter(rest))
        raise OptionError(f"no option {where}.{name}: {near(name, own)}")
    return _constructed(cls, made, where)


def make_method(
    methods: Methods,
    name: str,
    values: Mapping[str, object],
    where: str,
    beside: typing.Iterable[str] = (),
) -> Any:
    """Return the method called `name` with the options `values`.

    `beside` are option names of whoever holds the method; they only help to guess what was meant.
    """
    cls = _method_class(methods, name, where)
    kinds = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}
    stage = where.rpartition(".")[0] or where
    for option in values:
        if option not in known:
            hint = near(option, [*known, *beside])
            raise OptionError(f"no option {stage}.{option} with {name!r}: {hint}")
    made = {n: _option(value, kinds[n], f"{stage}.{n}", is_shown=known[n].repr) for n, value in values.items()}
    return _constructed(cls, made, stage)


def method_name(methods: Methods, module: str, qualname: str) -> str:
    """Return what is to be written for the class `qualname` of `module`: its name in the table, if it has one."""
    for name, find in methods.items():
        if (find().__module__, find().__qualname__) == (module, qualname):
            return name
    return f"{module}:{qualname}"


def method_tables(stage: object) -> dict[str, Methods]:
    """Return the table of each option of a stage that is a method."""
    fields = dataclasses.fields(stage)  # type: ignore[arg-type]  # a dataclass
    return {field.name: field.metadata["methods"] for field in fields if "methods" in field.metadata}


def spelled(value: object) -> str:
    """Return an option's plain value (`workspace.plain`) as a user writes it; of a file only its digest is known."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return f"a file ({value[:8]}...)"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "empty"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value) or "empty"


def _method_class(methods: Methods, name: str, where: str) -> type:
    if not isinstance(name, str):
        raise OptionError(f"{where} = {name!r} is no name: {near('', methods)}")
    if name in methods:
        return methods[name]()
    module, colon, attribute = name.partition(":")
    if not colon:
        raise OptionError(f"{where} = {name!r} is not known: {near(name, methods)}")
    try:
        cls = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise OptionError(f"{where} = {name!r} cannot be imported: {error}") from error
    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        raise OptionError(f"{where} = {name!r} is not a dataclass; a method is a frozen dataclass")
    return cls


def _constructed(cls: type[D], values: Mapping[str, object], where: str) -> D:
    try:
        return cls(**values)
    except OptionError:
        raise
    except (TypeError, ValueError) as error:
        raise OptionError(f"{where}: {error}") from error


def _option(value: object, kind: Any, where: str, *, is_shown: bool) -> object:
    """Return an option's value as `kind`; if it is not one, and not to be shown, the error does not."""
    try:
        return convert(value, kind, where)
    except OptionError:
        if is_shown:
            raise
    raise OptionError(f"{where} is not what it should be, but of type {type(value).__name__}")


def convert(value: object, kind: Any, where: str) -> object:
    """Return `value`, perhaps text from a command line, as `kind`; OptionError if it is not one."""
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value in (None, "none") and types.NoneType in kinds:
        return None
    for one in kinds:
        try:
            return _converted(value, one)
        except ValueError:
            continue
    if kinds == (int,):
        raise OptionError(f"{where} = {value!r} is no whole number")
    names = " or ".join(one.__name__ for one in kinds if one is not types.NoneType)
    raise OptionError(f"{where} = {value!r} is not {names}")


def _converted(value: object, kind: type) -> object:
    """Return `value` as `kind`, else raise ValueError. True and 2.5 are no int; 2 is a float."""
    if kind is bool and value in ("true", "false"):
        return value == "true"
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if kind in (int, float) and isinstance(value, str):
        return kind(value)
    if isinstance(value, bool) != (kind is bool):
        raise ValueError(value)
    if kind is int and isinstance(value, numbers.Integral):  # NumPy's, too
        return int(value)
    if kind is float and isinstance(value, numbers.Real):
        return float(value)
    if kind == tuple[str, ...]:
        return _texts(value)
    if type(value) is not kind:
        raise ValueError(value)
    return value


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of texts, or one text with commas between them, as a tuple; else raise ValueError."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError(value)
    return tuple(part for part in parts if part)


def whole(name: str, value: object, least: int) -> int:
    """Return `value` as a whole number. OptionError, which calls it `name`, if it is none, or below `least`."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise OptionError(f"{name} = {value!r} is no whole number")
    if value < least:
        raise OptionError(f"{name} = {value} is below {least}")
    return int(value)


def read_toml(file: Path) -> dict[str, Any]:
    """Return the tables of a TOML file, its own relative file names made relative to where it stands.

    OptionError if it cannot be read or is no TOML.
    """
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise OptionError(f"cannot read {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{file} is no TOML: {error}") from error
    stages = [(tables.get(stage), names) for stage, names in FILES.items()]
    for table, names in (
        (tables, FILE_SHORTCUTS),
        *((found, names) for found, names in stages if isinstance(found, dict)),
    ):
        for name in names & table.keys():
            if isinstance(table[name], str):  # whatever else it is, `convert` will not have it
                table[name] = str(file.parent / table[name])
    return tables
