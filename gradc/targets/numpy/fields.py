"""The types that a module declares: its NamedTuples, its TypedDicts, its constants."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.graph import Graph, Output, Param
from gradc.ir.program import Program
from gradc.ir.types import Type
from gradc.targets.numpy import attributes
from gradc.targets.numpy.expression import Atom, Call, Expr, Items, fill, statement, text
from gradc.targets.numpy.identifiers import string
from gradc.targets.numpy.lower import Shared
from gradc.targets.numpy.view import Field


class Fields:
    """What a module declares before its functions."""

    program: Program
    graph: Graph
    shared: Shared
    output_fields: dict[str, str]
    saved_dims: list[str]

    def _constants(self) -> list[str]:
        lines: list[str] = []
        for name, node in self.shared.constants.values():
            data, dtype, shape = node.attrs
            kind = node.result.type
            if not shape:
                expr: Expr = Call(
                    attributes.scalar_type(dtype), [attributes.scalar_text(data, kind)]
                )
            else:
                expr = Call(
                    Atom("np.array"), [attributes.nested(data, kind), attributes.dtype(dtype)]
                )
                if not isinstance(data, tuple):
                    sizes = Items([Atom(str(s)) for s in shape])
                    expr = Call(
                        Atom("np.full"),
                        [sizes, attributes.scalar_text(data, kind), attributes.dtype(dtype)],
                    )
            lines += statement(f"{name} = ", expr, indent=0)
            if shape:
                lines.append(f"{name}.flags.writeable = False")
        return lines

    def _typed_dict(self, name: str, entries: Iterable[Param | Output]) -> list[str]:
        pairs = [(e.name, _kind(e.value.type)) for e in entries]
        entries_text = [f"{string(n)}: {k}" for n, k in pairs]
        items = Items([Atom(t) for t in entries_text], "{}")
        call = Call(Atom("TypedDict"), [Atom(string(name)), items])
        lines = statement(f"{name} = ", call, indent=0)
        if len(lines) <= 3:
            return lines
        head = f"{name} = TypedDict({string(name)}, {{"
        return [head, *fill(entries_text, 4), "})"]

    def _gradients_type(self) -> list[str]:
        same = [p.name for p in self.graph.params] == [g.name for g in self.graph.gradients]
        if same and self.graph.params:
            return ["Gradients = Params"]
        return self._typed_dict("Gradients", self.graph.gradients)

    def _fields(self, outputs: Iterable[Output]) -> list[Field]:
        return [
            Field(self.output_fields[o.name], _kind(o.value.type), _type_comment(o.value.type))
            for o in outputs
        ]

    def _saved_fields(self) -> list[Field]:
        fields = [
            Field(self.shared.spelled[v], _kind(v.type, saved=True), _type_comment(v.type))
            for v in self.program.saved
        ]
        return fields + [Field(self.shared.dims[d], "int", "") for d in self.saved_dims]


def _kind(kind: Type, saved: bool = False) -> str:
    if kind.shape:
        return "np.ndarray"
    if kind.dtype == "f64" and not saved:
        return "float"
    return "np.bool_" if kind.dtype == "bool" else text(attributes.dtype(kind.dtype))


def _type_comment(kind: Type) -> str:
    return str(kind) if kind.shape else ""
