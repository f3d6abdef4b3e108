"""The chapter "Text": bytes, characters, names, comments and documentation."""

import unicodedata

import pytest
from sexpr import statement, value

from gradc.diagnostics import DiagnosticError
from gradc.syntax.parser import parse, read_text


def codes(data: bytes) -> list[tuple[str, int, int]]:
    with pytest.raises(DiagnosticError) as caught:
        read_text("test.graph", data)
    return [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics]


def test_crlf_becomes_lf_and_a_bom_is_skipped():
    assert read_text("n", b"\xef\xbb\xbfx = 1\r\ny = 2\r\n").text == "x = 1\ny = 2\n"


def test_a_second_bom_is_a_foreign_character():
    assert codes("\ufeff\ufeffx = 1".encode()) == [("E0105", 1, 1)]


def test_invalid_bytes_have_a_place_each():
    assert codes(b"x = 1 # \xff\n\xfe\n") == [("E0101", 1, 9), ("E0101", 2, 1)]


def test_what_a_diagnostic_quotes_can_be_printed():
    with pytest.raises(DiagnosticError) as caught:
        read_text("n", b"x = \xff\x1b[2J")
    caught.value.diagnostics[0].span.source.text.encode()
    assert "\x1b" not in caught.value.diagnostics[0].span.source.text


@pytest.mark.parametrize("where", ["x = 1 # {}", 'x = f("{}")', "x = 1{} + 2"])
@pytest.mark.parametrize(
    ("characters", "code"),
    [
        ("\x00\x01\x07\x08\x0b\x0c\x1b\x7f\x80\x9f", "E0102"),
        ("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "E0103"),
        ("\r\x85\u2028\u2029", "E0104"),
    ],
)
def test_characters_that_are_illegal_anywhere(where, characters, code):
    for c in characters:
        text = where.format(c)
        assert codes(text.encode()) == [(code, 1, text.index(c) + 1)]


def test_tabs_and_any_other_character_in_comments_and_strings_are_fine():
    text = 'x\t=\tf("żółć ② 🐍") # — Ж ο\n'
    assert read_text("n", text.encode()).text == text


@pytest.mark.parametrize("c", list("éжx²ａ𝛼−·“\u00a0\u200b\u0301"))
def test_foreign_characters_outside_comments_and_strings(c):
    if c.isascii():
        read_text("n", f"{c} = 1".encode())
    else:
        assert codes(f"x{c} = 1".encode()) == [("E0105", 1, 2)]


def test_common_foreign_characters_have_a_replacement():
    with pytest.raises(DiagnosticError) as caught:
        read_text("n", "x = a − b".encode())
    assert caught.value.diagnostics[0].helps == ("write `-`",)


@pytest.mark.parametrize("c", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυόΆ")
def test_greek_letters_that_look_latin(c):
    assert codes(f"{c} = 1".encode()) == [("E0106", 1, 1)]
    assert codes(f"a{c} = 1".encode()) == [("E0106", 1, 2)]


@pytest.mark.parametrize("c", "αβγδεζηθικλμξπρστφχψωΓΔΘΛΞΠΣΦΨΩςϵϑϕ")
def test_other_greek_letters_are_names(c):
    text = read_text("n", f"{c}_1 = 2".encode()).text
    assert statement(text).targets[0].name.name == unicodedata.normalize("NFKC", c) + "_1"


def test_names_are_stored_as_nfkc():
    assert value("\u00b5 + \u03bc") == "(+ \u03bc \u03bc)"
    assert value("f(\u2126=1).\u03f5") == "(. (call f \u03a9=1) \u03b5)"


@pytest.mark.parametrize("name", ["lambda", "class", "np", "sum", "in", "axis", "example", "f32"])
def test_names_that_are_no_keywords_of_the_language(name):
    assert statement(f"{name} = 1").targets[0].name.name == name
    assert value(f"{name} + {name}({name}={name})") == f"(+ {name} (call {name} {name}={name}))"


def test_the_comments_are_kept_with_their_offsets():
    module = parse(read_text("n", b'# a\nx = f("#") # b\n'))
    assert module.comments == [(0, "# a"), (15, "# b")]


@pytest.mark.parametrize("text", ["", "\n", "\n\n# only a comment", "# c\n\n"])
def test_empty_files(text):
    assert parse(read_text("n", text.encode())).statements == ()


# --- documentation ---------------------------------------------------------------------------


def docs(text: str) -> tuple[str, list[str]]:
    module = parse(read_text("n", text.encode()))
    return module.doc, [getattr(s, "doc", None) for s in module.statements]


DOCUMENTED = [
    "dim B",
    "input x",
    "param w",
    "const c = 1",
    "state s",
    "fn f(x) = x",
    "layer L(x) { return x }",
    "output y = 1",
    "loss J = 1",
    "y: f32 = 1",
]


@pytest.mark.parametrize("declaration", DOCUMENTED)
def test_a_block_before_a_declaration_documents_it(declaration):
    text = f"# c\nz = 1\n## One.\n##\n## Two: ##.\n{declaration}\n"
    assert docs(text) == ("", ["", "One.\n\nTwo: ##."])


def test_a_block_documents_what_stands_in_a_body():
    layer = statement("layer L(x) {\n    ## The bias.\n    param b\n    return x\n}")
    assert [s.doc for s in layer.body[:1]] == ["The bias."]


def test_an_operation_has_documentation():
    assert statement("## Sine.\nop sin(x) -> y: f(x) { a }", "library").doc == "Sine."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## G.\n\ninput x", ("G.", [""])),
        ("## G.\n\n## X.\ninput x", ("G.", ["X."])),
        ("## G.\ndtype f32\ninput x", ("G.", [None, ""])),
        ("## G.\nfrom nn import Dense", ("G.", [None])),
        ('## G.\nimport "a.graph" as a', ("G.", [None])),
        ("## G.\ndim B", ("G.", [""])),
        ("# c\n## B.\ndim B", ("", ["B."])),
        ("## X.\ninput x", ("", ["X."])),
        ("dim B\n## G.\n\ninput x", ("G.", ["", ""])),
        ("## X.\ninput x\n## N.\n\ninput y", ("", ["X.", ""])),
        ("## X.\n# between\ninput x", ("", [""])),
        ("input x ## not alone\ninput y", ("", ["", ""])),
        ("##no blank\ninput x", ("", [""])),
        ("## G.", ("G.", [])),
    ],
)
def test_what_a_block_documents(text, expected):
    assert docs(text) == expected
