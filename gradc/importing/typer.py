"""Types of steps: each is read as the text that it becomes, and elaborated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.budget import Budget
from gradc.diagnostics import DiagnosticError
from gradc.elaborate.bindings import ModuleScope, Scope
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.language import new_context
from gradc.elaborate.operands import as_value
from gradc.importing.foreign import Step, Tensor
from gradc.importing.spelled import CALL, expression
from gradc.ir.node import Node, Value
from gradc.ir.sizes import Poly
from gradc.ir.types import Type
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.syntax.parser import parse
from gradc.verification.interpret import CannotInterpretError, Interpreter

_NODES = 100_000  # of a single step


class Typer:
    """Types steps; what is alike is typed once."""

    def __init__(self) -> None:
        self._module = ModuleScope("import", dtype="f32")
        self._found: dict[Any, tuple[Type, ...]] = {}

    def declare(self, name: str, size: Poly) -> None:
        """A free dimension, which steps may name."""
        self._module.constants[name] = size

    def types(self, step: Step) -> tuple[tuple[Type, ...], Callable[[], list[Any] | None]]:
        """The types of the results, and what works them out where the operands are known.

        Raises DiagnosticError where the operands do not fit.
        """
        tensors = list(dict.fromkeys(step.tensors()))
        text, _ = expression(step, lambda t: (f"v{tensors.index(t)}", CALL))
        key = (text, tuple(t.type for t in tensors))
        types = self._found.get(key)
        if types is None:
            values, _ = self._elaborated(text, tensors)
            types = self._found[key] = tuple(v.type for v in values)
        return types, lambda: self._worked_out(text, tensors)

    def _elaborated(
        self, text: str, tensors: list[Tensor]
    ) -> tuple[tuple[Value, ...], tuple[dict[Tensor, Value], list[Node]]]:
        module = parse(Source("import", f"r = {text}\n"))
        context = new_context(standard_library(), self._module, budget=Budget(_NODES))
        given = {t: Value(f"v{i}", t.type) for i, t in enumerate(tensors)}
        scope = Scope(self._module, {f"v{i}": given[t] for i, t in enumerate(tensors)})
        (statement,) = module.statements
        expr = statement.value  # type: ignore[union-attr]
        with context.serving(statement.span, "r"):
            bound = evaluate(context, expr, scope)  # type: ignore[arg-type]
            bounds = bound if isinstance(bound, tuple) else (bound,)
            values = tuple(as_value(context, b, statement.span) for b in bounds)
        return values, (given, context.builder.nodes)

    def _worked_out(self, text: str, tensors: list[Tensor]) -> list[Any] | None:
        """The results as arrays; None where only a module can tell them."""
        try:
            values, (given, nodes) = self._elaborated(text, tensors)
            arrays = {given[t]: t.data for t in tensors}
            found = Interpreter({}).run(nodes, arrays)
        except (CannotInterpretError, DiagnosticError):
            return None
        return [found[v] for v in values]
