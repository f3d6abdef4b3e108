"""A second target, as small as it can be: nested lists and `math`, for what two graphs need."""

from collections.abc import Mapping, Sequence

from gradc.ir.graph import Node, Value
from gradc.ir.plan import Plan
from gradc.ir.sizes import alone
from gradc.passes.plan.variables import variables
from gradc.passes.target import MakesNew, ResultsAlone
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Binary, Call, Expr
from gradc.targets.python.formals import filler
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import Names, comment, spelled, string
from gradc.targets.python.layout import returned_together, taken_apart
from gradc.targets.python.statements import statement
from gradc.targets.python.templates import template
from gradc.targets.target import Described, Refused
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.describe import describe
from gradc.targets.told.lines import Line
from gradc.targets.told.naming import Naming
from gradc.targets.told.paragraphs import backward_lines, forward_lines

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "greater": ">"}
EACH = {
    "add": "operator.add", "subtract": "operator.sub", "multiply": "operator.mul",
    "divide": "operator.truediv", "power": "operator.pow", "greater": "operator.gt",
    "negative": "operator.neg", "exp": "math.exp", "log": "math.log",
}  # fmt: skip
WHOLE = {
    "matmul": "_matmul(a, b)", "transpose": "_columns(x)",
    "sum": "_reduce(sum, x, axis=axis, keepdims=keepdims)",
    "max": "_reduce(max, x, axis=axis, keepdims=keepdims)",
    "mean": "_reduce(statistics.fmean, x, axis=axis, keepdims=keepdims)",
    "relu": "_each(max, x, 0.0)",
    "reshape": "_reshape(x, shape)", "pick": "_pick(x, labels)",
    "less_at": "_less_at(x, labels, amount)",
    "stop_gradient": "x",
}  # fmt: skip
PRELUDE = """
import math, operator, statistics
def _rank(x):
    return 1 + _rank(x[0]) if isinstance(x, list) else 0
def _each(f, *xs):
    rank = max(map(_rank, xs))
    if not rank:
        return f(*xs)
    size = max([len(x) for x in xs if _rank(x) == rank])
    rows = [x if _rank(x) < rank else x * size if len(x) == 1 else x for x in xs]
    return [_each(f, *[r[i] if _rank(r) == rank else r for r in rows]) for i in range(size)]
def _columns(x):
    return [list(column) for column in zip(*x)]
def _matmul(a, b):
    return [[sum(map(operator.mul, row, column)) for column in zip(*b)] for row in a]
def _flat(x):
    return [v for row in x for v in _flat(row)] if isinstance(x, list) else [x]
def _reduce(f, x, axis=None, keepdims=False):
    if axis is None:
        return f(_flat(x))
    found = [f(row) for row in (zip(*x) if axis == 0 else x)]
    return found if not keepdims else [found] if axis == 0 else [[v] for v in found]
def _reshape(x, shape):
    found = _flat(x)
    for size in reversed(shape[1:]):
        found = [found[i : i + size] for i in range(0, len(found), size)]
    return found
def _pick(x, labels):
    return [row[k] for row, k in zip(x, labels)]
def _less_at(x, labels, amount):
    return [[v - amount * (j == k) for j, v in enumerate(r)] for r, k in zip(x, labels)]
"""


class Lists(MakesNew):
    """Writes a module that needs nothing but Python. All that it makes is new."""

    clause, nests = "lists", False
    memory = ResultsAlone()

    def joins(self, node: Node, users: Sequence[Node]) -> bool:
        return len(users) == 1

    def lower(self, plan: Plan, described: Described) -> dict[str, str]:
        graph, saved = plan.program.graph, plan.program.saved
        words = Names(["params", "saved", "math", "operator", "forward", "backward"])
        own = {v: words.claim(name) for name, v in graph.arguments_in_order}
        self.dims = {d.name: words.claim(d.name) for d in graph.dims}
        naming = Naming(f"d{graph.loss}_d")
        inputs = ", ".join(own[i.value] for i in graph.inputs)
        doc = ['"""', *describe(graph, described, comment), '"""', *PRELUDE.splitlines()]
        doc += ["", f"def forward(params, *, {inputs}):"]
        doc += [f"    {own[p.value]} = params[{string(p.name)}]" for p in graph.params]
        lines, names = self._body(plan, "forward", own, naming)
        doc += [*self._sizes(names, list(own)), *forward_lines(lines, heading)]
        outputs = ", ".join(f"{string(o.name)}: {names[o.value]}" for o in graph.outputs)
        doc.append(f"    return {{{outputs}}}, [{', '.join(names[v] for v in saved)}]")
        own = {v: names[v] for v in saved} | {s.value: f"d{graph.loss}" for s in graph.seeds}
        lines, names = self._body(plan, "backward", own, naming)
        formulas = Formulas(graph, plan.blocks["backward"], names, self._spell, str)
        unpacked = taken_apart([names[v] for v in saved], "saved")
        doc += ["", f"def backward(saved, *, d{graph.loss}=1.0):", *unpacked]
        doc += [*self._sizes(names, saved), *backward_lines(lines, graph, formulas, heading)]
        gradients = [f"{string(g.name)}: {names[g.value]}" for g in graph.gradients]
        return {".py": "\n".join([*doc, *returned_together(gradients, "{}")]) + "\n"}

    def inspect(self, files: Mapping[str, str], plan: Plan) -> None:
        if "import numpy" in files[".py"]:
            raise Refused("an import that was not meant")

    def _body(
        self, plan: Plan, name: str, known: Mapping[Value, str], naming: Naming
    ) -> tuple[list[Line], dict[Value, str]]:
        block, lines, within = plan.blocks[name], [], dict[Value, Expr]()
        names, _ = naming.named(variables(block, self), known, Names(known.values()))
        for stated in block.statements:
            for node in stated.nodes:
                operands = [within.get(v) or Atom(names[v]) for v in node.operands]
                within[node.result] = expr = self._spell(node, operands)
            within[node.result] = Atom(names[node.result])
            lines.append(Line(stated, statement(f"{names[node.result]} = ", expr)))
        return lines, names

    def _sizes(self, names: Mapping[Value, str], arguments: Sequence[Value]) -> list[str]:
        """`B = len(x)` for each dimension that the arguments have."""
        places = [(s, v, i) for v in arguments for i, s in enumerate(v.type.shape) if alone(s)]
        found = {str(s): f"len({names[v]}{'[0]' * axis})" for s, v, axis in places}
        return [f"    {self.dims[name]} = {length}" for name, length in found.items()]

    def _spell(self, node: Node, operands: Sequence[Expr]) -> Expr:
        name = node.op.name
        if name == "constant":
            return Atom(spelled(*node.attrs))
        if name == "size":
            return attributes.size(node.attrs[0], self.dims.__getitem__)
        if name in SIGNS and not node.result.type.shape:
            return Binary(SIGNS[name], *operands)
        if name in EACH:
            return Call(Atom("_each"), [Atom(EACH[name]), *operands])
        return template(WHOLE[name])(filler(node, operands, self.dims.__getitem__))
