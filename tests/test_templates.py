"""Templates are text with holes: what they show is computed before."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from gradc import resources
from gradc.targets import render

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.is_file() and path.suffix != ".json"
)

PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr)
BLOCKS = (nodes.For, nodes.If, nodes.Include)


def forbidden(source: str) -> list[str]:
    """What a template holds beyond text, `{{ a.b }}`, `for`, `if name` and `include`."""
    found = []
    tree = jinja2.Environment().parse(source)
    conditions = [node.test for node in tree.find_all(nodes.If)]
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            continue  # the name of an included template
        if isinstance(node, nodes.Not) and any(node is test for test in conditions):
            continue  # `if not name`
        if not isinstance(node, (*PLAIN, *BLOCKS)):
            found.append(type(node).__name__)
        elif isinstance(node, nodes.If):
            condition = node.test.node if isinstance(node.test, nodes.Not) else node.test
            if node.elif_ or not isinstance(condition, nodes.Name | nodes.Getattr):
                found.append("a condition that computes")
        elif isinstance(node, nodes.For) and (node.test or node.recursive or node.else_):
            found.append("a loop that computes")
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_a_template_computes_nothing(path: Path) -> None:
    assert forbidden(path.read_text()) == []


def test_no_template_is_a_program() -> None:
    assert [path.name for path in TEMPLATES if path.suffix == ".js"] == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.b() }}",
        "{{ a | upper }}",
        "{{ a + b }}",
        "{{ not a }}",
        "{{ a[0] }}",
        "{{ 'a' if b else c }}",
        "{% set a = b %}",
        "{% if a == b %}{% endif %}",
        "{% if a and b %}{% endif %}",
        "{% for a in b if a %}{% endfor %}",
        "{% for a in b %}x{% else %}y{% endfor %}",
        "{% macro a() %}{% endmacro %}",
        "{% if a %}{% elif b %}{% endif %}",
    ],
)
def test_a_template_that_computes_is_found(source: str) -> None:
    assert forbidden(source) != []


def test_a_template_that_computes_nothing_passes() -> None:
    source = "{% for a in b.c %}{{ a }}{% if a.d %}x{% endif %}{% endfor %}{% include 'e' %}"
    assert forbidden(source) == []


# --- their pieces ----------------------------------------------------------------------------

TEMPLATE = """\
{% if view.doc %}
{{ view.doc }}
{% else %}
none
{% endif %}
{% for field in view.fields %}
{{ field.name }}{% if not field.comment %}, bare{% endif %}:{% for line in field.lines %} {{ line }}
{% endfor %}

{% endfor %}
{{ view.doc }} {# nothing #} end
"""


def view(doc: str) -> Any:
    fields = [
        SimpleNamespace(name="a", comment="", lines=["1", "2"]),
        SimpleNamespace(name="b", comment="of it", lines=[]),
    ]
    return SimpleNamespace(doc=doc, fields=fields)


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A file of pieces that is the one to read; `text` is that of the template `t`."""
    texts = {"templates/t": TEMPLATE}
    found = resources.text, resources.path
    monkeypatch.setattr(resources, "text", lambda name: texts.get(name) or found[0](name))
    file = tmp_path / "pieces.json"
    file.write_bytes(render.written())
    here = {render.FILE: file}
    monkeypatch.setattr(resources, "path", lambda name: here.get(name) or found[1](name))
    render._pieces.cache_clear()
    yield file
    render._pieces.cache_clear()


@pytest.mark.parametrize("doc", ["words", ""])
def test_pieces_are_written_as_jinja_writes_them(saved: Path, doc: str) -> None:
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    expected = environment.from_string(TEMPLATE).render(view=view(doc))
    assert render.render("t", view(doc)) == expected


def test_what_a_view_does_not_have_is_no_blank(saved: Path) -> None:
    with pytest.raises(AttributeError):
        render.render("t", SimpleNamespace(doc="a"))


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff", b'{"t": []}'])
def test_saved_pieces_that_do_not_fit_are_left_alone(saved: Path, content: bytes | None) -> None:
    if content is None:
        saved.unlink()
    else:
        saved.write_bytes(content)
    assert render.render("t", view("words")).startswith("words\n")


def test_pieces_of_another_text_are_left_alone(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "html/rows.html.jinja"
    entry = {"of": "0" * 64, "pieces": [["text", "stale"]]}
    saved.write_bytes(json.dumps({name: entry}).encode())
    assert render.render(name, SimpleNamespace(rows=[])) == ""


def test_the_pieces_of_all_templates_are_saved(saved: Path) -> None:
    names = {p.relative_to(ROOT / "templates").as_posix() for p in TEMPLATES}
    names = {name for name in names if name.endswith(".jinja")}
    assert set(json.loads(saved.read_bytes())) == names
    for name in names:
        digest = render._digest(resources.text(f"templates/{name}"))
        assert render._saved(name, digest) == render._pieces(name)


def test_jinja_is_imported_only_where_pieces_are_made(saved: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from gradc import resources; found = resources.path\n"
        f"resources.path = lambda n: Path({str(saved)!r}) if n == {render.FILE!r} else found(n)\n"
        "from gradc.compiler import compile_source; from gradc.source import Source\n"
        "compile_source(Source('f', 'param w = 3\\nloss J = w**2\\n'))\n"
        "print('jinja2' in sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=True
    )
    assert done.stdout == b"False\n"
