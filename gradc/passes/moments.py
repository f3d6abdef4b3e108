"""Moments: sums of squares and of products that cancel, and what is of the same value and does not.

Of a variance and a covariance the means are taken off first (Chan, Golub and LeVeque, 1983); a
distance is that of the differences, and an angle that of the sum and the difference of two unit
vectors (Kahan, 2006).
"""

from __future__ import annotations

from gradc.ir.node import Apply, Value, applies
from gradc.passes.better import Better
from gradc.passes.collapsed import along, axes_of, reduced
from gradc.passes.forms import Makers, alike, squared


def _maker(value: Value, name: str, made: Makers) -> Apply | None:
    node = made.get(value)
    return node if applies(node, name) else None


def _seen(value: Value, made: Makers) -> Value:
    """What a value is a view of."""
    while (node := made.get(value)) is not None and node.traits.view is not None:
        value = node.operands[0]
    return value


def difference_of_moments(first: Value, second: Value, made: Makers) -> Better | None:
    """What is stable for a moment less a product of smaller ones; None where it is none."""
    return (
        _variance(first, second, made)
        or _covariance(first, second, made)
        or _deviations(first, second, made)
        or _distance(first, second, made)
    )


def _variance(squares: Value, square: Value, made: Makers) -> Better | None:
    """Of the mean of squares less the square of the mean."""
    mean = reduced(squares, "mean", made)
    root = None if mean is None else squared(made.get(square), made)
    other = None if root is None else reduced(root, "mean", made)
    if mean is None or other is None or mean[1] != other[1]:
        return None
    if axes_of(mean[0]) != axes_of(other[0]):
        return None
    x = squared(made.get(mean[0].operands[0]), made)
    if x is None or not alike(x, other[0].operands[0], made):
        return None
    known = {"axis": mean[0].attr("axis"), "correction": 0, "keepdims": mean[1]}
    return Better(f"var(x{along(*mean)})", "var", (x,), known=known)


def _covariance(products: Value, product: Value, made: Makers) -> Better | None:
    """Of the mean of products less the product of the means."""
    mean = _maker(products, "mean", made)
    if mean is None:
        return None
    outer, inner = _maker(product, "multiply", made), _maker(mean.operands[0], "multiply", made)
    if outer is None or inner is None:
        return None
    means = [_maker(v, "mean", made) for v in outer.operands]
    if not all(m is not None and m.attrs == mean.attrs for m in means):
        return None
    own = [m.operands[0] for m in means if m is not None]
    for way in (own, own[::-1]):
        if all([alike(a, b, made) for a, b in zip(way, inner.operands, strict=True)]):
            advice = "mean((a - mean(a)) * (b - mean(b)))"
            return Better(advice, "", tuple(inner.operands), is_told_only=True)
    return None


def _deviations(squares: Value, correction: Value, made: Makers) -> Better | None:
    """Of the sum of squares less the square of the sum over a number, or of the mean times one."""
    total = _maker(squares, "sum", made)
    if total is None:
        return None
    x, share = squared(made.get(total.operands[0]), made), made.get(correction)
    if x is None or not isinstance(share, Apply):
        return None
    if share.name not in ("divide", "multiply"):
        return None
    # `sum(x)**2 / n`, `n * mean(x)**2` and `sum(x) * sum(x) / n`.
    for value in share.operands if share.name == "multiply" else share.operands[:1]:
        root = squared(made.get(value), made)
        for name in ("sum", "mean"):
            one = None if root is None else _maker(root, name, made)
            is_same = one is not None and one.attrs[:2] == total.attrs[:2]
            if one is not None and is_same and alike(one.operands[0], x, made):
                return Better("sum((x - mean(x))**2)", "", (x,), is_told_only=True)
    return None


def _distance(squares: Value, products: Value, made: Makers) -> Better | None:
    """Of the squares of two lengths less twice the product of the vectors."""
    lengths = _maker(squares, "add", made)
    if lengths is None:
        return None
    twice = _maker(_seen(products, made), "multiply", made)
    rest = [v for v in twice.operands if not _is_two(v, made)] if twice is not None else []
    is_doubled = len(rest) == 1
    found = _product(rest[0] if is_doubled else products, made, twice=not is_doubled)
    if found is None:
        return None
    of = [_length(v, made) for v in lengths.operands]
    for way in (found, found[::-1]):
        pairs = zip(of, way, strict=True)
        if all([a is not None and alike(a, _seen(b, made), made) for a, b in pairs]):
            a, b = (v for v in of if v is not None)
            text = "sum((a[:, newaxis] - b)**2, axis=-1)" if a.type.rank > 1 else "sum((a - b)**2)"
            return Better(text, "", (a, b), is_told_only=True)
    return None


def _is_two(value: Value, made: Makers) -> bool:
    node = made.get(value)
    return applies(node, "constant") and node.attrs[0] == 2


def _product(value: Value, made: Makers, *, twice: bool = False) -> tuple[Value, Value] | None:
    """The vectors of an inner product, or the matrices of all of them; `twice` it."""
    value = _seen(value, made)
    node = _maker(value, "matmul", made)
    if node is None and (total := _maker(value, "sum", made)) is not None:
        node = _maker(total.operands[0], "multiply", made)
    if node is None:
        return None
    a, b = (_seen(v, made) for v in node.operands)
    if not twice:
        return a, b
    for one, other in ((a, b), (b, a)):
        double = _maker(one, "multiply", made)
        left = [v for v in double.operands if not _is_two(v, made)] if double else []
        if len(left) == 1:
            return _seen(left[0], made), other
    return None


def _length(value: Value, made: Makers) -> Value | None:
    """What a value is the square of the length of."""
    value = _seen(value, made)
    total, dot = _maker(value, "sum", made), _maker(value, "matmul", made)
    if total is not None:
        return squared(made.get(total.operands[0]), made)
    if dot is not None and alike(dot.operands[0], dot.operands[1], made):
        return dot.operands[0]
    return None


def angle(cosine: Value, made: Makers) -> Better | None:
    """What is stable for the inverse cosine of an inner product over lengths."""
    while (node := made.get(cosine)) is not None and node.name in ("clip", "minimum", "maximum"):
        cosine = node.operands[0]
    ratio = _maker(cosine, "divide", made)
    if ratio is None or _product(ratio.operands[0], made) is None:
        return None
    a, b = _product(ratio.operands[0], made) or ratio.operands
    advice = "2 * arctan2(norm(a / norm(a) - b / norm(b)), norm(a / norm(a) + b / norm(b)))"
    return Better(advice, "", (a, b), is_told_only=True)
