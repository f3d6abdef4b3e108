"""The parser: runs the tables of a grammar over a text, and has a builder make the tree.

It reads tokens and reduces in one loop, which is where the time of parsing goes. What a word is
may depend on what can follow: the lexer is contextual. `tables.py` says what the tables are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from gradc.records import dataclass
from gradc.syntax.keywords import KEYWORDS

END = "$END"
NEWLINE = "_NEWLINE"
NAME = "NAME"
OPENING = frozenset(["LPAR", "LSQB"])
CLOSING = frozenset(["RPAR", "RSQB"])
_COUNTED = frozenset([NEWLINE, "LBRACE", "RBRACE", *OPENING, *CLOSING])
_KEYWORD_KINDS = {word: word.upper() for word in KEYWORDS}


@dataclass(slots=True, eq=False)
class Token:
    """A word or a sign of a text, of a kind that the grammar names."""

    type: str
    value: str
    start_pos: int
    end_pos: int


class Unexpected(Exception):
    """Where a text stops being one of the grammar's: at a token, or at a character of none."""

    def __init__(self, place: int, token: Token | None, accepts: frozenset[str]):
        self.place, self.token, self.accepts = place, token, accepts


class TooDeep(Exception):
    """Brackets or blocks that nest more than anyone needs."""

    def __init__(self, token: Token, message: str):
        self.token, self.message = token, message


# How many values a rule takes off the stack, what it is a form of, and what it makes of them; None
# where it stands for its only value.
Rule: TypeAlias = tuple[int, str, Callable[[list[Any]], Any] | None]


class Parser:
    """A grammar's tables, with a builder whose methods are called as its rules are."""

    def __init__(self, tables: dict[str, Any], builder: Any, max_brackets: int, max_blocks: int):
        self.rows: list[dict[str, int]] = tables["states"]
        self.starts: dict[str, list[int]] = tables["starts"]
        self.rules = [_rule(rule, builder) for rule in tables["rules"]]
        patterns: dict[str, str] = dict(tables["terminals"])
        ignored = [patterns.pop(name) for name in tables["ignored"]]
        self.patterns = patterns
        # Possessive, since a run of blanks could be taken apart in countless ways.
        self.blank = f"(?:{'|'.join(ignored)})*+"
        self.words: dict[str, str] = {**tables["words"], **_KEYWORD_KINDS}
        self.always = frozenset(_KEYWORD_KINDS.values())
        self.max_brackets, self.max_blocks = max_brackets, max_blocks
        self.scanner = self._scanner(patterns)
        self.scanners: dict[frozenset[str], re.Pattern[str]] = {}

    def parse(self, text: str, start: str) -> Any:
        """What the builder makes of a text. Raises Unexpected, TooDeep, and what the builder does.

        Line breaks inside `(` `)` and `[` `]` are none.
        """
        match, rows, rules, words = self.scanner.match, self.rows, self.rules, self.words
        state, end = self.starts[start]
        states, row = [state], rows[state]
        values: list[Any] = []
        place = brackets = blocks = 0
        while True:
            found = match(text, place)
            if found is None:
                break
            kind: str = found.lastgroup  # type: ignore[assignment]
            if kind == NAME:
                word = found[kind]
                meant = words.get(word)
                if meant is not None and (meant in self.always or meant in row):
                    kind = meant
                begin, place = found.span(NAME)
            else:
                if kind not in row and kind != NEWLINE:
                    kind, found = self._in_context(text, place, states)
                begin, place = found.span(kind)
                word = text[begin:place]
            token = Token(kind, word, begin, place)
            if kind in _COUNTED:
                if kind == NEWLINE:
                    if brackets > 0:
                        continue
                elif kind in OPENING:
                    brackets += 1
                    if brackets > self.max_brackets:
                        what = f"brackets nest more than {self.max_brackets} levels deep"
                        raise TooDeep(token, what)
                elif kind in CLOSING:
                    brackets -= 1
                elif kind == "RBRACE":
                    blocks -= 1
                else:
                    blocks += 1
                    if blocks > self.max_blocks:
                        what = f"blocks nest more than {self.max_blocks} levels deep"
                        raise TooDeep(token, what)
            action = row.get(kind)
            while action is not None and action < 0:
                size, origin, make = rules[~action]
                if size == 1:
                    if make is not None:
                        values[-1] = make(values[-1:])
                    state = states[-1] = rows[states[-2]][origin]
                else:
                    made = make(values[len(values) - size :])  # type: ignore[misc]
                    if size:
                        del values[-size:], states[-size:]
                    values.append(made)
                    state = rows[states[-1]][origin]
                    states.append(state)
                row = rows[state]
                action = row.get(kind)
            if action is None:
                raise Unexpected(begin, token, self.accepted(states))
            states.append(action)
            values.append(token)
            row = rows[action]
        return self._ended(text, place, states, values, end)

    def _ended(self, text: str, place: int, states: list[int], values: list[Any], end: int) -> Any:
        """What is made of all, where no token follows."""
        behind = re.compile(self.blank).match(text, place)
        assert behind
        if (rest := behind.end()) < len(text):
            raise Unexpected(rest, None, self.accepted(states))
        while states[-1] != end:
            action = self.rows[states[-1]].get(END)
            if action is None:
                token = Token(END, "", rest, rest)
                raise Unexpected(rest, token, self.accepted(states))
            size, origin, make = self.rules[~action]
            children = values[len(values) - size :]
            del values[len(values) - size :], states[len(states) - size :]
            values.append(children[0] if make is None else make(children))
            states.append(self.rows[states[-1]][origin])
        return values[-1]

    def accepted(self, states: Sequence[int]) -> frozenset[str]:
        """The kinds of tokens that can follow."""
        kinds = [kind for kind in self.rows[states[-1]] if kind.isupper()]
        return frozenset([kind for kind in kinds if self._accepts(kind, states)])

    def _accepts(self, kind: str, states: Iterable[int]) -> bool:
        states = list(states)
        ends = [end for _, end in self.starts.values()]
        while (action := self.rows[states[-1]].get(kind)) is not None:
            if action >= 0:
                return True
            size, origin, _ = self.rules[~action]
            del states[len(states) - size :]
            states.append(self.rows[states[-1]][origin])
            if kind == END and states[-1] in ends:
                return True
        return False

    # --- the lexer ---------------------------------------------------------------------------

    def _scanner(self, kinds: Iterable[str]) -> re.Pattern[str]:
        """Finds the next token of these kinds, behind what is ignored."""
        found = [f"(?P<{name}>{p})" for name, p in self.patterns.items() if name in kinds]
        return re.compile(f"{self.blank}(?:{'|'.join(found)})")

    def _in_context(self, text: str, place: int, states: list[int]) -> tuple[str, re.Match[str]]:
        """The token at a place, where the one that comes first to mind cannot follow."""
        kinds = frozenset([*self.rows[states[-1]], NAME, NEWLINE])
        if kinds not in self.scanners:
            self.scanners[kinds] = self._scanner(kinds)
        found = self.scanners[kinds].match(text, place)
        if found is None:
            found = self.scanner.match(text, place)
            assert found
            kind: str = found.lastgroup  # type: ignore[assignment]
            begin, end = found.span(kind)
            token = Token(kind, found[kind], begin, end)
            raise Unexpected(begin, token, self.accepted(states))
        return found.lastgroup, found  # type: ignore[return-value]


# --- rules -----------------------------------------------------------------------------------


def _rule(rule: list[Any], builder: Any) -> Rule:
    """A rule of the tables: `kept` are the places of the values that it hands on, `spread` those
    that are rows of values; without a name it hands on the row, or its only value.
    """
    size, origin, name, kept, spread = rule
    make = getattr(builder, name) if name else None
    if make is None and not origin.startswith("_"):
        assert size == len(kept) == 1
        return size, origin, None
    if len(kept) == size and not spread:
        return size, origin, make or _row
    return size, origin, _picking(kept, spread, make)


def _row(values: list[Any]) -> list[Any]:
    return values


def _picking(
    kept: list[int], spread: list[int], make: Callable[[list[Any]], Any] | None
) -> Callable[[list[Any]], Any]:
    if not spread and len(kept) > 1 and make is not None:
        get = itemgetter(*kept)
        return lambda values: make([*get(values)])
    first = kept[0] if kept and kept[0] in spread else None
    rest = [(i, i in spread) for i in (kept if first is None else kept[1:])]

    def pick(values: list[Any]) -> Any:
        # A row that comes first grows, so that a long one is made in one go.
        row = [] if first is None else values[first]
        for i, is_row in rest:
            if is_row:
                row += values[i]
            else:
                row.append(values[i])
        return row if make is None else make(row)

    return pick
