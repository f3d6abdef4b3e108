"""The canonical layout: what it looks like, and that it changes neither meaning nor itself."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sexpr import shape

from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.syntax.formatter import format_text
from gradc.syntax.parser import parse, read_text

ROOT = Path(__file__).parents[2]
GRAPHS = [
    *sorted(ROOT.glob("tests/programs/*.graph")),
    *sorted(ROOT.glob("examples/*/*.graph")),
    *sorted(ROOT.glob("gradc/library/*.graph")),
]


def formatted(text: str, start: str = "graph", **aliases: str) -> str:
    return format_text(Source("test.graph", text), aliases, start)


def check(text: str, start: str = "graph") -> str:
    """The layout of a text, after a look at its meaning and at the layout's own layout."""
    result = formatted(text, start)
    assert formatted(result, start) == result
    tree, again = (parse(Source("t", t), start) for t in (text, result))
    assert shape(again) == shape(tree)
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=1", "x = 1\n"),
        ("x  =  a+b*c - d", "x = a + b * c - d\n"),
        ("x = a ** - b", "x = a**-b\n"),
        ("x = - a - - b", "x = -a - -b\n"),
        ("x = not(a)and b", "x = not (a) and b\n"),
        ("x = a@b.T//c%d", "x = a @ b.T // c % d\n"),
        ("x = a<=b", "x = a <= b\n"),
        ("x = f( a ,k = 1 , )", "x = f(a, k=1)\n"),
        ("x = f( )", "x = f()\n"),
        ("x = f (a) [ 0 ] . T", "x = f(a)[0].T\n"),
        ("x = y[ : ,0, : : -1, a+1 : b]", "x = y[:, 0, ::-1, a + 1:b]\n"),
        ("x = y[...,newaxis]", "x = y[..., newaxis]\n"),
        ("x = [[1,2],[ 3 ]]", "x = [[1, 2], [3]]\n"),
        ("x = f(-1, not a, [-1])", "x = f(-1, not a, [-1])\n"),
        ("x:f32[B,2*H+1]=y", "x: f32[B, 2 * H + 1] = y\n"),
        ("a,b:[ ]=f(x)as g", "a, b: [] = f(x) as g\n"),
        ("param W:[D]~normal( 0.02)", "param W: [D] ~ normal(0.02)\n"),
        ("dim D=784,H = D//2", "dim D = 784, H = D // 2\n"),
        ("fn f(x:[...,D],eps=1e-5)->[...,D]=x", "fn f(x: [..., D], eps = 1e-5) -> [..., D] = x\n"),
        ("fn f(x){return x}", "fn f(x) { return x }\n"),
        ("fn f(x){\nreturn g(x,k=1)}", "fn f(x) {\n    return g(x, k=1)\n}\n"),
        ("vjp f(x)->y;dy{\ndx=dy\n}", "vjp f(x) -> y; dy {\n    dx = dy\n}\n"),
        (
            "scan h=h0 over a in(x)axis(1) times 2 unshared{next h=a}",
            "scan h = h0 over a in (x) axis (1) times 2 unshared { next h = a }\n",
        ),
        ('from "a.graph"import f,g as h', 'from "a.graph" import f, g as h\n'),
        ("wrt a . b,c", "wrt a.b, c\n"),
        ("x = 1#c", "x = 1  #c\n"),
        ("x = 1 \t# c  ", "x = 1  # c\n"),
        ("\n\n# c\n\n\n\nx = 1\n\n\n", "# c\n\nx = 1\n"),
        ("fn f(x) {\n\n  # c\n\n\n  return x\n\n}", "fn f(x) {\n    # c\n\n    return x\n}\n"),
        ("fn f(x) { # c\nreturn x\n} # d", "fn f(x) {  # c\n    return x\n}  # d\n"),
        ("x = (a +\n  b)", "x = (a + b)\n"),
        ("x = [1,\n  2]", "x = [1, 2]\n"),
        ("x = [\n  1,  2]", "x = [\n    1,\n    2,\n]\n"),
        ("x = f(a, # one\n  b)", "x = f(\n    a,  # one\n    b,\n)\n"),
        ("x = f( # one\n  a\n  # two\n )", "x = f(\n    # one\n    a,\n    # two\n)\n"),
        ("x = (a # one\n + b)", "x = (\n    a + b  # one\n)\n"),
        ("\u00b5 = 1", "\u03bc = 1\n"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_layout(text, expected):
    assert check(text) == expected


def test_blocks_in_blocks():
    text = "layer L(x) {\nscan h = x times 2 {\nscan g = h times 2 {next g = g}\nnext h = g\n} }"
    assert check(text) == (
        "layer L(x) {\n"
        "    scan h = x times 2 {\n"
        "        scan g = h times 2 { next g = g }\n"
        "        next h = g\n"
        "    }\n"
        "}\n"
    )


def test_a_library():
    text = "op f(x,axis:axes=none)->y:g(x,k=1){vjp dx=dy\n}\nexample f(x:[2]in(-1,1),axis=0)"
    assert check(text, "library") == (
        "op f(x, axis: axes = none) -> y: g(x, k=1) {\n"
        "    vjp dx = dy\n"
        "}\n"
        "example f(x: [2] in (-1, 1), axis = 0)\n"
    )


def test_lines_of_100_columns_stay_and_longer_ones_open_their_last_bracket():
    arguments = ", ".join(f"argument_{i}" for i in range(6))
    line = f"some_value = function({arguments}"
    fits = line + "x" * (99 - len(line)) + ")\n"
    assert len(fits) == 101
    assert check(fits) == fits
    opened = check(fits.replace(")", "x)"))
    assert opened.startswith("some_value = function(\n    argument_0,\n    argument_1,\n")
    assert opened.endswith(",\n)\n")


def test_long_operations_break_before_their_loosest_operators():
    terms = " + ".join(f"coefficient_{i} * x**{i}" for i in range(6))
    lines = check(f"x = ({terms})").splitlines()
    assert lines[:3] == ["x = (", "    coefficient_0 * x**0", "    + coefficient_1 * x**1"]
    assert lines[-1] == ")"


def test_a_one_line_block_that_is_too_long_is_opened():
    line = f"fn f(x) {{ return g({', '.join(['argument'] * 10)}) }}"
    assert check(line).splitlines()[0] == "fn f(x) {"


def test_aliases_become_canonical_in_calls_only():
    aliases = {"concat": "concatenate", "pow": "power"}
    assert formatted("x = concat([pow(a, 2)]) + concat", **aliases) == (
        "x = concatenate([power(a, 2)]) + concat\n"
    )
    assert formatted("x = a.concat(b) + f(pow=1)", **aliases) == "x = a.concat(b) + f(pow=1)\n"


@pytest.mark.parametrize(
    "definition",
    ["fn pow(x) = x", "layer pow(x) { return x }", "from m import pow", "a = f(x) as pow"],
)
def test_names_that_the_file_defines_are_no_aliases(definition):
    text = f"{definition}\nx = pow(a)\n"
    assert formatted(text, pow="power") == text


def test_a_text_with_mistakes_is_refused():
    with pytest.raises(DiagnosticError):
        formatted("x = = 1")


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_every_graph(path):
    text = read_text(path.name, path.read_bytes()).text
    check(text, "library" if "library" in path.parts else "graph")


# --- made-up programs ------------------------------------------------------------------------

names = st.sampled_from(["a", "x_t", "weights", "α", "in", "axis", "a_rather_long_name_of_a_value"])
numbers = st.sampled_from(["0", "2.", ".5", "1e-3", "1_000"])
operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "@", "**", "<", "==", "and", "or"])
gaps = st.sampled_from(["", " ", "  ", "\t"])
# White space inside brackets, where line breaks and comments may stand.
wide_gaps = st.sampled_from(["", "", "", " ", "\n", " # c\n  ", "\n\n  # d\n"])


@st.composite
def joined(draw, parts, left="(", right=")"):
    """Parts with commas between and white space around each."""
    items = [draw(wide_gaps) + part + draw(wide_gaps) for part in parts]
    if items and draw(st.booleans()):
        items.append(draw(wide_gaps))
    return left + ",".join(items) + right


def operations(inner):
    @st.composite
    def operation(draw):
        # Parentheses around each operand: what chains and what does not is tested elsewhere.
        parts = draw(st.lists(inner, min_size=2, max_size=5))
        space = draw(gaps)
        text = f"({draw(wide_gaps)}{parts[0]}"
        for part in parts[1:]:
            sign = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "@", "**"]))
            text += f"{space}{sign}{draw(wide_gaps)}{part}"
        return f"{text}{draw(wide_gaps)})"

    @st.composite
    def call(draw):
        args = draw(st.lists(inner, max_size=4))
        keyword = draw(st.lists(inner, max_size=1))
        args += [f"{draw(st.sampled_from(['axis', 'from', 'k']))}{draw(gaps)}={k}" for k in keyword]
        return draw(names) + draw(gaps) + draw(joined(args))

    @st.composite
    def index(draw):
        part = draw(st.sampled_from(["{}", "{}:{}", ":", "::{}", "...", "newaxis", "{}:{}:{}"]))
        items = [part.replace("{}", draw(inner)), *draw(st.lists(inner, max_size=2))]
        return draw(names) + draw(joined(items, "[", "]"))

    return st.one_of(
        operation(),
        call(),
        index(),
        st.lists(inner, max_size=4).flatmap(lambda items: joined(items, "[", "]")),
        inner.map(lambda e: f"(-{e})"),
        inner.map(lambda e: f"(not {e})"),
        inner.map(lambda e: f"({e} and not {e} < {e})"),
    )


expressions = st.recursive(names | numbers, operations, max_leaves=25)


@st.composite
def simple_statements(draw):
    value = draw(expressions)
    form = draw(
        st.sampled_from(
            ["x={}", "output y = {}", "a,b:f32[B, 2]={}", "x = f({}) as g", "param w:[2] ~ f({})"]
        )
    )
    comment = draw(st.sampled_from(["", "# c", " ## d  "]))
    return form.format(value) + comment


@st.composite
def blocks(draw, inner):
    head = draw(st.sampled_from(["fn f(x,k = 2)", "layer L(x) -> [B]", "scan h = x over a in b"]))
    body = draw(st.lists(inner, min_size=1, max_size=3))
    if len(body) == 1 and "#" not in body[0] and "\n" not in body[0] and draw(st.booleans()):
        return f"{head}{{{body[0]}}}"
    lines = [draw(st.sampled_from(["", "\n", "\n\n", "  # c\n", "## d\n"])) + b for b in body]
    return f"{head} {{\n" + "\n".join(lines) + "\n}"


programs = st.lists(
    st.recursive(simple_statements(), blocks, max_leaves=4), min_size=1, max_size=4
).map("\n".join)


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(programs)
def test_made_up_programs(text):
    check(text)
    assert all(line == line.rstrip() for line in formatted(text).splitlines())
