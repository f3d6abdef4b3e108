"""The chapter "Expressions": precedence, associativity, literals, calls and indices."""

import pytest
from sexpr import sexpr, statement, value

from gradc.syntax import tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Loosest to tightest, each against its neighbour on both sides.
        ("a or b and c", "(or a (and b c))"),
        ("a and b or c", "(or (and a b) c)"),
        ("not a and b", "(and (not a) b)"),
        ("a and not b", "(and a (not b))"),
        ("a or not b == c", "(or a (not (== b c)))"),
        ("not not a", "(not (not a))"),
        ("a < b + c", "(< a (+ b c))"),
        ("a + b < c", "(< (+ a b) c)"),
        ("a + b * c", "(+ a (* b c))"),
        ("a * b + c", "(+ (* a b) c)"),
        ("-a * b", "(* (- a) b)"),
        ("a * -b", "(* a (- b))"),
        ("a - -b", "(- a (- b))"),
        ("--a", "(- (- a))"),
        ("-x**2", "(- (** x 2))"),
        ("2**-1", "(** 2 (- 1))"),
        ("2**-x**3", "(** 2 (- (** x 3)))"),
        ("2**-x * 3", "(* (** 2 (- x)) 3)"),
        ("a**b**c", "(** a (** b c))"),
        ("a * b**c * d", "(* (* a (** b c)) d)"),
        ("-f(x).T", "(- (. (call f x) T))"),
        ("a ** f(x)[0]", "(** a (index (call f x) 0))"),
        # Left associative.
        ("a - b - c", "(- (- a b) c)"),
        ("a - b + c", "(+ (- a b) c)"),
        ("a / b * c // d % e @ f", "(@ (% (// (* (/ a b) c) d) e) f)"),
        ("a or b or c", "(or (or a b) c)"),
        ("a and b and c", "(and (and a b) c)"),
        # Parentheses.
        ("(a + b) * c", "(* (+ a b) c)"),
        ("a - (b - c)", "(- a (- b c))"),
        ("(a**b)**c", "(** (** a b) c)"),
        ("(-x)**2", "(** (- x) 2)"),
        ("(a < b) < c", "(< (< a b) c)"),
        ("a == (not b)", "(== a (not b))"),
        ("((a))", "a"),
    ],
)
def test_precedence(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons(operator):
    assert value(f"a {operator} b") == f"({operator} a b)"
    assert value(f"a{operator}b and c") == f"(and ({operator} a b) c)"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("2.", 2.0), ("1e-3", 1e-3), ("1E+3", 1e3),
        ("2.e5", 2e5), ("1_000", 1000), ("1_0.0_1", 10.01), ("0e0", 0.0),
    ],
)  # fmt: skip
def test_numbers(text, number):
    node = statement(f"x = {text}").value
    assert (node.text, node.value, type(node.value)) == (text, number, type(number))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", "True"),
        ("false", "False"),
        ("none", "None"),
        ("[1, 2, 3]", "[1 2 3]"),
        ("[[1], [2, [a]]]", "[[1] [2 [a]]]"),
        ("[]", "[]"),
        ("[1, 2,]", "[1 2]"),
        ('"a b"', "'a b'"),
        ("'it'", "'it'"),
        (r'"\"\\\n\t\'"', repr("\"\\\n\t'")),
        ('"# no comment"', "'# no comment'"),
        ("next h", "(next h)"),
        ("next h @ U", "(@ (next h) U)"),
    ],
)
def test_literals(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f()", "(call f)"),
        ("f(x, axis=1,)", "(call f x axis=1)"),
        ("f(x, from=1, in=2, axis=3, not=4)", "(call f x from=1 in=2 axis=3 not=4)"),
        ("f(not x, -y, next z)", "(call f (not x) (- y) (next z))"),
        ("layers.Dense(x)", "(call (. layers Dense) x)"),
        ("f(x)(y)", "(call (call f x) y)"),
        ("x.T.mT", "(. (. x T) mT)"),
        ("x.shape[-1]", "(index (. x shape) (- 1))"),
        ("hidden.W[0].T", "(. (index (. hidden W) 0) T)"),
        ("f([a, b])", "(call f [a b])"),
    ],
)
def test_calls_and_members(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "keyword", ["dim", "dtype", "fn", "op", "scan", "import", "as", "or", "true", "newaxis"]
)
def test_keywords_name_arguments(keyword):
    assert value(f"f({keyword}=1)") == f"(call f {keyword}=1)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x[0]", "(index x 0)"),
        ("x[i, -1]", "(index x i (- 1))"),
        ("x[:]", "(index x (: _ _ _))"),
        ("x[1:]", "(index x (: 1 _ _))"),
        ("x[:2]", "(index x (: _ 2 _))"),
        ("x[1:2]", "(index x (: 1 2 _))"),
        ("x[::2]", "(index x (: _ _ 2))"),
        ("x[1:2:3]", "(index x (: 1 2 3))"),
        ("x[1::3]", "(index x (: 1 _ 3))"),
        ("x[:2:]", "(index x (: _ 2 _))"),
        ("x[:, 0]", "(index x (: _ _ _) 0)"),
        ("x[..., ::-1]", "(index x ... (: _ _ (- 1)))"),
        ("x[newaxis, :]", "(index x newaxis (: _ _ _))"),
        ("x[n - 1:n // 2,]", "(index x (: (- n 1) (// n 2) _))"),
    ],
)
def test_indices(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(x) as g", "(call f x as g)"),
        ("(f(x) as g)", "(call f x as g)"),
        ("relu(f(x) as g)", "(call relu (call f x as g))"),
        ("relu(x=f(x) as g, y=1)", "(call relu x=(call f x as g) y=1)"),
        ("(f(x) as g) + 1", "(+ (call f x as g) 1)"),
        ("[f(x) as g, h]", "[(call f x as g) h]"),
        ("a.b(x) as g", "(call (. a b) x as g)"),
    ],
)
def test_names_of_instances(text, expected):
    assert value(text) == expected


def test_line_breaks_in_brackets_are_white_space():
    assert (
        value("f(\n  a, # one\n\n  b\n)[\n0] + (1\n + 2)") == "(+ (index (call f a b) 0) (+ 1 2))"
    )


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("a", 1),
        ("a + b + c + d", 2),
        ("a + (b + (c + d))", 6),
        ("a**b**c", 3),
        ("--a", 3),
        ("a.b.c", 3),
        ("f(x)(y)", 3),
        ("[[a]]", 3),
        ("((a))", 3),
        ("x[a + b]", 3),
        ("x[a:-b]", 4),
        ("a + -b + c", 3),
    ],
)
def test_depth_counts_all_but_the_left_spine(text, depth):
    assert statement(f"x = {text}").value.depth == depth


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("a + b * c", lambda e: e, "a + b * c"),
        ("a + b * c", lambda e: e.right, "b * c"),
        ("(a + b) * c", lambda e: e.left, "(a + b)"),
        ("f(x, k=1) as g", lambda e: e, "f(x, k=1) as g"),
        ("f(x, k=1)", lambda e: e.args[1], "k=1"),
        ("f(x)[1:n]", lambda e: e, "f(x)[1:n]"),
        ("f(x)[1:n]", lambda e: e.items[0], "1:n"),
        ("x.shape", lambda e: e.name, "shape"),
        ("-[1, 2]", lambda e: e, "-[1, 2]"),
    ],
)
def test_spans(text, part, expected):
    assert part(statement(f"x = {text}").value).span.text == expected


def test_the_span_of_an_operator():
    node = statement("x = a  @  b").value
    assert isinstance(node, tree.Binary)
    assert (node.op_span.text, node.op_span.start) == ("@", 7)
    assert sexpr(node) == "(@ a b)"
