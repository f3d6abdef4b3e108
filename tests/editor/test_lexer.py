"""Pygments colours graphs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Text

from gradc.editor import vocabulary
from gradc.editor.lexer import GraphLexer
from gradc.syntax.keywords import KEYWORDS
from tests.parsed import parsed

ROOT = Path(__file__).parent.parent.parent
GRAPHS = sorted([*ROOT.glob("examples/*/*.graph"), *ROOT.glob("tests/goldens/*/*.graph")])


def coloured(text: str) -> list[tuple[object, str]]:
    return [(kind, word) for kind, word in GraphLexer().get_tokens(text) if word.strip()]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda p: p.stem)
def test_everything_in_a_graph_has_a_colour(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(GraphLexer().get_tokens(text))
    assert [word for kind, word in found if kind in (Error, Text)] == []
    assert "".join(word for _, word in found).strip() == text.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param w", [(Keyword.Declaration, "param"), (Name, "w")]),
        ("## Doc", [(String.Doc, "## Doc")]),
        ("#no", [(Comment.Single, "#no")]),
        ("layer L", [(Keyword.Declaration, "layer"), (Name.Class, "L")]),
        ("fn f", [(Keyword.Declaration, "fn"), (Name.Function, "f")]),
        ("~ eye", [(Operator, "~"), (Name.Builtin, "eye")]),
        ("~ own", [(Operator, "~"), (Name, "own")]),
        ("x.T", [(Name, "x"), (Operator, "."), (Name.Attribute, "T")]),
        ("in + axis", [(Name, "in"), (Operator, "+"), (Name, "axis")]),
        ("1e-3 * .5", [(Number, "1e-3"), (Operator, "*"), (Number, ".5")]),
        ("sum + pi", [(Name, "sum"), (Operator, "+"), (Name.Constant, "pi")]),
        ("not none", [(Operator.Word, "not"), (Keyword.Constant, "none")]),
        ("Δθ", [(Name, "Δθ")]),
        ("…", [(Text, "…")]),
    ],
)
def test_words_have_the_colours_of_what_they_are(
    text: str, expected: list[tuple[object, str]]
) -> None:
    assert coloured(text) == expected


def test_arguments_and_heads_are_told_apart() -> None:
    found = {word: kind for kind, word in coloured("f(x, from=1, axis=2)")}
    assert (found["f"], found["from"], found["axis"]) == (Name.Function, *[Name.Attribute] * 2)
    head = coloured("scan h = a over x in xs axis 1 { next h = x }")
    assert [word for kind, word in head if kind is Keyword] == [
        "scan",
        "over",
        "in",
        "axis",
        "next",
    ]


def test_every_word_of_the_language_has_a_place() -> None:
    groups = [
        vocabulary.DEFINING,
        vocabulary.IMPORTING,
        vocabulary.FLOWING,
        vocabulary.CONNECTING,
        vocabulary.LITERAL,
        vocabulary.DECLARING,
    ]
    assert sorted(word for group in groups for word in group) == sorted(KEYWORDS)


def test_pygments_finds_it() -> None:
    text = "param w\nloss J = w\n"
    assert isinstance(get_lexer_by_name("graph"), GraphLexer)
    assert isinstance(get_lexer_for_filename("net.graph"), GraphLexer)
    assert isinstance(get_lexer_for_filename("net.graph", text), GraphLexer)
    assert '<span class="kd">param</span>' in highlight(text, GraphLexer(), HtmlFormatter())


def test_nothing_of_gradc_needs_pygments() -> None:
    code = (
        "import sys\nsys.modules['pygments'] = sys.modules['pygls'] = None\n"
        "import gradc.cli, gradc.compiler, gradc.editor.project, gradc.editor.completion\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_commands_that_serve_editors_import_what_is_for_them() -> None:
    for path in sorted((ROOT / "gradc").rglob("*.py")):
        if path.parent.name == "editor" or path.stem == "lsp":
            continue
        for node in parsed(path).imports:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith("gradc.editor")], path
