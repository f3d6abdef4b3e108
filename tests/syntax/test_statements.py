"""Every form of declaration and statement that the language page lists."""

from pathlib import Path

import pytest
from sexpr import sexpr, statement, statements

from gradc.syntax import tree
from gradc.syntax.parser import parse, read_text

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(ROOT.glob("tests/programs/*.graph")) + sorted(ROOT.glob("examples/*/*.graph"))


def names(identifiers) -> list[str]:
    return [identifier.name for identifier in identifiers]


def test_dim():
    free = statement("dim B, T")
    assert [(n.name, v) for n, v in free.items] == [("B", None), ("T", None)]
    fixed = statement("dim D = 784, H = D // 2, N")
    assert [(n.name, sexpr(v)) for n, v in fixed.items] == [
        ("D", "784"),
        ("H", "(// D 2)"),
        ("N", "_"),
    ]
    assert fixed.span.text == "dim D = 784, H = D // 2, N"


@pytest.mark.parametrize("dtype", ["f32", "f64", "i32", "i64", "bool"])
def test_dtype(dtype):
    assert statement(f"dtype {dtype}").dtype == dtype


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("input x", None, None),
        ("input x: f32[B, D]", "f32[B D]", None),
        ("input x: f32", "f32", None),
        ("input x: [B, 2*H + 1]", "[B (+ (* 2 H) 1)]", None),
        ("input x: []", "[]", None),
        ("input x: [..., D]", "[... D]", None),
        ("input x = -2", None, "(- 2)"),
        ("input x: [n] = [1, 2]", "[n]", "[1 2]"),
    ],
)
def test_input(text, type_, value):
    node = statement(text)
    assert isinstance(node, tree.InputDecl)
    assert node.name.name == "x"
    assert (node.type and sexpr(node.type), node.value and sexpr(node.value)) == (type_, value)


@pytest.mark.parametrize(
    ("text", "type_", "initialiser", "value"),
    [
        ("param W: [D, H] ~ he_normal", "[D H]", "he_normal", None),
        ("param W: [D] ~ normal(0.02)", "[D]", "(call normal 0.02)", None),
        ("param w = 2", None, None, "2"),
        ("param b: [H] = 0", "[H]", None, "0"),
        ("param W: [D, H]", "[D H]", None, None),
    ],
)
def test_param(text, type_, initialiser, value):
    node = statement(text)
    shown = [part and sexpr(part) for part in (node.type, node.initialiser, node.value)]
    assert shown == [type_, initialiser, value]


def test_const_and_state():
    const = statement("const K: f32[2, 2] = [[1, 2],\n  [3, 4]]")
    assert (sexpr(const.type), sexpr(const.value)) == ("f32[2 2]", "[[1 2] [3 4]]")
    assert sexpr(statement("const eps = 1e-5").value) == "1e-5"
    state = statement("state running_mean: [C] = 0")
    assert (state.name.name, sexpr(state.type), sexpr(state.value)) == ("running_mean", "[C]", "0")


def test_output_and_loss():
    assign = statement("output p = softmax(z)")
    assert (assign.role, names(t.name for t in assign.targets)) == ("output", ["p"])
    mark = statement("output p, q")
    assert isinstance(mark, tree.Mark)
    assert (mark.role, names(mark.names)) == ("output", ["p", "q"])
    assert statement("loss J = a").role == "loss"
    assert isinstance(statement("loss J"), tree.Mark)


def test_wrt_and_update():
    assert names(statement("wrt x, w, hidden.W, a.b.c").paths) == ["x", "w", "hidden.W", "a.b.c"]
    update = statement("update m = where(training, a, m)")
    assert (update.name.name, sexpr(update.value)) == ("m", "(call where training a m)")


def test_assignments():
    node = statement("q: f32[B], k, _ = split(h, 3, axis=-1)")
    assert [sexpr(target) for target in node.targets] == ["q:f32[B]", "k", "_"]
    assert node.span.text == "q: f32[B], k, _ = split(h, 3, axis=-1)"
    assert sexpr(statement("h: f32[B, H] = relu(z)").targets[0]) == "h:f32[B H]"


def test_functions():
    short = statement("fn gelu(x) = 0.5 * x")
    assert (short.role, sexpr(short.parameters[0]), short.results) == ("fn", "x", None)
    assert isinstance(short.body[0], tree.Return)
    long = statement(
        "fn f(x: [..., D], eps = 1e-5, y: i64 = 2,) -> [..., D], f32 {\n return x, y\n}"
    )
    assert [sexpr(p) for p in long.parameters] == ["x:[... D]", "eps=1e-5", "y:i64=2"]
    assert [sexpr(r) for r in long.results] == ["[... D]", "f32"]
    assert [sexpr(v) for v in long.body[0].values] == ["x", "y"]
    assert statement("fn f() { return 1 }").parameters == ()


def test_layers():
    layer = statement(
        "layer Dense(x, units) {\n"
        "    param W: [x.shape[-1], units] ~ glorot_uniform\n\n"
        "    param b: [units] = 0 # c\n"
        "    return x @ W + b\n"
        "}"
    )
    assert (layer.role, layer.name.name) == ("layer", "Dense")
    assert [type(s) for s in layer.body] == [tree.ParamDecl, tree.ParamDecl, tree.Return]
    named = statement("h1, c1 = LSTMCell(x, h0, c0) as cell")
    assert named.value.instance.name == "cell"


def test_derivatives():
    vjp = statement("vjp f(x, y) -> p, q; dp, dq {\n    dx = dp\n    dy = none\n}")
    assert vjp.name.name == "f"
    assert names(vjp.parameters) == ["x", "y"]
    assert names(vjp.results) == ["p", "q"]
    assert names(vjp.cotangents) == ["dp", "dq"]
    assert len(vjp.body) == 2


def test_imports():
    node = statement('import "layers.graph" as layers')
    assert (node.path.value, node.alias.name) == ("layers.graph", "layers")
    node = statement('from "layers.graph" import Dense, relu6 as clamp')
    assert node.path.value == "layers.graph"
    assert [(a.name, b.name) for a, b in node.names] == [("Dense", "Dense"), ("relu6", "clamp")]
    node = statement("from nn import Dense")
    assert isinstance(node.path, tree.Name)
    assert node.path.name == "nn"


def test_scans():
    scan = statement(
        "scan h, c = h0, g(c0) over x_t in x, m_t in mask axis 1 {\n"
        "    next h, c = LSTMCell(x_t, h, c) as cell\n"
        "    output ys = next h axis 1\n"
        "}"
    )
    assert names(scan.carried) == ["h", "c"]
    assert [sexpr(v) for v in scan.initial] == ["h0", "(call g c0)"]
    over = [(o.target.name, sexpr(o.sequence), sexpr(o.axis)) for o in scan.over]
    assert over == [("x_t", "x", "_"), ("m_t", "mask", "1")]
    assert (scan.times, scan.unshared) == (None, False)
    step, collected = scan.body
    assert (step.role, [sexpr(t) for t in step.targets]) == ("next", ["h", "c"])
    assert step.value.instance.name == "cell"
    assert (collected.role, sexpr(collected.value), sexpr(collected.axis)) == (
        "output",
        "(next h)",
        "1",
    )


def test_a_counted_scan_on_one_line():
    scan = statement("scan h = x times 12 unshared { next h = Block(h, 4) as block }")
    assert (sexpr(scan.times), scan.unshared, scan.over) == ("12", True, ())


def test_in_and_axis_are_names_outside_the_head_of_a_scan():
    scan = statement("scan in = axis over axis in f(in, axis=1)[axis] axis in { next in = axis }")
    assert names(scan.carried) == ["in"]
    assert sexpr(scan.over[0].sequence) == "(index (call f in axis=1) axis)"
    assert sexpr(scan.over[0].axis) == "in"


def test_blocks_may_hold_their_statements_anywhere_between_the_braces():
    compact = statement("fn f(x) { y = x\n return y }")
    spread = statement("fn f(x) {\n\n y = x\n\n # c\n return y\n\n}")
    assert [type(s) for s in compact.body] == [type(s) for s in spread.body]


# --- operation libraries ---------------------------------------------------------------------


def test_an_operation():
    op = statement(
        "op sum(x, axis: axes = none, keepdims: flag = false) -> y: reduced(x, axis) {\n"
        "    vjp {\n"
        "        kept = reshape(dy, kept_sizes(x, axis))\n"
        "        dx = broadcast_to(kept, x.shape)\n"
        "    }\n"
        '    numpy ufunc "np.sum" 2 none\n'
        "    analytic\n"
        "    none\n"
        "}",
        "library",
    )
    assert [sexpr(p) for p in op.parameters] == ["x", "axis:axes=None", "keepdims:flag=False"]
    assert [(r.name.name, sexpr(r.type)) for r in op.results] == [("y", "(call reduced x axis)")]
    assert [t.name.name for rule in op.rules for t in rule.targets] == ["kept", "dx"]
    assert [(c.word, c.items) for c in op.clauses] == [
        ("numpy", ("ufunc", "np.sum", "2", "none")),
        ("analytic", ()),
        ("none", ()),
    ]


def test_an_operation_may_have_a_parameter_called_dtype():
    op = statement("op eye(n: size, dtype: dtype = none) -> y: f(n, dtype) { a }", "library")
    assert [sexpr(p) for p in op.parameters] == ["n:size", "dtype:dtype=None"]
    assert sexpr(op.results[0].type) == "(call f n dtype)"


def test_an_operation_with_several_results_and_rules():
    op = statement(
        "op qr(x) -> q: f(x), r: g(x) {\n vjp dx = none\n vjp a, b = h(dq)\n}", "library"
    )
    assert [r.name.name for r in op.results] == ["q", "r"]
    assert [len(rule.targets) for rule in op.rules] == [1, 2]


def test_examples():
    example = statement("example take(x: [4, 3] in (-3, 3), i: i64[5], axis = 0)", "library")
    x, i, axis = example.args
    assert (sexpr(x.type), sexpr(x.low), sexpr(x.high), x.value) == ("[4 3]", "(- 3)", "3", None)
    assert (sexpr(i.type), i.low, i.value) == ("i64[5]", None, None)
    assert (axis.name.name, axis.type, sexpr(axis.value)) == ("axis", None, "0")


def test_a_library_holds_the_statements_of_a_graph_too():
    kinds = [type(s) for s in statements("fn f(x) = x\nop g(x) -> y: h(x) { a }", "library")]
    assert kinds == [tree.FnDef, tree.OpDef]


# --- whole files -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs(path):
    module = parse(read_text(path.name, path.read_bytes()))
    assert module.doc
    roles = [s.role for s in module.statements if isinstance(s, tree.Assign | tree.Mark)]
    assert {"output", "loss"} & set(roles)


@pytest.mark.parametrize("path", sorted(ROOT.glob("gradc/library/*.graph")), ids=lambda p: p.stem)
def test_the_library(path):
    source = read_text(path.name, path.read_bytes())
    assert len(parse(source, "library").statements) >= source.text.count("\nop ")
