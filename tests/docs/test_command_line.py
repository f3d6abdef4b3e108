"""The page on the command line tells of all there is, and its schema is that of the data."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gradc.commands import VERBS
from gradc.commands.dispatch import parser_of
from gradc.commands.settings import Settings
from tests.derived import ERRORS, error_cases, run
from tests.docs.command_line import command_line_page, json_schema

PAGE = command_line_page()


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_told(verb: str) -> None:
    section = PAGE.partition(f"### gradc {verb}\n")[2].partition("\n### ")[0]
    common = PAGE.partition("## Options of every command")[2]
    for action in parser_of(verb)._actions:
        for name in action.option_strings:
            told = name in ("-h", "--help") or f"`{name}" in section or f", {name}" in section
            assert told or f"`{name}" in common, name


def test_every_key_and_exit_code_is_told() -> None:
    keys = PAGE.partition("## Configuration")[2].partition("\n## ")[0]
    for key in Settings.__dataclass_fields__:
        assert f"| `{key.replace('_', '-')}` |" in keys
    codes = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \|", codes, re.MULTILINE) == ["0", "1", "2", "70", "130"]


def test_tables_are_whole() -> None:
    for line in PAGE.splitlines():
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line)) - 1
            assert cells in (2, 4), line


def wrong(value: Any, schema: dict[str, Any], where: str = "document") -> Iterator[str]:
    """Where data does not fit a schema, of the few words that this one uses."""
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if "type" in schema and type(value) is not kinds[schema["type"]]:
        yield f"{where} is no {schema['type']}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where} is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is none of {schema['enum']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where} is too small"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where} does not fit {schema['pattern']}"
    if "properties" in schema:
        yield from (f"{where} has no {name}" for name in schema["required"] if name not in value)
        for name, part in value.items():
            if name not in schema["properties"]:
                yield f"{where}.{name} is not in the schema"
            else:
                yield from wrong(part, schema["properties"][name], f"{where}.{name}")
    for number, item in enumerate(value if "items" in schema else ()):
        yield from wrong(item, schema["items"], f"{where}[{number}]")


@pytest.mark.parametrize("case", error_cases()[::5], ids=lambda case: case.stem)
def test_the_schema_is_that_of_the_data(case: Path) -> None:
    _, _, err = run(["check", case.name, "--output-format", "json"], ERRORS)
    assert list(wrong(json.loads(err), json_schema())) == []


def test_what_does_not_fit_is_seen() -> None:
    document = {"schema": 2, "diagnostics": [{"code": "X1", "spans": [{"line": 0}]}], "more": 1}
    found = set(wrong(document, json_schema()))
    assert "document is not 1" in {f.replace(".schema", "") for f in found}
    assert "document.diagnostics[0].spans[0].line is too small" in found
    assert "document.more is not in the schema" in found
    assert "document has no errors" in found
