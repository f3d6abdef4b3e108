"""Colours for `.graph` in whatever asks Pygments: Sphinx, Jupyter, LaTeX, the terminal."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, default, include, words
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from gradc.editor.vocabulary import (
    CONNECTING,
    CONSTANTS,
    DECLARING,
    DEFINING,
    DRAWN,
    FLOWING,
    HEADING,
    IMPORTING,
    LITERAL,
    TYPES,
    callables,
)

_CALLABLES = callables()
_CALLED = r"\b(?=[ \t]*\()"


class GraphLexer(RegexLexer):
    """Graphs of gradc."""

    name = "graph"
    aliases: ClassVar[list[str]] = ["graph", "gradc"]
    filenames: ClassVar[list[str]] = ["*.graph"]
    mimetypes: ClassVar[list[str]] = ["text/x-graph"]
    priority = 0.5  # Roboconf's graphs end with `.graph` too

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"\b(layer)([ \t]+)(\w+)", bygroups(Keyword.Declaration, Whitespace, Name.Class)),
            (
                rf"\b({'|'.join(DEFINING)})([ \t]+)(\w+)",
                bygroups(Keyword.Declaration, Whitespace, Name.Function),
            ),
            (r"\bscan\b", Keyword, "head"),
            include("all"),
        ],
        # Between `scan` and its body.
        "head": [
            (r"\{", Punctuation, "#pop"),
            (words(HEADING, r"\b", r"\b(?!\s*[=(])"), Keyword),
            include("all"),
        ],
        "brackets": [
            (r"[)\]]", Punctuation, "#pop"),
            # Keywords may name arguments.
            (r"(\w+)([ \t]*)(=)(?!=)", bygroups(Name.Attribute, Whitespace, Operator)),
            include("all"),
        ],
        "drawn": [
            (r"[ \t]+", Whitespace),
            (words(DRAWN, "", r"\b"), Name.Builtin, "#pop"),
            default("#pop"),
        ],
        "all": [
            (r"\s+", Whitespace),
            (r"##(?=[ \t\n]|$).*", String.Doc),
            (r"#.*", Comment.Single),
            (r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', String),
            (r"\.?[0-9](?:[eE][+\-][0-9]|[0-9A-Za-z_]|\.(?!\.))*", Number),
            (r"(\.)([ \t]*)([^\W\d]\w*)", bygroups(Operator, Whitespace, Name.Attribute)),
            (r"[(\[]", Punctuation, "brackets"),
            (r"~", Operator, "drawn"),
            (words(IMPORTING, r"\b", r"\b"), Keyword.Namespace),
            (words((*DECLARING, *DEFINING), r"\b", r"\b"), Keyword.Declaration),
            (words(FLOWING, r"\b", r"\b"), Keyword),
            (words(CONNECTING, r"\b", r"\b"), Operator.Word),
            (words(LITERAL, r"\b", r"\b"), Keyword.Constant),
            (words(TYPES, r"\b", r"\b"), Keyword.Type),
            (words(_CALLABLES.operations, r"\b", _CALLED), Name.Builtin),
            (words(_CALLABLES.layers, r"\b", r"\b"), Name.Class),
            (words(CONSTANTS, r"\b", r"\b"), Name.Constant),
            (rf"[^\W\d]\w*{_CALLED}", Name.Function),
            (r"\w+", Name),
            (r"->|\.\.\.|\*\*|//|[<>=!]=|[-+*/%@<>=~]", Operator),
            (r"[{})\]:;,]", Punctuation),
            (r".", Text),  # pages write `…` for what they leave out
        ],
    }

    def analyse_text(text: str) -> float:  # Pygments makes it a static method
        """How likely a text is a graph of gradc."""
        return 0.6 if _STATEMENT.search(text) else 0.0


_STATEMENT = re.compile(r"^(?:param|input|loss|layer|fn)[ \t]+\w+", re.MULTILINE)
