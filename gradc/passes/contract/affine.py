"""Affine: `x @ W + c` is `[x, 1] @ [W, c]`, where rows of few numbers become wide ones.

Adding `c` is a pass over all that the product made, and so is the sum of its cotangents. Backwards
`[x, 1]` gives that sum beside the gradient of `W`, in one product of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradc.ir.cost import nominal
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import (
    UNIT,
    Contraction,
    Factor,
    Maker,
    axes_of,
    contracted,
    contraction_of,
    length,
)
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites
from gradc.records import dataclass

_FEW = 32  # numbers of a narrow row: with more of them it is the product that takes the time
_WIDER = 4  # times as many numbers as the rows of `x` have those of the product
_LEAST = 64  # numbers of a wide row: over shorter ones a pass costs no more than what it saves
_WHOLE = (None, None, None)  # the slice of a whole axis


@dataclass(slots=True, eq=False)
class _Affine:
    """What is made of a product and a row: `[x, 1]`, once it is there."""

    inner: Size  # numbers of a row of x
    with_ones: Value | None = None


def affine(graph: Graph) -> Rewrites:
    """What takes rows into products, and sums of cotangents into the gradients beside them."""
    work = _Taking(readers_of(graph))
    if not work.forwards:
        return {}
    forwards = dict.fromkeys(("add", "subtract"), work.product)
    return {**forwards, "einsum": work.gradient, "matmul": work.gradient, "sum": work.total}


class _Taking:
    """The nodes that are affine, by their results, with those that make its gradients."""

    def __init__(self, readers: Readers):
        self.readers = readers
        self.forwards: dict[Value, _Affine] = {}
        self.gradients: dict[Value, _Affine] = {}
        self.totals: dict[Value, tuple[_Affine, Contraction]] = {}
        for node in readers.nodes:
            found = self._product_of(node, readers.makers.get)
            if found is None:
                continue
            use, _ = found
            for gradient, back, total in self._backwards(use):
                if gradient.result not in self.gradients and total.result not in self.totals:
                    whole = _Affine(use.sizes()[use.summed])
                    self.forwards[node.results[0]] = self.gradients[gradient.result] = whole
                    self.totals[total.result] = whole, back
                    break

    def _product_of(self, node: Node, maker: Maker) -> tuple[Contraction, Value] | None:
        """The product of rows, on the left, and a matrix that a row is added to, and that row."""
        if not isinstance(node, Apply) or node.name not in ("add", "subtract"):
            return None
        either = (node.operands, node.operands[::-1])
        for value, row in either if node.name == "add" else either[:1]:
            if row.type.shape != node.result.type.shape[1:] or value.type != node.result.type:
                continue
            if row.type.dtype != value.type.dtype:
                continue
            use = contraction_of(maker(value), maker)
            if use is None or not self.readers.is_alone(value):
                continue
            for x, W in (use.factors, use.factors[::-1]):
                if _is_wide(x, W, use):
                    return Contraction(x, W, use.result), row
        return None

    def _backwards(self, use: Contraction) -> Iterator[tuple[Apply, Contraction, Apply]]:
        """The gradient of the matrix, as a contraction with `x` on the right, and the sum of the
        cotangents that it is made of."""
        x = use.left.value
        readers = list(self.readers.of(x))
        across = [n for n in readers if applies(n, "transpose")]
        for node in readers + [n for turned in across for n in self.readers.of(turned.result)]:
            back = contraction_of(node, self.readers.makers.get)
            own = None if back is None else back.of(x)
            if back is None or own is None or not isinstance(node, Apply):
                continue
            dy = back.other(own)
            lead, inner = own.letters[0], own.letters[1]
            if dy.letters[0] != lead or back.result.replace(inner, "") != dy.letters[1:]:
                continue
            if inner not in back.result or UNIT in dy.letters + own.letters:
                continue
            for total in self.readers.of(dy.value):
                if not applies(total, "sum") or total.attr("keepdims"):
                    continue
                if axes_of(total, dy.value.type.rank) == (0,):
                    yield node, Contraction(dy, own, back.result), total

    def product(self, r: Rewriter, node: Apply) -> Value | None:
        """`[x, 1] @ [W, c]`."""
        whole = self.forwards.get(node.result)
        found = None if whole is None else self._product_of(node, r.producers.get)
        if whole is None or found is None:
            return None
        use, row = found
        x, W = use.factors
        lead = x.value.type.shape[0]
        number = r.emit("astype", (r.constant(1.0),), (row.type.dtype,))
        ones = r.emit("broadcast_to", (number,), ((lead, 1),))
        whole.with_ones = r.emit("concatenate", (x.value, ones), (1,))
        if node.name == "subtract":
            row = r.emit("negative", (row,))
        axis = W.letters.index(use.summed)
        shape = row.type.shape
        column = r.emit("reshape", (row,), ((*shape[:axis], 1, *shape[axis:]),))
        matrix = r.emit("concatenate", (W.value, column), (axis,))
        return contracted(
            r, Factor(whole.with_ones, x.letters), Factor(matrix, W.letters), use.result
        )

    def gradient(self, r: Rewriter, node: Apply) -> Value | None:
        """Of the gradient of `[W, c]`, that of W."""
        whole = self.gradients.get(node.result)
        back = None if whole is None else contraction_of(node, r.producers.get)
        if whole is None or back is None:
            return None
        for own in back.factors:
            if own.value.type.shape[1:] == (whole.inner,) and len(own.letters) == 2:
                dy = back.other(own)
                return self._part(r, whole, Contraction(dy, own, back.result), is_row=False)
        return None

    def total(self, r: Rewriter, node: Apply) -> Value | None:
        """Of the gradient of `[W, c]`, that of c."""
        if node.result not in self.totals:
            return None
        whole, back = self.totals[node.result]
        dy = Factor(node.operands[0], back.left.letters)
        return self._part(r, whole, Contraction(dy, back.right, back.result), is_row=True)

    def _part(
        self, r: Rewriter, whole: _Affine, back: Contraction, *, is_row: bool
    ) -> Value | None:
        if whole.with_ones is None:
            return None
        own = Factor(whole.with_ones, back.right.letters)
        both = contracted(r, back.left, own, back.result)
        axis = back.result.index(back.right.letters[1])
        entry = whole.inner if is_row else (None, whole.inner, None)
        return r.emit("index", (both,), ((*[_WHOLE] * axis, entry),))


def _is_wide(x: Factor, W: Factor, use: Contraction) -> bool:
    """Whether narrow rows become wide ones, and the matrix has the axes of a row in their order."""
    if len(use.summed) != 1 or x.letters != use.result[:1] + use.summed:
        return False
    sizes = use.sizes()
    if W.letters.replace(use.summed, "") != use.result[1:] or use.summed not in W.letters:
        return False
    inner = sizes[use.summed]
    wide = nominal(length(use.result[1:], sizes))
    return isinstance(inner, int) and inner <= _FEW and max(_LEAST, _WIDER * inner) <= wide
