"""The tables of a grammar, which lark makes and the parser of `lalr.py` runs.

To make them takes longer than to compile a graph. A wheel holds them as JSON, written when it was
built (`hatch_build.py`): data, of which nothing is run. Where they belong to another grammar they
are left alone, and made again in memory. So lark is imported only where tables are made.

What they hold: `terminals` are names and patterns in the order in which they are tried; `words`
are those that are names where no such terminal can follow; `rules` have their size, what they are
a form of, the method of the builder, which values they keep and which of these are rows; `states`
have a number for each terminal and rule that may come next: the state that follows, or `~rule` for
the rule that ends here; `starts` have the first and the last state of each start rule.
"""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any

from gradc import resources
from gradc.digest import sha256

FILE = "grammars/graph.tables"
GRAMMAR = "grammars/graph.lark"
STARTS = ("graph", "library")
_FORM = 2  # counted up where the tables of one grammar come to look different


def load() -> dict[str, Any]:
    """The tables of the grammar, the saved ones where they fit."""
    return saved() or made()


def saved() -> dict[str, Any] | None:
    """The tables in the file, where they are those of the grammar."""
    try:
        content = json.loads(resources.path(FILE).read_bytes())
        tables: dict[str, Any] = content["tables"]
        fits = content["grammar"] == _digest() and isinstance(tables["states"], list)
    except Exception:
        return None
    return tables if fits else None


def written() -> bytes:
    """What the file holds: what the tables belong to, and the tables; the same bytes each time."""
    content = {"grammar": _digest(), "tables": made()}
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.encode("ascii") + b"\n"


def _digest() -> str:
    return sha256(f"{_FORM}\n{resources.text(GRAMMAR)}".encode()).hexdigest()


# --- making them -----------------------------------------------------------------------------


def made() -> dict[str, Any]:
    """The tables, from the grammar."""
    parser = _lark()
    rules = sorted(parser.rules, key=_key)
    table = parser.parser.parser._parse_table
    numbers = {_key(rule): i for i, rule in enumerate(rules)}
    states, starts = _numbered(table, numbers)
    return {**_terminals(parser), "rules": [*map(_told, rules)], "states": states, "starts": starts}


def _lark() -> Any:
    from lark import Lark  # noqa: PLC0415

    return Lark(
        resources.text(GRAMMAR),
        start=[*STARTS],
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
    )


def _terminals(parser: Any) -> dict[str, Any]:
    """What the lexer looks for. A word that matches the pattern of names is no terminal to try."""
    from lark.lexer import BasicLexer  # noqa: PLC0415

    terminals = BasicLexer(parser.lexer_conf).terminals
    (names,) = [t.pattern.to_regexp() for t in terminals if t.name == "NAME"]
    words = {
        t.pattern.value: t.name
        for t in terminals
        if t.pattern.type == "str" and re.fullmatch(names, t.pattern.value)
    }
    tried = [[t.name, t.pattern.to_regexp()] for t in terminals if t.name not in words.values()]
    return {"terminals": tried, "words": words, "ignored": sorted(parser.ignore_tokens)}


def _key(rule: Any) -> tuple[str, tuple[str, ...]]:
    return rule.origin.name, tuple([symbol.name for symbol in rule.expansion])


def _told(rule: Any) -> list[Any]:
    origin, symbols = rule.origin.name, rule.expansion
    kept = [i for i, s in enumerate(symbols) if not (s.is_term and s.filter_out)]
    spread = [i for i in kept if not symbols[i].is_term and symbols[i].name.startswith("_")]
    stands_for_its_value = rule.options.expand1 and not rule.alias and len(kept) == 1
    name = "" if origin.startswith("_") or stands_for_its_value else rule.alias or origin
    return [len(symbols), origin, name, kept, spread]


def _numbered(table: Any, rules: dict[Any, int]) -> tuple[list[dict[str, int]], dict[str, Any]]:
    """The states, numbered by the grammar alone, not by the order of lark's sets."""
    numbers: dict[int, int] = {}
    rows: list[Any] = []
    waiting = deque(table.start_states[name] for name in STARTS)
    while waiting:
        state = waiting.popleft()
        if state not in numbers:
            numbers[state] = len(numbers)
            rows.append(sorted(table.states[state].items()))
            waiting.extend(there for _, (action, there) in rows[-1] if _shifts(action))
    starts = {
        name: [numbers[table.start_states[name]], numbers[table.end_states[name]]]
        for name in STARTS
    }
    states = [
        {
            symbol: numbers[there] if _shifts(action) else ~rules[_key(there)]
            for symbol, (action, there) in row
        }
        for row in rows
    ]
    return states, starts


def _shifts(action: Any) -> bool:
    return bool(action.name == "Shift")
