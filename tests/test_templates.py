"""Templates are text with holes: what they show is computed before."""

from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())

PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr)
BLOCKS = (nodes.For, nodes.If, nodes.Include)


def forbidden(source: str) -> list[str]:
    """What a template holds beyond text, `{{ a.b }}`, `for`, `if name` and `include`."""
    found = []
    for node in jinja2.Environment().parse(source).find_all(nodes.Node):
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            continue  # the name of an included template
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
