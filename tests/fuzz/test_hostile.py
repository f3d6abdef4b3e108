"""Text that means to break out of the module: refused, or written so that it is only text."""

import ast

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.syntax.parser import read_text

GRAPH = "param w = 2\nloss J = w * w\n"
BIDI = "\u202e\u2066"


def compiled(text, name="hostile.graph", level=1):
    return compile_source(Source(name, text), Options(level=level)).text


def loaded(text, name="hostile.graph"):
    """The module, run: whatever hostile text did would show in `ran`."""
    ran = []
    namespace = {"__name__": "hostile", "boom": lambda *_: ran.append(1)}
    module = compiled(text, name)
    exec(compile(module, "hostile.py", "exec"), namespace)
    assert not ran
    return namespace, module


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(
    "said",
    [
        '"""\nboom()\n"""',
        '""" + boom() + """',
        "\\",
        'ends in a quote"',
        "'''",
        "\\N{BULLET} \\x41 \\u0041 \\",
        "-*- coding: utf-7 -*-",
        "coding: utf-16",
        "{{ boom() }} {% raw %} {# x #}",
        "{boom()} {0} %s %(x)s",
        "$w ${w} `boom()`",
        "#!/bin/sh",
        "a very long line " * 40,
        "Ω ∑ 漢字 🙂 é",
        "type: ignore  noqa  fmt: off",
    ],
)
def test_documentation_is_only_text(said, level):
    lines = "\n".join(f"## {line}" for line in said.split("\n"))
    comment = f"# {said.splitlines()[0]}"
    text = f"{lines}\n\n{lines}\ninput x: [3]\n{lines}\n{GRAPH}{comment}\ny = sum(x)\noutput y\n"
    module = compiled(text, level=level)
    tree = ast.parse(module)
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "boom"]
    assert module == compiled(text, level=level)
    namespace = {"__name__": "hostile"}
    exec(compile(module, "hostile.py", "exec"), namespace)
    assert namespace["forward"]({"w": 3.0}, x=np.ones(3))[0].J == 9.0
    assert module.encode("utf-8").decode("utf-8") == module


@pytest.mark.parametrize(
    "name",
    [
        'x"""\nboom()\n.graph',
        "coding: utf-7.graph",
        "\\N{BULLET}.graph",
        "new\nline.graph",
        '"; boom(); ".graph',
        "{{ boom() }}.graph",
        f"{BIDI}.graph",
    ],
)
def test_a_file_name_is_only_text(name):
    namespace, _ = loaded(GRAPH, name)
    assert namespace["forward"]({"w": 3.0})[0].J == 9.0


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\rboom()\n" + GRAPH,
        "## doc\rboom()\n" + GRAPH,
        "# next\x85line\n" + GRAPH,
        "# a\u2028b\n" + GRAPH,
        "# a\u2029b\n" + GRAPH,
        f"# {BIDI}\n" + GRAPH,
        f"## {BIDI}\n\n" + GRAPH,
        "# nul\x00\n" + GRAPH,
        "# escape\x1b[31m\n" + GRAPH,
        "# form feed\f\n" + GRAPH,
        'x = foo("' + BIDI + '")\n' + GRAPH,
        "pаram w = 2\n",  # a Cyrillic letter
        "param w = 2; boom()\n",
        "import os\n",
        "param w = __import__('os')\nloss J = w\n",
        'param w = 2\nloss J = w * eval("1")\n',
        "param w = 2\nloss J = w.__class__\n",
        "param __class__ = 2\nloss J = __class__\n",
        'param w = 2\nloss J = sum(w, axis="boom()")\n',
        'param w: [2]\nloss J = einsum("i->); boom(", w)\n',
        'param w: [2]\nloss J = sum(astype(w, "f64; boom()"))\n',
        "dim __import__ = 2\nparam w: [__import__]\nloss J = sum(w)\n",
        'from "../../../etc/passwd" import boom\n' + GRAPH,
        "param w = 2\nloss J = numpy.load(w)\n",
        "param w = 2\nloss J = np.linalg.inv(w)\n",
    ],
)
def test_what_is_not_of_the_language_is_a_diagnostic(text):
    with pytest.raises(DiagnosticError):
        compile_source(read_text("hostile.graph", text.encode("utf-8")))


@pytest.mark.parametrize("character", list("\r\f\v\x00\x1b\x85\u2028\u2029\u202e\u2066"))
def test_a_source_that_nobody_checked_does_no_harm_either(character):
    said = f"said{character}boom()"
    try:
        _, module = loaded(f"## {said}\n\n## {said}\n{GRAPH}# {said}\n", f"{said}.graph")
    except DiagnosticError:
        return
    assert character not in module


@pytest.mark.parametrize(
    "name",
    "np lambda self params saved dJ class None float print exec eval type debug__x Outputs forward"
    " NamedTuple array value_and_grad λ sum e_ nan True TypedDict super object ValueError".split(),
)
def test_names_are_only_names(name):
    text = f"param {name} = 3\ninput x = 1\nloss J = {name} * {name} * x\n"
    for level in (0, 1):
        namespace = {"__name__": "hostile"}
        exec(compile(compiled(text, level=level), "hostile.py", "exec"), namespace)
        J, gradients = namespace["value_and_grad"]({name: 3.0}, x=1.0)
        assert (J, gradients) == (9.0, {name: 6.0})
        with pytest.raises(ValueError, match="missing"):
            namespace["forward"]({}, x=1.0)


def test_a_loss_may_be_called_what_the_module_uses():
    for name in ("np", "float", "saved", "params", "outputs", "lambda", "gradients", "Saved"):
        text = f"param w = 3\nloss {name} = w * w\n"
        namespace, _ = loaded(text)
        assert namespace["value_and_grad"]({"w": 3.0}) == (9.0, {"w": 6.0})


def test_weird_keys_are_refused_without_harm():
    namespace, _ = loaded(GRAPH)
    for key in ("__class__", "w\n", "", "W", 3, None, ("w",)):
        with pytest.raises((ValueError, TypeError)):
            namespace["forward"]({"w": 1.0, key: 2.0})
    with pytest.raises((ValueError, TypeError), match="w"):
        namespace["forward"]({"w": [[1.0], [1.0, 2.0]]})
    with pytest.raises((ValueError, TypeError), match="w"):
        namespace["forward"]({"w": "boom()"})
    with pytest.raises((ValueError, TypeError), match="w"):
        namespace["forward"]({"w": None})
