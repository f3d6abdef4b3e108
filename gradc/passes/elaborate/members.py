"""Members: `x.T`, `x.mT`, `x.shape`, parameters of instances, names of imported files."""

from __future__ import annotations

from gradc.diagnostics import error, near_miss
from gradc.ir.graph import Value
from gradc.passes.elaborate.bindings import Bound, Instance, Known, ModuleScope, Scope, is_number
from gradc.passes.elaborate.indexing import Indexing
from gradc.syntax import tree


class Members(Indexing):
    """Evaluates `base.name`."""

    def _member(self, expr: tree.Member, scope: Scope) -> Bound:
        name = expr.name.name
        base = self._member_base(expr, scope)
        if isinstance(base, ModuleScope):
            if name in base.constants:
                return self.opened(base.constants[name], name)
            raise error(
                "E0201",
                f"`{base.name}` has no value `{name}`",
                expr.name.span,
                helps=near_miss(name, base.constants),
            )
        if isinstance(base, Instance):
            if name in base.members:
                return base.members[name]
            if not (isinstance(base.value, Value) and name in ("T", "mT", "shape")):
                raise error(
                    "E0201",
                    f"`{base.path}` has no parameter `{name}`",
                    expr.name.span,
                    helps=near_miss(name, base.members),
                )
            base = base.value
        if name == "shape":
            return self._shape(base, expr)
        if name in ("T", "mT"):
            value = self.as_value(base, expr.base.span)
            rank = value.type.rank
            if (name == "T" and rank != 2) or rank < 2:
                need = "rank 2" if name == "T" else "at least two axes"
                raise error(
                    "E0303",
                    f"`.{name}` needs {need}, this is {value.type}",
                    expr.span,
                    helps=["`transpose(x, axes=[…])` or `.mT` transposes other ranks"],
                )
            axes = (*range(rank - 2), rank - 1, rank - 2)
            return self.emit_operation("transpose", [value], [expr.base.span], expr.span, axes=axes)
        raise error(
            "E0201",
            f"a value has no `.{name}`",
            expr.name.span,
            helps=["values have `.T`, `.mT` and `.shape`"],
        )

    def _member_base(self, expr: tree.Member, scope: Scope) -> Bound | ModuleScope:
        """The base of a member: here a name may mean an instance or an imported file."""
        base = expr.base
        if isinstance(base, tree.Name):
            bound = scope.values.get(base.name)
            if base.name not in scope.values and base.name in scope.module.modules:
                return scope.module.modules[base.name]
            if isinstance(bound, Instance):
                return bound
        elif isinstance(base, tree.Member) and base.name.name not in ("T", "mT", "shape"):
            inner = self._member_base(base, scope)
            if isinstance(inner, Instance) and base.name.name in inner.members:
                return inner.members[base.name.name]
        return self.evaluate(base, scope)

    def _shape(self, base: Bound, expr: tree.Member) -> Known:
        if isinstance(base, Value):
            return base.type.shape
        if is_number(base):
            return ()
        return self.as_value(base, expr.base.span).type.shape

    _EVALUATORS = {**Indexing._EVALUATORS, tree.Member: _member}
