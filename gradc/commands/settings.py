"""`[tool.gradc]` of pyproject.toml: defaults for options."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from gradc.commands.failure import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """The keys of `[tool.gradc]`, each the default of the option of its name."""

    level: int = 1
    color: str = "auto"
    output_format: str = "text"
    warnings: str = "default"
    ignore: tuple[str, ...] = ()  # codes of warnings that are not reported


_CHOICES: dict[str, tuple[Any, ...]] = {
    "level": (0, 1, 2),
    "color": ("auto", "always", "never"),
    "output_format": ("text", "json", "github", "sarif"),
    "warnings": ("default", "error"),
}


def settings_for(file: str) -> Settings:
    """The settings that hold for a file: the nearest pyproject.toml with a `[tool.gradc]`."""
    try:
        folder = Path.cwd() if file == "-" else Path(file).absolute().parent
    except FileNotFoundError:  # the working directory is gone
        return Settings()
    return _nearest(folder)


@cache
def _nearest(folder: Path) -> Settings:
    for candidate in (folder, *folder.parents):
        path = candidate / "pyproject.toml"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            continue
        except UnicodeDecodeError:
            raise UsageError(f"{path} is not UTF-8") from None
        # Most such files are other projects'; importing the parser costs more than looking.
        if "gradc" in text and (table := _table(path, text)) is not None:
            return _settings(path, table)
    return Settings()


def _table(path: Path, text: str) -> dict[str, Any] | None:
    import tomllib

    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as failure:
        raise UsageError(f"{path} is not TOML: {failure}") from None
    table = tools.get("gradc") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{path}: `tool.gradc` is not a table")
    return table


def _settings(path: Path, table: dict[str, Any]) -> Settings:
    from gradc.diagnostics import near_miss

    names = [f.name.replace("_", "-") for f in fields(Settings)]
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in names:
            helps = near_miss(key, names) or [f"the keys are {', '.join(names)}"]
            raise UsageError(f"{path}: `[tool.gradc]` has no key `{key}`", helps)
        field = key.replace("-", "_")
        found[field] = _ignored(path, value) if field == "ignore" else value
        choices = _CHOICES.get(field)
        if choices and (isinstance(value, bool) or value not in choices):
            listed = ", ".join(map(repr, choices))
            raise UsageError(f"{path}: `{key}` is one of {listed}, not {value!r}")
    return Settings(**found)


def _ignored(path: Path, value: Any) -> tuple[str, ...]:
    from gradc.diagnostics import near_miss
    from gradc.report.codes import CODES

    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise UsageError(f"{path}: `ignore` is a list of codes of warnings")
    for code in value:
        if code not in CODES or not code.startswith("W"):
            warnings = [known for known in CODES if known.startswith("W")]
            raise UsageError(f"{path}: there is no warning `{code}`", near_miss(code, warnings))
    return tuple(value)
