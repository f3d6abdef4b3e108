"""What a reader is told about a mistake: each code, its place, its words and its help."""

import pytest

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.report.codes import CODES
from gradc.syntax.parser import MAX_ERRORS, load_parser, parse, read_text


def errors(text: str | bytes, start: str = "graph") -> tuple[Diagnostic, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(DiagnosticError) as caught:
        parse(read_text("test.graph", data), start)
    return caught.value.diagnostics


# Code, text, the place as line:column, the message, the help.
MISTAKES = [
    # Characters.
    ("E0101", b"x = 1\n# \xff", "2:3", "byte 0xFF is not UTF-8", "save the file as UTF-8"),
    ("E0102", "x = 1\x0c", "1:6", "the control character U+000C", "remove it"),
    ("E0103", "# \u202e", "1:3", "U+202E RIGHT-TO-LEFT OVERRIDE", "what is read must be"),
    ("E0104", "x = 1\ry = 2", "1:6", "a carriage return without", "LF or CRLF"),
    ("E0105", "größe = 1", "1:3", "`ö` (U+00F6 LATIN SMALL", "ASCII and Greek letters"),
    ("E0106", "x = Α", "1:5", "looks like the Latin `A`", "write the Latin `A`"),
    ("E0107", "x = 5 $ 3", "1:7", "`$` means nothing here", ""),
    ("E0107", "x = 1; y = 2", "1:6", "`;` means nothing here", "separated by line ends"),
    ("E0107", "x = a & b", "1:7", "`&` means nothing", "`and`"),
    ("E0107", "x = !a", "1:5", "`!` means nothing", "`not`"),
    ("E0107", "x = a + \\\n  b", "1:9", "`\\` means nothing", "inside parentheses"),
    ("E0108", "x = a^2", "1:6", "`^` is not an operator", "write `**` for a power"),
    # Literals and names.
    ("E0109", "x = 007", "1:5", "`007` begins with a zero", "write `7`"),
    ("E0109", "x = 00", "1:5", "`00` begins with a zero", "write `0`"),
    ("E0109", "x = 007.5", "1:5", "begins with a zero", "write `7.5`"),
    ("E0109", "x = 1__0", "1:5", "`1__0` is not a number", "between two digits"),
    ("E0109", "x = 1_", "1:5", "`1_` is not a number", "between two digits"),
    ("E0109", "x = 2x", "1:5", "`2x` is not a number", "`2 * x`"),
    ("E0109", "x = 0xff", "1:5", "`0xff` is not a number", "decimal"),
    ("E0109", "x = 1.2.3", "1:5", "`1.2.3` is not a number", ""),
    ("E0109", "x = 1e999", "1:5", "too large for a float", "`inf`"),
    ("E0109", "x = " + "1" * 5000, "1:5", "a number of 5000 characters", ""),
    ("E0110", 'x = f("abc)', "1:7", "this string does not end", ""),
    ("E0110", r'x = f("a\q")', "1:9", r"`\q` is no escape", r"`\\` for a backslash"),
    ("E0110", 'x = f("""a""")', "1:7", "a string stands on one line", ""),
    ("E0111", "_x = 1", "1:1", "`_x` begins with an underscore", "`x`"),
    ("E0111", "x = _y + 1", "1:5", "`_y` begins with an underscore", "`y`"),
    ("E0111", "x = _", "1:5", "`_` discards a result", ""),
    ("E0111", "output _", "1:8", "`_` is no value", ""),
    ("E0112", "loss = 3", "1:1", "`loss` is a keyword", "write `loss J = 3`"),
    ("E0112", "x = scan + 1", "1:5", "`scan` is a keyword", "call it `scan_`"),
    ("E0112", "x = a.state", "1:7", "`state` is a keyword", "`status`"),
    ("E0112", "input param: f32", "1:7", "`param` is a keyword", ""),
    ("E0112", "and = 2", "1:1", "`and` is a keyword", ""),
    ("E0112", "op = 2", "1:1", "`op` is a keyword", "call it `operation`"),
    ("E0112", "import = 2", "1:1", "`import` is a keyword", "call it `import_`"),
    ("E0112", "fn f(times) = 1", "1:6", "`times` is a keyword", ""),
    # Lines, brackets, blocks.
    ("E0113", "x =\n  2", "1:4", "the line ends after `=`", "use parentheses"),
    ("E0113", "x = a +\n  b", "1:8", "the line ends after `+`", "use parentheses"),
    ("E0113", "x = a and\n  b", "1:10", "the line ends", "use parentheses"),
    ("E0113", "dim B,\nx = 1", "1:7", "the line ends after `,` too early: expected a name", ""),
    ("E0113", "const c", "1:8", "too early: expected `=` or `:`", ""),
    ("E0113", "fn f(x)\n{\n  return x\n}", "1:8", "cannot stand before `{`", "end of this line"),
    ("E0113", "scan h = x times 3", "1:19", "expected `unshared` or `{`", ""),
    (
        "E0114",
        "x = (1 + 2\ny = 3",
        "1:5",
        "`(` is never closed",
        "its partner is `)`, missing in line 1",
    ),
    ("E0114", "x = [1, 2", "1:5", "`[` is never closed", "its partner is `]`, missing in line 1"),
    ("E0114", "x = f(2]", "1:8", "`(` is closed by `]`", "write `)`"),
    ("E0114", "x = f)", "1:6", "`)` closes nothing", ""),
    ("E0114", "fn f(x) {\n y = (x\n return y\n}", "2:6", "`(` is never closed", ""),
    ("E0115", "fn f(x) {\n  return x", "1:9", "this block is never closed", "its end is `}`"),
    ("E0115", "x = 1\n}", "2:1", "this `}` closes nothing", ""),
    ("E0115", "layer L(x) { }", "1:12", "this block is empty", ""),
    ("E0116", f"x = {'(' * 200}a{')' * 200}", "1:105", "brackets nest more than 100", "a name"),
    ("E0116", f"x = {'-' * 101}a", "1:6", "this nests more than 100 levels", "a name"),
    # Expressions.
    ("E0117", "x = a < b <= c", "1:11", "cannot be chained", "`a < b and b <= c`"),
    ("E0118", "x = a == not b", "1:10", "`not` cannot stand after `==`", "parentheses"),
    ("E0119", "x = a as b", "1:5", "`as` names a call", ""),
    ("E0119", "x = (f(a) as b) as c", "1:20", "already has the name `b`", ""),
    ("E0120", "x: float32 = 2", "1:4", "`float32` is not an element type", "`f32`"),
    ("E0120", "dtype f16", "1:7", "`f16` is not an element type", ""),
    ("E0121", "x = f(a=1, 2)", "1:12", "after a keyword argument", ""),
    ("E0121", "x = f(a=1, a=2)", "1:12", "`a` is given twice", ""),
    ("E0121", "fn f(x = 1, y) = x", "1:13", "`y` needs a default", ""),
    ("E0122", "op f(x) -> y: g(x) { a }", "1:1", "defined in gradc's library", "`fn f(x) = …`"),
    ("E0122", "example f(x: [2])", "1:9", "defined in gradc's library", ""),
    # The rest.
    ("E0123", "x = = 2", "1:5", "expected a value, found a second `=`", "write one `=`"),
    ("E0123", "x == 2", "1:4", "`==` compares", "one `=`"),
    ("E0123", "x = a = 2", "1:7", "`=` cannot stand inside a value", "`==`"),
    ("E0123", "x += 1", "1:3", "every name is bound once", "another name"),
    ("E0123", "x = +a", "1:5", "`+` needs a value on its left", "leave it out"),
    ("E0123", "x = * a", "1:5", "expected a value, found `*`", ""),
    ("E0123", "x = a b", "1:7", "an operator or the end of the line, found the name", "`a @ b`"),
    ("E0123", "x = a if b", "1:7", "found the name `if`", "`where(condition, a, b)`"),
    ("E0123", "x = Input(shape=(4,))", "1:5", "declared", "`dim B` and below it `input x: [B, 4]`"),
    ("E0123", "dim N\ninput y: [N]\nx = Input((4,))", "3:5", "declared", "`input x: [N, 4]`"),
    (
        "E0123",
        "param B\nx = Input((4,))",
        "2:5",
        "declared",
        "`dim N` and below it `input x: [N, 4]`",
    ),
    ("E0123", "if x > 0 { h = 1 }", "1:1", "no word", "`where(condition, a, b)`"),
    ("E0113", "const eps: f64", "1:15", "too early: expected `=`", "`const eps: f64 = 1e-5`"),
    ("E0113", "const k: i64[3]", "1:16", "too early: expected `=`", "`const k: i64[3] = 1`"),
    ("E0123", "x = (a, b)", "1:7", "parentheses hold one value", "`stack([a, b])`"),
    ("E0123", "x = [1,, 2]", "1:8", "expected a value or `]`, found `,`", "leave one `,` out"),
    ("E0123", "x = f(a\n  b)", "2:3", "expected `,` or `)`, found the name `b`", ""),
    ("E0123", "f(x)", "1:2", "a statement binds its value to a name", "`name = f(x)`"),
    ("E0123", "h.W = 3", "1:2", "a statement binds a plain name", ""),
    ("E0123", "def f(x) = x", "1:1", "`def` is no word of the language", "`fn`"),
    ("E0123", "import nn", "1:8", "expected a string, found the name `nn`", "`from nn import"),
    ("E0123", 'import "a" b', "1:12", "expected `as`, found the name `b`", ""),
    ("E0123", "from nn Dense", "1:9", "expected `import`, found the name `Dense`", ""),
    ("E0123", "vjp f(x) -> y { }", "1:15", "expected `;`", "`vjp f(x) -> y; dy {`"),
    ("E0123", "vjp f(x) -> y dy { }", "1:15", "expected `;` or", "`vjp f(x) -> y; dy {`"),
    ("E0123", "fn f(x) = { return x }", "1:11", "a block cannot stand after `=`", ""),
    ("E0123", "param W: [2] ~ 3", "1:16", "expected an initialiser", "`param W: [2] = 3`"),
    ("E0123", "input x, y", "1:8", "expected `=`, `:` or the end of the line, found `,`", ""),
    ("E0123", "loss J = 2 axis 1", "1:12", "only an `output` has an `axis`", ""),
    ("E0123", "output x: f32", "1:11", "a type can be stated only where", ""),
    ("E0123", "3 = x", "1:1", "expected a statement, found the number `3`", ""),
]


@pytest.mark.parametrize(("code", "text", "place", "message", "help_"), MISTAKES)
def test_a_mistake(code, text, place, message, help_):
    (diagnostic,) = errors(text)
    span = diagnostic.span
    assert (diagnostic.code, f"{span.line}:{span.column}") == (code, place)
    assert message in diagnostic.message
    assert help_ in " ".join(diagnostic.helps)
    assert bool(diagnostic.helps) >= bool(help_)


def test_every_code_has_a_case():
    ours = {code for code in CODES if code.startswith("E01")}
    assert ours == {mistake[0] for mistake in MISTAKES}


@pytest.mark.parametrize("text", [mistake[1] for mistake in MISTAKES])
def test_no_name_of_a_terminal_reaches_a_reader(text):
    parser, _ = load_parser()
    words = " ".join(w for d in errors(text) for w in (d.message, *d.helps)).split()
    kinds = {*parser.patterns, *parser.words.values()}
    assert not {kind for kind in kinds if len(kind) > 3} & set(words)
    assert not any(word.startswith(("__ANON", "$END", "Token(")) for word in words)


def test_blocks_that_nest_too_deeply():
    (diagnostic,) = errors("scan h = x times 2 {\n" * 21 + "next h = h\n" + "}\n" * 21)
    assert (diagnostic.code, diagnostic.span.line) == ("E0116", 21)


def test_the_label_of_a_bracket():
    (diagnostic,) = errors("x = f(2]")
    (label,) = diagnostic.labels
    assert (label.text, label.span.column) == ("opened here", 6)


# --- several mistakes in one run -------------------------------------------------------------


def places(text: str) -> list[tuple[str, int]]:
    return [(d.code, d.span.line) for d in errors(text)]


def test_all_mistakes_are_found_in_order():
    text = (
        "x = = 2\ny = 007\nz = (1\nfn f(x) { return x + }\n"
        "w = a^2\nfn g(x) {\n a = )\n return a\n}\n"
    )
    assert places(text) == [
        ("E0123", 1),
        ("E0109", 2),
        ("E0114", 3),
        ("E0123", 4),
        ("E0108", 5),
        ("E0114", 7),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x = a +\n    b\ny = 1",
        "x =\n    b * c\ny = 1",
        "fn f(x\n    return x\n}\n",
        "fn f(x) -> {\n    return x\n}\ny = 1",
        "layer L(x) {\n    h = x +\n    return h\n}\n",
        "layer L(x) {\n    return x + }\n",
        "scan h = x times {\n    scan g = h times 2 { next g = h }\n    next h = g\n}\ny = 1",
        "x = (1 + 2\ny = f(3)\nz = [4]\n",
        "x = f(a,\n  b c,\n  d)\ny = 2",
    ],
)
def test_one_mistake_is_reported_once(text):
    assert len(errors(text)) == 1


def test_the_number_of_reports_is_limited():
    assert len(errors("x = = 2\n" * 100)) == MAX_ERRORS


def test_mistakes_in_values_do_not_hide_each_other():
    assert places("x = 007 + 08\ny = (a < b < c) as d\nz = = 1\n") == [
        ("E0109", 1),
        ("E0109", 1),
        ("E0119", 2),
        ("E0117", 2),
        ("E0123", 3),
    ]
