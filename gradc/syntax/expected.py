"""The grammar's terminals in words that a reader of a diagnostic knows."""

from __future__ import annotations

from collections.abc import Set

from gradc.syntax.keywords import KEYWORDS

_SIGNS = {
    "EQUAL": "=", "TILDE": "~", "COLON": ":", "ARROW": "->", "SEMICOLON": ";", "COMMA": ",",
    "LPAR": "(", "LSQB": "[", "RPAR": ")", "RSQB": "]", "LBRACE": "{", "RBRACE": "}",
}  # fmt: skip
# After a value these may always follow, so naming them says nothing.
_CONTINUATIONS = {"INFIX", "MINUS", "AND", "OR", "DOT", "LPAR", "LSQB"}
_SORTS = {"NAME": "the name", "NUMBER": "the number", "STRING": "the string"}


def expected_words(accepts: Set[str]) -> str:
    """What may stand at a place, from the names of the terminals that the parser would take."""
    words: list[str] = []
    if "DIM" in accepts and "LPAR" not in accepts:
        words.append("a statement")
        signs = accepts & {"RBRACE"}
    elif {"NUMBER", "LPAR"} <= accepts:
        words.append("a value")
        signs = accepts & {"RPAR", "RSQB", "COLON"}
    else:
        after_value = "INFIX" in accepts
        signs = accepts - _CONTINUATIONS if after_value else accepts
        if after_value and "RPAR" in accepts:
            signs = signs - {"EQUAL"}  # of a keyword argument
        if "NAME" in accepts:
            words.append("a name")
        if "STRING" in accepts:
            words.append("a string")
        keywords = [w for w in sorted(KEYWORDS | {"in", "axis"}) if w.upper() in signs]
        if len(keywords) <= 4:
            words.extend(f"`{word}`" for word in keywords if word not in ("as", "axis"))
    words.extend(f"`{sign}`" for terminal, sign in _SIGNS.items() if terminal in signs)
    if "_NEWLINE" in accepts and "a statement" not in words:
        words.append("the end of the line")
    if not words:  # nothing but what may be left out elsewhere
        words = [f"`{word}`" for word in ("as", "axis", "in") if word.upper() in accepts]
    if not words:
        return "an operator"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def found_words(kind: str, word: str) -> str:
    """What stands at a place, from the terminal's name and its text."""
    if kind == "$END":
        return "the end of the file"
    if kind == "_NEWLINE":
        return "the end of the line"
    if word in KEYWORDS:
        return f"the keyword `{word}`"
    return f"{_SORTS[kind]} `{word}`" if kind in _SORTS else f"`{word}`"
