"""`docs/command-line.md`: verbs and options as the parsers have them, keys, codes and data."""

import argparse
import json
import re
from dataclasses import fields
from typing import Any

import gradc.cli as cli
from gradc.commands import VERBS
from gradc.commands.dispatch import parser_of
from gradc.commands.options import Parser
from gradc.commands.settings import CHOICES, Settings
from gradc.diagnostics import Diagnostic, Help, Label, Replacement
from gradc.report.data import SCHEMA, render_json
from gradc.report.kinds import by_kind
from gradc.report.text import render
from gradc.source import Source, Span

_HEAD = """\
# The command line

Made from the commands themselves by `make docs`; `gradc COMMAND --help` prints the same of one.

    gradc COMMAND [arguments]
    gradc --version

Options and files stand in any order; behind `--` all are files. A mistyped command, option or value
is answered with the nearest one. An option of one value is given once, and so is a name of `--set`
or `-D`.

## What is read

| instead of a file | what it stands for |
|---|---|
| `-` | standard input |
| `-e TEXT` | a graph in the call itself, see below |
| a folder | the graphs below it, where several files may stand |

In a text of `-e`, `;` separates statements as a line break does, what nothing declares is a scalar
parameter, and the last statement is the loss where none says so. Lessons take its values from
`--set`, and draw the others at random.

    gradc explain -e 'J = w**3' --set w=2

Of a folder, hidden files and folders, folders called `build`, and files of functions alone are
passed over; `check` and `fmt` look at files of functions too. One graph that fails does not stop
the others.

Diagnostics and messages go to standard error, results to standard output or where `-o` says. On a
terminal, work of more than two seconds says what it is at. Files are written in one step, or stay
as they were; one that holds what it should is left untouched, its time included. Nothing that was
read is ever written.

## Exit codes

| code | meaning |
|---|---|
"""
_CODES = {
    "FINE": "all is well",
    "WRONG": "a graph is wrong, or a check failed",
    "USAGE": "the call is wrong, or a file cannot be read or written",
    "BUG": "a bug of gradc, which says how to report it",
    "INTERRUPTED": "Ctrl-C",
}
_KEYS = """\
## Configuration

The nearest `pyproject.toml` above a graph that has a table `[tool.gradc]` sets defaults for
options. A key that is not listed here is an error.

| key | values | default | like the option |
|---|---|---|---|
"""
_LISTS = {"ignore": "a list of codes of warnings", "also": "a list of names of functions"}
_ENVIRONMENT = """\
## Environment

| variable | what it does |
|---|---|
| `NO_COLOR` | no colours, where `--color` does not say otherwise |
| `FORCE_COLOR` | colours also where no terminal is; `NO_COLOR` wins |
| `GRADC_TRACEBACK` | shows where a bug of gradc happened |

"""
_DATA = """\
## Diagnostics as data

`--output-format json` prints one document on standard error, `sarif` a log of SARIF 2.1.0, and
`github` commands that make annotations. A file that cannot be read or written is E0501. Of this
graph

```graph
{graph}```

is said

```text
{text}```

and as JSON

```json
{example}```

which fits this schema. New fields may come; `schema` counts up when one changes its meaning or
goes. Lines and columns count from 1 in characters, and an end lies behind the span. The first span
is the one that a message is about. A fix was tried: with all of its replacements made, what its
help is about is gone.

```json
{schema}```
"""


def command_line_page() -> str:
    """The text of the page."""
    codes = "".join(f"| {getattr(cli, name)} | {text} |\n" for name, text in _CODES.items())
    commands = "".join(f"| [`{v}`](#gradc-{v}) | {line} |\n" for v, line in VERBS.items())
    parts = [
        f"{_HEAD}{codes}\n## Commands\n\n| command | what it does |\n|---|---|\n{commands}",
        *(_verb(verb) for verb in VERBS),
        f"## Options of every command\n\n{_table(_common())}",
        f"{_KEYS}{_keys()}",
        _ENVIRONMENT + _data(),
    ]
    return "\n".join(parts)


def _common() -> list[argparse.Action]:
    parser = Parser("", "", "")
    parser.add_console_options()
    return [a for a in parser._actions if a.dest != "help"]


def _verb(verb: str) -> str:
    parser = parser_of(verb)
    common = {action.dest for action in _common()} | {"help"}
    own = [a for a in parser._actions if a.dest not in common]
    positional = [_shown(a) for a in own if not a.option_strings]
    call = " ".join([f"gradc {verb}", *positional, *(["[options]"] if len(own) > 1 else [])])
    told = _escaped(parser.description or "")
    return f"### gradc {verb}\n\n    {call}\n\n{told}\n\n{_table(own)}"


def _shown(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    if action.dest == "files":
        return "FILE" if action.nargs == "?" else "FILE …"
    if action.nargs == "*":
        return f"[{name} …]"
    return f"[{name}]" if action.nargs == "?" else name


def _table(actions: list[argparse.Action]) -> str:
    rows = []
    for action in actions:
        names = ", ".join(action.option_strings) or str(action.metavar)
        takes = f" {action.metavar}" if action.option_strings and action.nargs != 0 else ""
        rows.append(f"| {_code(names + takes)} | {_escaped(action.help or '')} |\n")
    return "| argument | meaning |\n|---|---|\n" + "".join(rows)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _escaped(text: str) -> str:
    """Text of a page of help as Markdown: what looks like a mark-up is none."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = (re.sub(r"([*<|\[])", r"\\\1", part) for part in parts[::2])
    quoted = (part.replace("|", "\\|") for part in parts[1::2])
    mixed = [piece for pair in zip(plain, [*quoted, ""], strict=True) for piece in pair]
    return "".join(mixed)


def _keys() -> str:
    options = {"level": "-O", "warnings": "-W", "ignore": "`# gradc: ignore[…]`, for all files"}
    rows = []
    for field in fields(Settings):
        key = field.name.replace("_", "-")
        values = ", ".join(_toml(v) for v in CHOICES.get(field.name, ()))
        kind = values or _LISTS.get(key, "a number, 1 or more")
        option = options.get(key, f"--{key}")
        like = option if "`" in option else f"`{option}`"
        rows.append(f"| `{key}` | {kind} | {_toml(field.default)} | {like} |\n")
    return "".join(rows)


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "`[]`"
    return f"`{json.dumps(value)}`" if isinstance(value, str | bool) else f"`{value:_}`"


def _data() -> str:
    source = Source("net.graph", "param w = 2\nloss J = w + v\n")
    place = source.text.index("v\n")
    found = Diagnostic(
        "E0201", "nothing is called `v`", Span(source, place, place + 1),
        labels=(Label(Span(source, 6, 7), "this is `w`"),),
        helps=(Help("did you mean `w`?", [Replacement(Span(source, place, place + 1), "w")]),),
    )  # fmt: skip
    return _DATA.format(
        graph=source.text,
        text=render(by_kind([found])[0]),
        example=render_json([(found, source.name)]),
        schema=json.dumps(json_schema(), indent=2) + "\n",
    )


def json_schema() -> dict[str, Any]:
    """The schema of what `--output-format json` prints."""
    string, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    from_one = {"type": "integer", "minimum": 1}
    span = _object(
        file=string, line=from_one, column=from_one, end_line=from_one, end_column=from_one,
        primary={"type": "boolean"}, label=string,
    )  # fmt: skip
    place = {k: v for k, v in span["properties"].items() if k not in ("primary", "label")}
    replacement = _object(span=_object(**place), text=string)
    replacements = {"type": "array", "items": replacement, "minItems": 1}
    diagnostic = _object(
        code={"type": "string", "pattern": "^[EW][0-9]+$"},
        severity={"enum": ["error", "warning"]},
        message=string,
        file=string,
        spans={"type": "array", "items": span},
        helps={"type": "array", "items": string},
        fixes={"type": "array", "items": _object(help=string, replacements=replacements)},
        notes={"type": "array", "items": string},
    )
    document = _object(
        schema={"const": SCHEMA},
        diagnostics={"type": "array", "items": diagnostic},
        errors=count,
        warnings=count,
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
