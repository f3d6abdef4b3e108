"""Every expression is evaluated once: a draw that stands in the text once is one node."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from gradc.diagnostics import DiagnosticError
from gradc.elaborate import elaborate
from gradc.elaborate.bindings import Bound, ModuleScope, Scope
from gradc.elaborate.context import Context, Evaluator
from gradc.elaborate.file import elaborate_file
from gradc.elaborate.language import EVALUATORS, new_context
from gradc.ir.graph import Graph
from gradc.ir.node import Call, Node, Scan
from gradc.passes.derive import Deriver
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.imports import Imports
from gradc.syntax.parser import parse
from tests.library.cases import LIBRARY, Case, Operand, by_operation

DRAW = "random_normal([2, 2])"

# Every construct in which an expression can stand, with draws (`…`) for its parts.
CONSTRUCTS = {
    "nested conditions": "output y = where(where(where(… > 0, w, …) > 0, … > 1, w > …), …, …)",
    "a known condition": "output y = where(true, …, w) + where(2 < 1, w, …)",
    "a condition of a reduction": "output y = where(sum(…) > 0 and any(… > 0), …, w)",
    "operators": "output y = -(… + … * …) @ …",
    "logic": "output y = not (… > 0 and … < 1 or … == …)",
    "logic whose left side is known": "output y = (false or … > 0) and (true and … < 1)",
    "a chain": "output y = … + … + … - … - …",
    "lists": "output y = stack([…, w, …]) + sum(concatenate([…, …]))",
    "positional and keyword arguments": "output y = sum(…, axis=0) + maximum(…, y=…)",
    "further arguments": 'output y = einsum("ij,jk,kl->il", …, …, …)',
    "a base of indices": "output y = …[0, 1:] + …[:, newaxis, 0] + …[..., 0]",
    "an index": "output y = w[argmax(sum(…, axis=0))]",
    "members": "output y = ….T @ ….mT * (….T).T + ….shape[0]",
    "a stated type": "output y: [2, 2] = …",
    "several results": "q, r = split(…, 2)\noutput y = q * r",
    "a result that is discarded": "_, r = split(…, 2)\noutput r",
    "a loss": "loss J = sum(…)",
    "an unused value": "z = …\noutput y = w",
    "arguments of a function": "fn f(a, b = 1) = a * a + b * b\noutput y = f(…) + f(f(…), b=…)",
    "the body of a function": "fn f(a) { b = …; return b * a + b }\noutput y = f(w)",
    "results of a function": "fn f(a) { return …, a + … }\np, q = f(w)\noutput y = p + q",
    "a default": "fn f(a, b = …) = a * b + b\noutput y = f(w)",
    "a function with a stated type": "fn f(a: [n, n]) -> [n, n] = a * a\noutput y = f(…)",
    "a function with a rule": (
        "fn f(a) = a * a\nvjp f(a) -> y; dy { da = 2 * a * dy }\noutput y = f(…)"
    ),
    "a function of the library": "output y = softmax(…, axis=0) + gelu(…) + dropout(…)",
    "a layer": "layer L(a) { b = a + …; param p = 1; return b * p + b }\noutput y = L(…)",
    "a layer within an expression": "from nn import Dense\noutput y = Dense(…, 3) as d",
    "a call of an instance": "from nn import Dense\nd = Dense(…, 2)\noutput y = d(…)",
    "a derivative": "y = w * …\noutput g = grad(sum(y * …), w) + jvp(y, w, …)",
    "state": "state s: [2, 2] = 0\nupdate s = s + …\noutput y = s",
    "a scan": "scan h = … over x in … { next h = h * x + … }\noutput h",
    "a scan whose types settle late": (
        "scan h = 0 times 3 { next h = where(… > 0, h, …) }\noutput h"
    ),
    "stacks of a scan": "scan h = w times 3 { next h = h + 1; output o = h * … }\noutput h, o",
    "a scan in a scan": (
        "scan h = w times 2 { scan k = h times 2 { next k = k + … }; next h = k * … }\noutput h"
    ),
}  # fmt: skip


def parts(part: object) -> Iterator[tuple[object, tuple[object, ...]]]:
    """Every node of a tree with those around it."""
    pending: list[tuple[object, tuple[object, ...]]] = [(part, ())]
    while pending:
        item, around = pending.pop()
        if isinstance(item, tuple | list):
            pending.extend((inner, around) for inner in item)
        elif is_dataclass(item) and type(item).__module__.startswith("gradc.syntax.tree"):
            yield item, around
            inner = [getattr(item, f.name) for f in fields(item) if "span" not in f.name]
            pending.append((inner, (*around, item)))


def draws(nodes: Iterable[Node]) -> int:
    """How many nodes draw, within loops and calls too."""
    count = 0
    for node in nodes:
        count += node.name == "random_normal"
        if isinstance(node, Call):
            count += draws(node.function.body.nodes)
        elif isinstance(node, Scan):
            count += draws(node.nodes)
    return count


def graph_of(text: str) -> Graph:
    graph, _ = elaborate(parse(Source("draws.graph", text)), LIBRARY, derivatives=Deriver(LIBRARY))
    return graph


def text_of(construct: str) -> str:
    """The graph of a construct; its statements stand on lines of their own."""
    lines = construct.replace("…", DRAW).replace("{ ", "{\n").replace("; ", "\n")
    lines = lines.replace("a) -> y\ndy", "a) -> y; dy").replace(" }", "\n}")
    return f"param w: [2, 2] = 1\n{lines}\n"


@pytest.mark.parametrize("construct", CONSTRUCTS.values(), ids=list(CONSTRUCTS))
def test_a_draw_in_a_construct_is_made_once(construct: str) -> None:
    assert draws(graph_of(text_of(construct)).nodes) == construct.count("…")


def test_draws_stand_in_every_kind_of_expression_and_statement() -> None:
    met = {
        type(outer)
        for construct in CONSTRUCTS.values()
        for part, around in parts(parse(Source("a.graph", text_of(construct))))
        if isinstance(part, tree.Name) and part.name == "random_normal"
        for outer in around
    }
    assert met >= {
        tree.ListExpr, tree.Unary, tree.Binary, tree.Call, tree.Argument, tree.Member, tree.Index,
        tree.Parameter, tree.Return, tree.FnDef, tree.Assign, tree.Update, tree.Scan, tree.ScanOver,
    }  # fmt: skip


def drawn(operand: Operand) -> str:
    """The operand with a draw added, of its own element type and shape."""
    draw = f"random_normal([{', '.join(map(str, operand.sizes))}])"
    if operand.dtype == "bool":
        return f"({operand.name} and {draw} > 0)"
    if operand.dtype.startswith("i"):
        draw = f'astype({draw}, "{operand.dtype}")'
    return f'({operand.name} + astype({draw}, "{operand.dtype or "f64"}"))'


@by_operation()
def test_an_operation_evaluates_each_argument_once(case: Case) -> None:
    source = case.source
    before = draws(graph_of(source).nodes)
    head, call = source.split(" = ")[0], case.call
    for operand in case.operands:
        call = re.sub(rf"(?<=[=\[( ]){operand.name}(?=[,\])])", lambda _, o=operand: drawn(o), call)
    after = draws(graph_of(f"{head} = {call}\n").nodes)
    assert after == before + len(case.operands)


ROOT = Path(__file__).parents[2]
FOLDERS = ("examples/*", "tests/programs", "tests/goldens/*", "tests/errors")
GRAPHS = [
    path
    for folder in FOLDERS
    for path in sorted(ROOT.glob(f"{folder}/*.graph"))
    if not path.stem.startswith("E01")  # which does not parse
]
# What else may be asked for: a typed constant, state and a parameter with values, members of what
# a call made, and a mistake within them.
DECLARED = """const c: f64[3] = [1, 2 * 2, 3]
state s = [1, 2 + 1]
param w = [[1.0, -2.0 * 2]]
param v: [2, 1 + 1] = 1 / 2
dim n = 1 + 1
fn f(a: [n, 2]) = a
output y = sum(c) + s + w.mT.shape[0 + 1] + f(w + 0)[0]
z = sum(w - 1).wrong.shape
update s = s * 2
"""


def counted(evaluator: Evaluator, counts: Counter[tree.Expr]) -> Evaluator:
    """The same evaluator, which counts what it is given."""

    def evaluate(context: Context, expr: tree.Expr, scope: Scope) -> Bound:
        counts[expr] += 1
        return evaluator(context, expr, scope)

    return evaluate


def repeated(source: Source) -> list[str]:
    """The expressions of a file's own statements that are evaluated more than once."""
    module = parse(source)
    counts: Counter[tree.Expr] = Counter()
    context = new_context(
        LIBRARY, ModuleScope(source.name), Imports(source), derivatives=Deriver(LIBRARY)
    )
    context.evaluators = {kind: counted(e, counts) for kind, e in EVALUATORS.items()}
    with suppress(DiagnosticError):  # what is evaluated after a mistake counts as well
        elaborate_file(context, module)
    # A function is run at each call, and a scan's body until its types have settled.
    once = [
        part
        for statement in module.statements
        for part, around in parts(statement)
        if not any(isinstance(a, tree.FnDef | tree.VjpDef | tree.Scan) for a in around)
    ]
    return [part.span.text for part in once if counts.get(part, 0) > 1]


@pytest.mark.parametrize("path", GRAPHS, ids=lambda p: p.stem)
def test_no_expression_of_a_file_is_evaluated_twice(path: Path) -> None:
    assert repeated(Source(str(path), path.read_text())) == []


def test_no_part_of_a_declaration_is_evaluated_twice() -> None:
    assert repeated(Source("declared.graph", DECLARED)) == []
