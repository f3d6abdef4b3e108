"""Precisions: where f32 meets f64, and what of the file would have to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gradc.diagnostics import Diagnostic
from gradc.ir.graph import Graph, Input, Param
from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply, Call, Node, Scan, Value, applies
from gradc.ir.sizes import shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Span

_LONGEST = 40  # characters of an expression that a help repeats
_OF_THE_FILE = pattern(r"(?m)^[ \t]*dtype[ \t]+(f32|f64)\b")
_WIDE = pattern(r"\bf64\b")


class Precisions:
    """Where f32 meets f64, each cause once: what follows from a warning is none of its own."""

    def __init__(self, graph: Graph) -> None:
        given: list[Input | Param] = [*graph.params, *graph.inputs]
        self._declared = {g.value: g for g in given if g.span is not None}
        self._nodes = graph.nodes
        self._made: dict[Value, Node] = {}
        self._outside: dict[Value, tuple[Value, ...]] = {}  # of parameters of loops
        self._widened: set[Value] = set()  # f64 only since what came before was mixed
        self._told: set[object] = set()  # declarations, and what has no element type

    @property
    def has_mixed(self) -> bool:
        """Whether f32 has met f64, so that what follows may be of that."""
        return bool(self._widened)

    def mixed(self, node: Node) -> Iterator[Diagnostic]:
        floats = [v for v in node.operands if not v.type.weak and v.type.is_float]
        wide = [v for v in floats if v.type.dtype == "f64"]
        is_mixed = 0 < len(wide) < len(floats) and not isinstance(node, Scan)
        if is_mixed or any(v in self._widened for v in wide):
            self._widened.update(r for r in node.results if r.type.dtype == "f64")
            self._widened.update(self._inside(node))
        if not is_mixed or all(v in self._widened for v in wide):
            return
        cause, help_ = self._cause(floats, wide)
        if cause in self._told:
            return
        self._told.add(cause)
        types = " and ".join(_strong(node.operands))
        message = "f32 meets f64 here; the result is f64"
        yield Diagnostic("W906", message, node.span, types, helps=(help_,))

    def _inside(self, node: Node) -> Iterator[Value]:
        """What a body sees of what is f64 since something was mixed."""
        own = node.function.body.parameters if isinstance(node, Call) else ()
        own = node.parameters if isinstance(node, Scan) else own
        for parameter, value in zip(own, node.operands, strict=False):
            if value in self._widened or (isinstance(node, Call) and value.type.dtype == "f64"):
                yield parameter

    def _cause(self, floats: Sequence[Value], wide: Sequence[Value]) -> tuple[object, str]:
        """What made something f64, and what to write instead."""
        first = next(v for v in wide if v not in self._widened)
        sources = list(self._sources(first))
        declared = [self._declared[v] for v in (*floats, *sources) if v in self._declared]
        if (other := next((d for d in declared if _is_other(d)), None)) is not None:
            return other.value, _as_the_file(other)
        params = [d for d in declared if isinstance(d, Param)]
        blamed = next((d for d in (*params, *declared) if self._can_change(d, sources)), None)
        source = next((s for s in sources if s not in self._declared), sources[0])
        integers = [v for v in self._operands(source) if not v.type.is_float]
        if _states_element(self._made.get(source)):
            integers = []
        is_stated = any(_WIDE.search(span.source.text) for span in self._places(source))
        if blamed is not None and (is_stated or self._alone(blamed)):
            return blamed.value, _declare(blamed)
        if integers and all(v.type.dtype != "f64" for v in self._operands(source)):
            return self._of_integers(source, integers)
        if not is_stated:
            return "dtype", "`dtype f32` at the top makes f32 of what states no element type"
        text = self._text(source)
        narrow = text.replace('"f64"', '"f32"')
        if narrow != text:
            return source, f"write `{narrow}`"
        return first, f'`astype({self._text(first) or "…"}, "f32")` stays f32'

    def _of_integers(self, source: Value, integers: Sequence[Value]) -> tuple[object, str]:
        """An integer that meets f32, or is divided, becomes f64."""
        alone = len(integers) == len(self._operands(source))
        first = source if alone else integers[0]
        declared = self._declared.get(first)
        if isinstance(declared, Param):
            self._told.add(first)  # that it is never learned says what to declare
        return first, f'`astype({self._text(first) or "…"}, "f32")` stays f32'

    def _can_change(self, declared: Input | Param, sources: Sequence[Value]) -> bool:
        """Whether it is a parameter of the file itself, or an input that is wider than others."""
        if declared.value.type.dtype == "f64":
            return isinstance(declared, Input) or declared.calling is None
        made = all(s in self._declared for s in sources)
        return isinstance(declared, Param) and declared.calling is None and made

    def _alone(self, blamed: Input | Param) -> bool:
        """Whether no other declaration has its element type, so that the file's may be another."""
        dtype = blamed.value.type.dtype
        return not any(
            d.value.type.dtype == dtype for d in self._declared.values() if d is not blamed
        )

    # --- where something comes from ---

    def _sources(self, value: Value) -> Iterator[Value]:
        """What is f64 of itself, of all that makes a value f64."""
        if not self._made:
            for node in all_nodes(self._nodes):
                self._made.update((r, node) for r in node.results)
                if isinstance(node, Scan):
                    given = zip(node.parameters, node.operands, strict=True)
                    self._outside.update((own, (outer,)) for own, outer in given)
                    carried = ((s.parameter, (s.initial, s.following)) for s in node.carried)
                    self._outside.update(carried)
        pending, seen = [value], {value}
        found: list[Value] = []
        while pending:
            at = pending.pop(0)
            before = [v for v in self._operands(at) if v.type.dtype == "f64" and not v.type.weak]
            found += [] if before else [at]
            pending += [v for v in before if v not in seen]
            seen.update(before)
        written = [v for v in found if not self._is_widened(v)]
        yield from written or found

    def _operands(self, value: Value) -> Sequence[Value]:
        node = self._made.get(value)
        if isinstance(node, Scan):
            results = [s.following for s in node.carried], [s.value for s in node.collected]
            return [dict(zip(node.results, [*results[0], *results[1]], strict=False))[value]]
        return node.operands if node is not None else self._outside.get(value, ())

    def _is_widened(self, value: Value) -> bool:
        """Whether a loop starts so because its steps go on in f64."""
        node = self._made.get(value)
        return applies(node, "astype") and "astype" not in self._text(value)

    def _places(self, value: Value) -> Iterator[Span]:
        """The files that what is f64 may be stated in."""
        node, declared = self._made.get(value), self._declared.get(value)
        if node is not None and (span := node.shown(Diagnostic("", "", node.span)).span):
            yield span
        if declared is not None and declared.span is not None:
            yield declared.span

    def _text(self, value: Value) -> str:
        """What the user wrote for a value; empty where that is long."""
        node = self._made.get(value)
        if value.named or node is None:
            return value.name
        span = node.shown(Diagnostic("", "", node.span)).span
        text = " ".join(span.text.split()) if span and not span.source.is_library else ""
        return text if len(text) <= _LONGEST else ""


def _declare(blamed: Input | Param) -> str:
    """Another element type for a declaration."""
    other = "f32" if blamed.value.type.dtype == "f64" else "f64"
    line = blamed.span.line if blamed.span is not None else 0
    stated = replace(blamed.value.type, dtype=other)
    return f"`{blamed.name}` is declared on line {line}; declare it `{stated}`"


def _file_dtype(declared: Input | Param) -> str:
    """The element type that the file of a declaration states for all that state none."""
    stated = _OF_THE_FILE.search(declared.span.source.text) if declared.span is not None else None
    return stated[1] if stated else ""


def _is_other(declared: Input | Param) -> bool:
    """Whether it states another element type than its file does."""
    own = isinstance(declared, Input) or declared.calling is None
    return own and _file_dtype(declared) not in ("", declared.value.type.dtype)


def _as_the_file(declared: Input | Param) -> str:
    """A declaration with the element type of its file."""
    kind, dtype = declared.value.type, _file_dtype(declared)
    line = declared.span.line if declared.span is not None else 0
    place = f"`{declared.name}` is {kind.dtype} on line {line}"
    told = shape_text(kind.shape) if kind.rank else dtype
    return f"{place}, the file's dtype is {dtype}: declare it `{told}`"


def _states_element(node: Node | None) -> bool:
    """Whether it is told which element type to make, as `zeros` and `one_hot` are."""
    return isinstance(node, Apply) and "dtype" in node.op.attribute_index


def _strong(values: Iterable[Value]) -> list[str]:
    types: list[Type] = [v.type for v in values if not v.type.weak]
    return [str(t) for t in types]
