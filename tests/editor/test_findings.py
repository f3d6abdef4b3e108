"""Diagnostics while one types, and where names come from."""

from pathlib import Path

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.editor.completion import completions
from gradc.editor.findings import Finding, findings
from gradc.editor.hover import hover
from gradc.editor.links import definition
from gradc.editor.outline import outline, tokens
from gradc.editor.project import Project
from gradc.source import Source
from tests.editor.marked import marked, written

ROOT = Path(__file__).parent.parent.parent
ERRORS = sorted((ROOT / "tests" / "errors").glob("*.graph"))


def found(text: str, name: str = "net.graph", project: Project | None = None) -> list[Finding]:
    project = project or Project()
    project.put(name, text)
    return findings(project.document(name))


def test_a_mistake_stands_where_it_is_with_what_helps() -> None:
    (finding,) = found("param w\nloss J = sofmax(w)\n")
    assert (finding.code, finding.is_error, finding.span.text) == ("E0203", True, "sofmax")
    assert finding.message.endswith("\nhelp: did you mean `softmax`?")


def test_other_places_are_related() -> None:
    (finding,) = found("param w\nparam w\nloss J = w\n")
    ((span, text),) = finding.related
    assert (span.line, text) == (1, "first bound here")


def test_a_mistake_in_a_body_stands_at_the_call_with_the_body_related() -> None:
    text = "fn f(x) {\n    y = x @ x\n    return y\n}\nparam w: [2, 3]\nloss J = sum(f(w))\n"
    (finding,) = found(text)
    assert (finding.span.line, finding.related[0][1]) == (6, "in f: f64[2, 3]")
    assert {span.line for span, _ in finding.related} == {2}


def test_what_is_missing_because_of_a_mistake_is_no_mistake() -> None:
    (finding,) = found("param w\nz = (w * 2\nloss J = z\n")
    assert finding.code.startswith("E01")


def test_warnings_are_no_errors() -> None:
    (finding,) = found("param w\nz = w * 2\nloss J = w\n")
    assert (finding.code, finding.is_error, finding.is_unused) == ("W901", False, True)


def test_a_file_of_functions_lacks_nothing() -> None:
    assert found("fn f(x) = 2 * x\n") == []
    assert [f.code for f in found("param w\n")] == ["E0211"]


def test_what_is_silenced_is_not_shown() -> None:
    silent = Project(silence=lambda diagnostics, name: [d for d in diagnostics if d.is_error])
    assert found("param w\nz = w * 2\nloss J = w\n", project=silent) == []


@pytest.mark.parametrize(
    "text", ["", "\n", "é", "param w = 2 × 3\n", "\ud800", "x = 1\r\r", '"', "{"]
)
def test_odd_texts_are_no_trouble(text: str) -> None:
    project = Project()
    project.put("net.graph", text)
    document = project.document("net.graph")
    for finding in findings(document):
        assert 0 <= finding.span.start <= finding.span.end <= len(document.source.text)
    outline(document)
    tokens(document)


@pytest.mark.parametrize("name", ["square", "linear_unit", "convnet", "lennard_jones"])
def test_every_beginning_of_a_text_is_read(name: str) -> None:
    path = ROOT / "examples" / name / f"{name}.graph"
    text = path.read_text(encoding="utf-8")
    project = Project()
    for end in range(len(text) + 1):
        project.put(str(path), text[:end])
        document = project.document(str(path))
        found = findings(document)
        assert all(0 <= f.span.start <= f.span.end for f in found)
        completions(document, end)
        hover(document, max(end - 1, 0))
    assert found == []


def test_names_are_known_in_spite_of_odd_characters() -> None:
    text = "param w = 2 × 3\nloss J = w\n"
    document, _ = marked(text + "‸")
    assert [f.code for f in findings(document)] == ["E0105"]
    assert [e.name for e in outline(document)] == ["J"]


@pytest.mark.parametrize("case", ERRORS, ids=lambda p: p.stem)
def test_the_editor_says_what_check_says(case: Path) -> None:
    """But for what comes of options, and of bytes that no editor would send."""
    data = case.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        pytest.skip("it is not UTF-8")
    if text.startswith("# options") or "\ufeff" in text:
        pytest.skip("it has options")
    expected: tuple[Diagnostic, ...]
    normal = text.replace("\r\n", "\n")
    try:
        expected = compile_source(Source(str(case), normal)).warnings
    except DiagnosticError as failure:
        expected = failure.diagnostics
    codes = {f.code for f in found(text, str(case))}
    if not codes:
        assert "E0211" in {d.code for d in expected} or not expected
    elif not any(code in ("E0101", "E0102", "E0103", "E0104", "E0105", "E0106") for code in codes):
        assert codes == {d.code for d in expected}


# --- imports ---


def test_mistakes_in_imported_files_stand_at_the_import(tmp_path: Path) -> None:
    written(tmp_path, layers="fn f(x) = 2 *\n")
    name = str(tmp_path / "net.graph")
    (finding,) = found('import "layers.graph" as l\nparam w\nloss J = l.f(w)\n', name)
    assert finding.span.text == '"layers.graph"'
    assert "layers.graph" in finding.message
    assert Path(finding.related[0][0].source.name).name == "layers.graph"


def test_an_open_file_counts_as_it_is_in_the_editor(tmp_path: Path) -> None:
    written(tmp_path, layers="fn f(x) = 2 *\n")
    project = Project()
    project.put(str(tmp_path / "layers.graph"), "fn f(x) = 2 * x\n")
    text = 'import "layers.graph" as l\nparam w\nloss J = l.f(w)\n'
    assert found(text, str(tmp_path / "net.graph"), project) == []
    project.put(str(tmp_path / "layers.graph"), "fn g(x) = 2 * x\n")
    assert [f.code for f in found(text, str(tmp_path / "net.graph"), project)] == ["E0203"]


# --- definitions ---


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("param w\nloss J = ‸w\n", 1, "w"),
        ("param w\nfn f(x) = x\nloss J = ‸f(w)\n", 2, "f"),
        ("param w\nfn f(x) = ‸x\nloss J = f(w)\n", 2, "x"),
        ("param w\nfn f(x) = x\nloss J = f(‸x=w)\n", 2, "x"),
        ("param w\nscan h = w times 3 { next ‸h = h * w }\nloss J = h\n", 2, "h"),
        ("layer L(x) {\n param V\n return x * V\n}\ninput x\nl = L(x)\nloss J = l.‸V\n", 2, "V"),
    ],
)
def test_names_lead_to_where_they_are_bound(text: str, line: int, word: str) -> None:
    span = definition(*marked(text))
    assert span is not None
    assert (span.line, span.text) == (line, word)


def test_imports_lead_to_their_files(tmp_path: Path) -> None:
    written(tmp_path, layers="const six = 6\nfn f(x) = 2 * x\n")
    name = str(tmp_path / "net.graph")
    text = 'import "lay‸ers.graph" as l\nfrom "layers.graph" import f as g\nparam w\nloss J = w\n'
    span = definition(*marked(text, name))
    assert span is not None
    assert (Path(span.source.name).name, span.start) == ("layers.graph", 0)
    bare = text.replace("‸", "")
    for mark in ("import ‸f as", "as ‸g"):
        span = definition(*marked(bare.replace(mark.replace("‸", ""), mark), name))
        assert span is not None
        assert (span.line, span.text) == (2, "f")
    used = bare.replace("J = w", "J = l.‸f(w)")
    span = definition(*marked(used, name))
    assert span is not None
    assert span.text == "f"


def test_the_library_has_no_place() -> None:
    assert definition(*marked("param w\nloss J = ‸exp(w)\n")) is None
    assert definition(*marked("from nn import ‸Dense\nparam w\nloss J = w\n")) is None


def test_circles_of_imports_end(tmp_path: Path) -> None:
    written(tmp_path, a='import "b.graph" as b\nfn f(x) = x\n', b='import "a.graph" as a\n')
    text = (tmp_path / "a.graph").read_text(encoding="utf-8")
    assert [f.code for f in found(text, str(tmp_path / "a.graph"))] == ["E0204"]
    document, _ = marked(text + "‸", str(tmp_path / "a.graph"))
    assert document.index.places


# --- outlines ---


def test_the_outline_has_what_a_file_binds() -> None:
    text = (
        "dim B\ninput x: [B]\nfn f(v) {\n    u = v\n    return u\n}\n"
        "scan h = x times 2 { next h = f(h) }\nloss J = sum(h)\n"
    )
    entries = outline(marked(text + "‸")[0])
    assert [(e.name, e.kind, e.detail) for e in entries] == [
        ("B", "dim", ""),
        ("x", "input", "f64[B]"),
        ("f", "fn", "fn f(v)"),
        ("h", "carried", "f64[B]"),
        ("J", "value", "f64"),
    ]
    assert [e.name for e in entries[2].children] == ["v", "u"]
    for entry in entries:
        assert entry.span.start <= entry.name_span.start <= entry.name_span.end <= entry.span.end


def test_names_have_colours_by_their_meaning() -> None:
    found = tokens(marked("param w\nfn f(x) = relu(x)\nloss J = f(w) * pi‸\n")[0])
    assert [(t.span.text, t.kind, t.modifiers) for t in found] == [
        ("w", "property", ("declaration",)),
        ("f", "function", ("declaration",)),
        ("x", "parameter", ("declaration",)),
        ("relu", "function", ("defaultLibrary",)),
        ("x", "parameter", ()),
        ("J", "variable", ("declaration",)),
        ("f", "function", ()),
        ("w", "property", ()),
        ("pi", "enumMember", ("readonly", "defaultLibrary")),
    ]
