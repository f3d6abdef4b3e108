"""`[tool.gradc]` of pyproject.toml: defaults for options."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from gradc.commands.failure import UsageError
from gradc.limits import MAX_BYTES, MAX_NODES
from gradc.reading import read_regular
from gradc.records import dataclass, field_names


@dataclass(frozen=True, slots=True)
class Settings:
    """The keys of `[tool.gradc]`, each the default of the option of its name."""

    level: int = 1
    color: str = "auto"
    output_format: str = "text"
    warnings: str = "default"
    ignore: tuple[str, ...] = ()  # codes of warnings that are not reported
    also: tuple[str, ...] = ()  # functions that modules offer only where they are asked for
    sparse: bool = False  # how jacobian and hessian come out, where a module offers them
    max_nodes: int = MAX_NODES
    max_bytes: int = MAX_BYTES


CHOICES: dict[str, tuple[Any, ...]] = {
    "level": (0, 1, 2),
    "color": ("auto", "always", "never"),
    "output_format": ("text", "json", "github", "sarif"),
    "warnings": ("default", "error"),
    "sparse": (True, False),
}


_COUNTS = ("max_nodes", "max_bytes")
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_LONGEST = 1_000_000  # characters of a configuration that is parsed


def settings_for(file: str) -> Settings:
    """The settings that hold for a file: the nearest pyproject.toml with a `[tool.gradc]`."""
    folder = _folder_of(file)
    return Settings() if folder is None else _nearest(folder)


def forget_settings() -> None:
    """What was read may have changed: for a command that goes on for hours."""
    _nearest.cache_clear()


def configs_above(file: str) -> Iterator[Path]:
    """Where the settings of a file may stand, the nearest first."""
    if (folder := _folder_of(file)) is not None:
        for candidate in (folder, *folder.parents):
            yield candidate / "pyproject.toml"


def _folder_of(file: str) -> Path | None:
    try:
        return Path.cwd() if file == "-" else Path(file).absolute().parent
    except FileNotFoundError:  # the working directory is gone
        return None


@cache
def _nearest(folder: Path) -> Settings:
    for path in configs_above(str(folder / "any")):
        # Most such files are other projects'; importing the parser costs more than looking.
        if (
            (text := _text(path)) is not None
            and "gradc" in text
            and (table := _table(path, text)) is not None
        ):
            return _settings(path, table)
    return Settings()


def _text(path: Path) -> str | None:
    """What a configuration holds; None where there is none, or none that could be seen."""
    try:
        return read_regular(path, MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    except OSError as failure:
        if failure.errno in _ABSENT or not _is_there(path):
            return None
        raise UsageError(f"cannot read {path}: {failure.strerror}") from None
    except ValueError:  # a null character in the name
        return None


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _table(path: Path, text: str) -> dict[str, Any] | None:
    import tomllib

    if len(text) > _LONGEST:
        raise UsageError(f"cannot read {path}: it holds more than {_LONGEST:,} characters")
    try:
        tools = tomllib.loads(text).get("tool", {})
    except RecursionError:
        raise UsageError(f"{path} nests too deeply") from None
    except ValueError as failure:  # numbers of too many digits too
        raise UsageError(f"{path} is not TOML: {failure}") from None
    table = tools.get("gradc") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{path}: `tool.gradc` is not a table")
    return table


def _settings(path: Path, table: dict[str, Any]) -> Settings:
    from gradc.diagnostics import near_miss

    names = [name.replace("_", "-") for name in field_names(Settings)]
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in names:
            helps = near_miss(key, names) or [f"the keys are {', '.join(names)}"]
            raise UsageError(f"{path}: `[tool.gradc]` has no key `{key}`", helps)
        field = key.replace("-", "_")
        if field in ("ignore", "also"):
            found[field] = _listed(path, field, value)
            continue
        if field in _COUNTS:
            if type(value) is not int or value < 1:
                raise UsageError(f"{path}: `{key}` is a number, 1 or more")
        elif not any(value == c and type(value) is type(c) for c in CHOICES[field]):
            listed = ", ".join([repr(c).lower() for c in CHOICES[field]])
            raise UsageError(f"{path}: `{key}` is one of {listed}, not {value!r:.80}")
        found[field] = value
    return Settings(**found)


def _listed(path: Path, field: str, value: Any) -> tuple[str, ...]:
    """The codes of `ignore`, the names of `also`."""
    from gradc.also import ALSO
    from gradc.diagnostics import near_miss
    from gradc.report.codes import CODES

    known = ALSO if field == "also" else [code for code in CODES if code.startswith("W")]
    what = "function" if field == "also" else "warning"
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        kind = "names of functions" if field == "also" else "codes of warnings"
        raise UsageError(f"{path}: `{field}` is a list of {kind}")
    for word in value:
        if word not in known:
            raise UsageError(f"{path}: there is no {what} `{word}`", near_miss(word, known))
    return tuple(value)
