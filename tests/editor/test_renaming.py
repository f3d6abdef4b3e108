"""A name is changed wherever it is used, and nowhere else."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gradc.compiler import compile_source
from gradc.editor.project import Document, Project
from gradc.editor.renaming import Edit, NotRenamed, rename
from gradc.source import Source
from tests.editor.marked import MARK, marked, written
from tests.seldom import seldom

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))


def applied(document: Document, edits: list[Edit]) -> str:
    text = document.source.text
    for edit in sorted(edits, key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def changed(text: str, name: str) -> str:
    """The text with the name at the mark changed."""
    document, offset = marked(text)
    edits: Mapping[Document, list[Edit]] = rename(document, offset, name)
    assert set(edits) <= {document}
    return applied(document, edits[document])


CASES = {
    "a value": (
        "param w: [2]\n‸z = w * 2  # z\nu = z @ z + sum(z)\noutput z\nloss J = u\n",
        "param w: [2]\nnew = w * 2  # z\nu = new @ new + sum(new)\noutput new\nloss J = u\n",
    ),
    "an instance behind a loss": (
        "from nn import Dense\ninput x: [2, 3]\n"
        "loss J = sum(Dense(x, 3) as ‸a) wrt a\nloss K = J wrt a.W\n",
        "from nn import Dense\ninput x: [2, 3]\n"
        "loss J = sum(Dense(x, 3) as new) wrt new\nloss K = J wrt new.W\n",
    ),
    "a parameter in wrt": (
        "param w\nparam v\nwrt v, ‸w\nloss J = w * v\n",
        "param new\nparam v\nwrt v, new\nloss J = new * v\n",
    ),
    "an argument": (
        "param x\nfn f(‸x, y = 2) {\n    z = x * y\n    return z + x\n}\nloss J = f(x=x)\n",
        "param x\nfn f(new, y = 2) {\n    z = new * y\n    return z + new\n}\nloss J = f(new=x)\n",
    ),
    "what is outside of a function": (
        "param ‸x\nfn f(x) = x * x\nloss J = f(x)\n",
        "param new\nfn f(x) = x * x\nloss J = f(new)\n",
    ),
    "an argument of a function with a rule": (
        "param w\nfn f(‸x) = x * x\nvjp f(x) -> y; dy {\n    dx = 2 * x * dy\n}\nloss J = f(w)\n",
        "param w\nfn f(new) = new * new\nvjp f(new) -> y; dy {\n    dnew = 2 * new * dy\n}\n"
        "loss J = f(w)\n",
    ),
    "a function": (
        "param w\nfn ‸f(x) = x * x\nvjp f(x) -> y; dy { dx = 2 * x * dy }\nloss J = f(f(w))\n",
        "param w\nfn new(x) = x * x\nvjp new(x) -> y; dy { dx = 2 * x * dy }\n"
        "loss J = new(new(w))\n",
    ),
    "what is carried": (
        "input x: [3]\nparam w\nscan ‸h = w over t in x { next h = h * t }\nloss J = h\n",
        "input x: [3]\nparam w\nscan new = w over t in x { next new = new * t }\nloss J = new\n",
    ),
    "a name of a body": (
        "input x: [3]\nparam w\nz = w\n"
        "scan h = w over t in x {\n    ‸s = t * z\n    next h = h * s\n}\nloss J = h\n",
        "input x: [3]\nparam w\nz = w\n"
        "scan h = w over t in x {\n    new = t * z\n    next h = h * new\n}\nloss J = h\n",
    ),
    "what a scan walks along": (
        "input t: [3]\nparam w\nscan h = w over ‸s in t { next h = h * s }\nloss J = h\n",
        "input t: [3]\nparam w\nscan h = w over new in t { next h = h * new }\nloss J = h\n",
    ),
    "what a scan collects": (
        "input x: [3]\nparam w\nscan h = w over t in x {\n    next h = h * t\n"
        "    output ys = next h\n}\nloss J = sum(‸ys)\n",
        "input x: [3]\nparam w\nscan h = w over t in x {\n    next h = h * t\n"
        "    output new = next h\n}\nloss J = sum(new)\n",
    ),
    "an instance": (
        "from nn import Dense\ninput x: [2, 3]\n‸a = Dense(x, 3)\nb = a(a)\n"
        "loss J = sum(b) + sum(a.W)\nwrt a.W\n",
        "from nn import Dense\ninput x: [2, 3]\nnew = Dense(x, 3)\nb = new(new)\n"
        "loss J = sum(b) + sum(new.W)\nwrt new.W\n",
    ),
    "an instance after as": (
        "from nn import Dense\ninput x: [2, 3]\nloss J = sum(Dense(x, 3) as ‸a)\nwrt a.W\n",
        "from nn import Dense\ninput x: [2, 3]\nloss J = sum(Dense(x, 3) as new)\nwrt new.W\n",
    ),
    "a parameter of a layer": (
        "layer L(x) {\n    param ‸V = 2\n    return x * V\n}\ninput x\nl = L(x)\n"
        "loss J = l + l.V\n",
        "layer L(x) {\n    param new = 2\n    return x * new\n}\ninput x\nl = L(x)\n"
        "loss J = l + l.new\n",
    ),
    "a dimension": (
        "dim ‸B\ninput x: f32[B, 2]\ninput u: [2 * B]\nfn f(x: [B, K]) -> [K, B] = x.T\n"
        "loss J = sum(f(x)) / B + sum(u)\n",
        "dim new\ninput x: f32[new, 2]\ninput u: [2 * new]\nfn f(x: [new, K]) -> [K, new] = x.T\n"
        "loss J = sum(f(x)) / new + sum(u)\n",
    ),
    "a pattern's own dimension": (
        "dim B\ninput x: [B, 2]\nfn f(x: [B, ‸K]) -> [K, B] = x.T / K\nloss J = sum(f(x))\n",
        "dim B\ninput x: [B, 2]\nfn f(x: [B, new]) -> [new, B] = x.T / new\nloss J = sum(f(x))\n",
    ),
    "state": (
        "param w\nstate ‸s = 0\nupdate s = s + w\nloss J = s * w\n",
        "param w\nstate new = 0\nupdate new = new + w\nloss J = new * w\n",
    ),
    "a name under another one": (
        "from nn import Dense as ‸D\ninput x: [2, 3]\na = D(x, 3)\nloss J = sum(a)\n",
        "from nn import Dense as new\ninput x: [2, 3]\na = new(x, 3)\nloss J = sum(a)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_every_use_is_changed(before: str, after: str) -> None:
    compile_source(Source("before.graph", before.replace(MARK, "")))
    assert changed(before, "new") == after
    compile_source(Source("after.graph", after))


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_every_use_leads_to_all(before: str, after: str) -> None:
    """Where the new name stands, the old one may be changed from."""
    text = before.replace(MARK, "")
    document, offset = marked(before)
    place = document.index.at(offset)
    assert place is not None
    for use in document.index.uses(place.meaning):  # type: ignore[arg-type]
        start = use.span.start
        assert changed(text[:start] + MARK + text[start:], "new") == after


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("param ‸w\nloss J = w\n", "J", "`J` is bound on line 2"),
        ("param ‸w\nloss J = w\n", "loss", "`loss` is a keyword; `cost` is free"),
        ("param ‸w\nloss J = w\n", "2w", "no name"),
        ("param ‸w\nloss J = w\n", "a b", "no name"),
        ("param ‸w\nloss J = w\n", "", "no name"),
        ("param ‸w\nloss J = w\n", "ω²", "cannot stand outside"),
        ("param ‸w\nloss J = w\n", "Α", "looks like the Latin `A`"),
        ("param w\nloss J = ‸sum(w)\n", "total", "`sum` is gradc's own"),
        ("param w\nfn ‸f(x) = x\nloss J = f(w)\n", "relu", "`relu` is an operation"),
        (
            "param w\nfn f(‸x) {\n z = x\n return z\n}\nloss J = f(w)\n",
            "z",
            "`z` is bound on line 3",
        ),
        ("const c = 2\nfn f(‸x) = c * x\nparam w\nloss J = f(w)\n", "c", "`c` is bound on line 1"),
        ("dim ‸B\ninput x: [B]\nfn f(x: [K]) = x\nloss J = sum(f(x))\n", "K", "bound on line 3"),
        (
            "param w\nfn f(x) = x\nvjp f(x) -> y; dy { ‸dx = dy }\nloss J = f(w)\n",
            "a",
            "called after",
        ),
        ("param ‸w\nloss J = w\ny = (\n", "v", "mistakes of syntax"),
        ("param w\n‸\nloss J = w\n", "v", "no name here"),
        ("from nn import Dense\nparam ‸w\nloss J = w\n", "Dense", "imported already"),
    ],
)
def test_what_would_change_a_meaning_is_refused(text: str, name: str, message: str) -> None:
    with pytest.raises(NotRenamed) as refusal:
        changed(text, name)
    assert message in str(refusal.value)


def test_values_may_be_called_as_operations() -> None:
    assert changed("param ‸w\nloss J = w\n", "sum") == "param sum\nloss J = sum\n"


def test_a_name_is_changed_in_the_files_that_import_it(tmp_path: Path) -> None:
    written(
        tmp_path,
        layers="fn twice(x) = 2 * x\nfn four(x) = twice(twice(x))\n",
        bare='from "layers.graph" import twice, four as f\nparam w\nloss J = twice(x=w) + f(w)\n',
        other='import "layers.graph" as l\nparam twice\nloss J = l.twice(twice)\n',
        apart="param twice\nloss J = twice\n",
    )
    project = Project()
    project.folders = [tmp_path]
    name = str(tmp_path / "bare.graph")
    text = (tmp_path / "bare.graph").read_text(encoding="utf-8")
    document, offset = marked(text.replace("= twice", "= ‸twice"), name, project)
    edits = {
        Path(d.name).stem: applied(d, e) for d, e in rename(document, offset, "double").items()
    }
    assert edits == {
        "layers": "fn double(x) = 2 * x\nfn four(x) = double(double(x))\n",
        "bare": 'from "layers.graph" import double, four as f\nparam w\n'
        "loss J = double(x=w) + f(w)\n",
        "other": 'import "layers.graph" as l\nparam twice\nloss J = l.double(twice)\n',
    }


@pytest.mark.parametrize(
    "path", seldom(EXAMPLES, lambda path: EXAMPLES.index(path) % 3 > 0), ids=lambda p: p.stem
)
def test_examples_compile_after_every_name_was_changed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    project = Project()
    project.put(str(path), text)
    document = project.document(str(path))
    symbols = {p.meaning for p in document.index.places if p.binds}
    assert symbols
    for number, symbol in enumerate(symbols):
        edits = rename(document, symbol.span.start, f"new{number}")  # type: ignore[union-attr]
        renamed = applied(document, edits[document])
        compile_source(Source(str(path), renamed))
