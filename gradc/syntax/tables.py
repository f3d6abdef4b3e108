"""The parser's tables, saved. Building them takes ten times as long as loading them.

A wheel holds them, written when it was built (`hatch_build.py`). They are a file of the package,
trusted as its code is; where they belong to another grammar or another lark, they are left alone
and the tables are built in memory.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import lark
from lark import Lark

from gradc import resources

FILE = "grammars/graph.tables"
_OURS = frozenset(["transformer", "postlex", "lexer_callbacks"])  # what is code, and not saved


def load(grammar: str, **options: Any) -> Lark:
    """The parser of a grammar, by the saved tables where they fit."""
    return _saved(grammar, options) or Lark(grammar, **options)


def tables_of(grammar: str, parser: Lark) -> bytes:
    """What the file holds: a line that says what the tables belong to, then the tables."""
    buffer = io.BytesIO()
    parser.save(buffer, exclude_options=_OURS)
    return _key(grammar) + b"\n" + buffer.getvalue()


def _key(grammar: str) -> bytes:
    return sha256(f"{lark.__version__}\n{grammar}".encode()).hexdigest().encode()


def _saved(grammar: str, options: Mapping[str, Any]) -> Lark | None:
    path = resources.path(FILE)
    try:
        key, _, tables = path.read_bytes().partition(b"\n")
        if key != _key(grammar):
            return None
        parser = Lark.__new__(Lark)
        kept = {name: value for name, value in options.items() if name in _OURS}
        # What lark offers for this reads its options from the file alone.
        parser._load(pickle.loads(tables), **kept)
    except Exception:
        return None
    return parser
