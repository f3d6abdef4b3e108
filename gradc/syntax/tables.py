"""The parser's tables, saved. Building them takes ten times as long as loading them.

A wheel holds them as JSON, written when it was built (`hatch_build.py`): data, of which nothing is
run. Where they belong to another grammar, or a lark is installed whose tables may mean something
else, they are left alone and the tables are built in memory.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from gradc import resources

FILE = "grammars/graph.tables"
LARKS = ("1.2", "1.3")
"""The versions of lark whose tables mean the same; any of them loads what another has made."""

_SAVED = ("start", "parser", "lexer", "propagate_positions", "maybe_placeholders")
_SHIFT = 0  # what a table says of a token: (_SHIFT, state) or (1, rule)
_OURS = frozenset(["transformer", "postlex", "lexer_callbacks"])  # what is code, and not saved


def load(grammar: str, **options: Any) -> Lark:
    """The parser of a grammar, by the saved tables where they fit."""
    return _saved(grammar, options) or Lark(grammar, **options)


def tables_of(grammar: str, parser: Lark) -> bytes:
    """What the file holds: what the tables belong to, and the tables; the same bytes each time."""
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    # The other options have the values that any lark gives them.
    data["options"] = {name: data["options"][name] for name in _SAVED}
    data["parser"]["parser"] = _numbered(data["parser"]["parser"])
    content = {"grammar": _digest(grammar), "lark": _series(), "data": data, "memo": memo}
    text = json.dumps(_told(content), ensure_ascii=True, separators=(",", ":"))
    return text.encode("ascii") + b"\n"


def _digest(grammar: str) -> str:
    return sha256(grammar.encode()).hexdigest()


def _series() -> str:
    return ".".join(lark.__version__.split(".")[:2])


def _saved(grammar: str, options: Mapping[str, Any]) -> Lark | None:
    try:
        content = _untold(json.loads(resources.path(FILE).read_bytes()))
        if content["grammar"] != _digest(grammar) or not {content["lark"], _series()} <= {*LARKS}:
            return None
        parser = Lark.__new__(Lark)
        kept = {name: value for name, value in options.items() if name in _OURS}
        # What lark offers for this reads its options from the file alone.
        parser._load({"data": content["data"], "memo": content["memo"]}, **kept)
    except Exception:
        return None
    return parser


def _numbered(table: dict[str, Any]) -> dict[str, Any]:
    """A table whose numbers follow from the grammar alone, not from the order of lark's sets."""
    names: dict[int, str] = table["tokens"]
    tokens = {name: i for i, name in enumerate(sorted(names.values()))}
    states: dict[int, int] = {}
    rows: list[dict[int, Any]] = []
    waiting = deque(table["start_states"][name] for name in sorted(table["start_states"]))
    while waiting:
        state = waiting.popleft()
        if state in states:
            continue
        states[state] = len(states)
        row = table["states"][state]
        rows.append(
            {tokens[names[token]]: row[token] for token in sorted(row, key=names.__getitem__)}
        )
        waiting.extend(there for action, there in rows[-1].values() if action == _SHIFT)
    return {
        "tokens": {number: name for name, number in tokens.items()},
        "states": {
            state: {
                token: (action, states[there] if action == _SHIFT else there)
                for token, (action, there) in row.items()
            }
            for state, row in enumerate(rows)
        },
        "start_states": {name: states[state] for name, state in table["start_states"].items()},
        "end_states": {name: states[state] for name, state in table["end_states"].items()},
    }


def _told(part: Any) -> Any:
    """As JSON has it, which knows no numbers as keys: such a dict is its pairs, sorted."""
    if isinstance(part, dict):
        if all(isinstance(key, str) for key in part):
            return {key: _told(part[key]) for key in sorted(part)}
        return {"": [[key, _told(part[key])] for key in sorted(part)]}
    return [_told(item) for item in part] if isinstance(part, list | tuple) else part


def _untold(part: Any) -> Any:
    if isinstance(part, dict):
        if "" in part:
            return {key: _untold(value) for key, value in part[""]}
        return {key: _untold(value) for key, value in part.items()}
    return [_untold(item) for item in part] if isinstance(part, list) else part
