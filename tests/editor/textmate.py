"""The TextMate grammar of the language, made of its words: `python -m tests.bless editors`."""

import json
from collections.abc import Iterable
from typing import Any

from gradc.editor import vocabulary
from gradc.editor.vocabulary import callables

NAME = "[A-Za-z\\u00b5\\u0370-\\u03ff\\u1f00-\\u1fff\\u2126]\\w*"
_CALLED = "(?=[ \\t]*\\()"

Rule = dict[str, Any]


def grammar() -> str:
    """What `editors/vscode/syntaxes/graph.tmLanguage.json` holds."""
    document = {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "information": "Made of the words of the language by `python -m tests.bless editors`.",
        "name": "graph",
        "scopeName": "source.graph",
        "patterns": [{"include": "#definition"}, {"include": "#head"}, {"include": "#all"}],
        "repository": _repository(),
    }
    return json.dumps(document, indent=2) + "\n"


def _repository() -> dict[str, Rule]:
    return {
        "definition": {
            "match": f"\\b({'|'.join(vocabulary.DEFINING)})[ \\t]+({NAME})",
            "captures": {
                "1": {"name": "storage.type.graph"},
                "2": {"name": "entity.name.function.graph"},
            },
        },
        # Between `scan` and its body two words are keywords that are names elsewhere.
        "head": {
            "begin": "\\bscan\\b",
            "beginCaptures": {"0": {"name": "keyword.control.graph"}},
            "end": "(?=\\{)|$",
            "patterns": [
                _words(vocabulary.HEADING, "keyword.control.graph", "(?!\\s*[=(])"),
                {"include": "#all"},
            ],
        },
        "all": {
            "patterns": [
                {"include": "#comments"},
                {"include": "#strings"},
                {"include": "#brackets"},
                {"include": "#drawn"},
                {"include": "#members"},
                {"include": "#words"},
                {"include": "#numbers"},
                {"include": "#signs"},
            ]
        },
        "comments": {
            "patterns": [
                _match("##(?=[ \\t]|$).*$", "comment.block.documentation.graph"),
                _match("#.*$", "comment.line.number-sign.graph"),
            ]
        },
        "strings": {"patterns": [_string('"', "double"), _string("'", "single")]},
        "brackets": {"patterns": [_brackets("(", ")"), _brackets("[", "]")]},
        "drawn": {
            "match": f"(~)[ \\t]*({'|'.join(vocabulary.DRAWN)})\\b",
            "captures": {
                "1": {"name": "keyword.operator.graph"},
                "2": {"name": "support.function.initialiser.graph"},
            },
        },
        "members": {
            "match": f"(?<![.\\d])(\\.)[ \\t]*({NAME})",
            "captures": {
                "1": {"name": "punctuation.accessor.graph"},
                "2": {"name": "variable.other.property.graph"},
            },
        },
        "words": {"patterns": list(_all_words())},
        "numbers": _match(
            "\\.?[0-9](?:[eE][+\\-][0-9]|[0-9A-Za-z_]|\\.(?!\\.))*", "constant.numeric.graph"
        ),
        "signs": {
            "patterns": [
                _match("\\.\\.\\.|->|\\*\\*|//|[<>=!]=|[-+*/%@<>=~]", "keyword.operator.graph"),
                _match("[,;:]", "punctuation.separator.graph"),
                _match("[{}]", "punctuation.section.block.graph"),
            ]
        },
    }


def _all_words() -> Iterable[Rule]:
    found = callables()
    yield _words(vocabulary.IMPORTING, "keyword.control.import.graph")
    yield _words((*vocabulary.DECLARING, *vocabulary.DEFINING), "storage.type.graph")
    yield _words(vocabulary.FLOWING, "keyword.control.graph")
    yield _words(vocabulary.CONNECTING, "keyword.operator.word.graph")
    yield _words(vocabulary.LITERAL, "constant.language.graph")
    yield _words(vocabulary.TYPES, "support.type.graph")
    yield _words(found.operations, "support.function.graph", _CALLED)
    yield _words(found.layers, "support.class.graph")
    yield _words(vocabulary.CONSTANTS, "support.constant.graph")
    yield _match(f"{NAME}{_CALLED}", "entity.name.function.call.graph")
    yield _match(NAME, "variable.other.graph")


def _words(listed: Iterable[str], name: str, behind: str = "") -> Rule:
    return _match(f"\\b(?:{'|'.join(sorted(listed))})\\b{behind}", name)


def _match(pattern: str, name: str) -> Rule:
    return {"match": pattern, "name": name}


def _string(quote: str, kind: str) -> Rule:
    return {
        "begin": quote,
        "end": f"{quote}|$",
        "name": f"string.quoted.{kind}.graph",
        "patterns": [_match("\\\\.", "constant.character.escape.graph")],
    }


def _brackets(opening: str, closing: str) -> Rule:
    """Within them keywords may name arguments."""
    return {
        "begin": f"\\{opening}",
        "end": f"\\{closing}",
        "beginCaptures": {"0": {"name": "punctuation.brackets.graph"}},
        "endCaptures": {"0": {"name": "punctuation.brackets.graph"}},
        "patterns": [
            {
                "match": f"({NAME})[ \\t]*(=)(?!=)",
                "captures": {
                    "1": {"name": "variable.parameter.graph"},
                    "2": {"name": "keyword.operator.graph"},
                },
            },
            {"include": "#all"},
        ],
    }
