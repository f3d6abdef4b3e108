"""ATen's linear algebra: matrices that are solved, factored, multiplied and taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.torch.aten import TABLE, Arguments, Handler, TorchMaking, near_end, says, told
from gradc.importing.torch.aten_shapes import at, matrix_swapped

_MATRICES = {
    "linalg_inv": "inv", "inverse": "inv", "det": "det", "linalg_det": "det", "logdet": "logdet",
    "matrix_exp": "expm", "linalg_matrix_exp": "expm", "trace": "trace",
}  # fmt: skip
"""Operations of one matrix, and what they are called here."""


def _of_matrix(op: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        return m.apply(op, a.tensor("A" if "A" in a else "self"))

    return handler


for _name, _op in _MATRICES.items():
    TABLE[_name] = _of_matrix(_op)


@says("linalg_inv_ex")
def inverse(m: TorchMaking, a: Arguments) -> tuple[Tensor, None]:
    return m.apply("inv", a.tensor("A")), None


@says("linalg_pinv", "pinverse")
def pseudo_inverse(m: TorchMaking, a: Arguments) -> Tensor:
    if a.get("hermitian") or a.get("atol") is not None or a.get("rtol") is not None:
        raise Unsupported(f"`{a.name}` with tolerances of its own", "leave `atol` and `rtol` out")
    return m.apply("pinv", a.tensor("self"))


@says("linalg_solve", "linalg_solve_ex", "_linalg_solve_ex")
def solve(m: TorchMaking, a: Arguments) -> Any:
    matrix, wanted = a.tensor("A"), a.tensor("B")
    if not a.get("left", True):
        turned = (matrix_swapped(m, t) for t in (matrix, wanted))
        found = matrix_swapped(m, m.apply("solve", *turned))
    elif wanted.rank > 1 and wanted.rank == matrix.rank - 1 and wanted.shape == matrix.shape[:-1]:
        # (A batch of vectors, which has no word of its own here.)
        column = m.apply("index", wanted, entries=("...", None))
        found = at(m, m.apply("solve", matrix, column), -1, 0)
    else:
        found = m.apply("solve", matrix, wanted)
    return found if a.name == "linalg_solve" else (found, None, None, None)


@says("linalg_solve_triangular", "triangular_solve")
def solve_triangular(m: TorchMaking, a: Arguments) -> Any:
    is_old = a.name == "triangular_solve"
    matrix, wanted = (a.tensor(n) for n in (("A", "self") if is_old else ("self", "B")))
    if a["unitriangular"]:
        raise Unsupported(f"`{a.name}` with a diagonal that is taken for ones")
    lower = not a["upper"]
    if a.get("transpose"):
        matrix, lower = matrix_swapped(m, matrix), not lower
    if not a.get("left", True):
        turned = (matrix_swapped(m, t) for t in (matrix, wanted))
        found = m.apply("triangular_solve", *turned, **told(lower=(not lower, True)))
        return matrix_swapped(m, found)
    found = m.apply("triangular_solve", matrix, wanted, **told(lower=(lower, True)))
    return (found, None) if is_old else found


@says("linalg_cholesky", "linalg_cholesky_ex", "cholesky")
def cholesky(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("self")
    upper = bool(a.get("upper"))
    # (An upper factor is made of the upper triangle, which is the lower one of the transpose.)
    found = m.apply("cholesky", matrix_swapped(m, x) if upper else x)
    found = matrix_swapped(m, found) if upper else found
    return (found, None) if a.name.endswith("_ex") else found


@says("cholesky_solve")
def cholesky_solve(m: TorchMaking, a: Arguments) -> Tensor:
    wanted, factor = a.tensor("self"), a.tensor("input2")
    lower = matrix_swapped(m, factor) if a["upper"] else factor
    half = m.apply("triangular_solve", lower, wanted)
    return m.apply("triangular_solve", matrix_swapped(m, lower), half, lower=False)


@says("cholesky_inverse")
def cholesky_inverse(m: TorchMaking, a: Arguments) -> Tensor:
    factor = a.tensor("self")
    lower = matrix_swapped(m, factor) if a["upper"] else factor
    return m.apply("inv", m.apply("matmul", lower, matrix_swapped(m, lower)))


@says("linalg_qr", "qr")
def qr(m: TorchMaking, a: Arguments) -> tuple[Tensor, ...]:
    mode = a.get("mode", "reduced" if a.get("some", True) else "complete")
    if mode != "reduced":
        raise Unsupported(f"`{a.name}` in the mode {mode}", "`reduced` is what there is")
    return m.apply_all("qr", a.tensor("A" if "A" in a else "self"))


@says("linalg_slogdet", "slogdet", "_linalg_slogdet")
def slogdet(m: TorchMaking, a: Arguments) -> tuple[Any, ...]:
    found = m.apply_all("slogdet", a.tensor("A" if "A" in a else "self"))
    return (*found, None, None) if a.name.startswith("_") else found


@says("_linalg_det")
def det(m: TorchMaking, a: Arguments) -> tuple[Any, ...]:
    return m.apply("det", a.tensor("A")), None, None


@says("linalg_eigh", "linalg_eigvalsh", "_linalg_eigh")
def eigh(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("A" if "A" in a else "self")
    found = m.apply_all("eigh", x if a.get("UPLO", "L") == "L" else matrix_swapped(m, x))
    return found[0] if a.name == "linalg_eigvalsh" else found


@says("linalg_svd", "linalg_svdvals", "_linalg_svd")
def svd(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("A")
    rows, columns = x.shape[-2:]
    found = m.apply_all("svd", x)
    if a.name == "linalg_svdvals":
        return found[1]
    if a.get("full_matrices") and rows != columns:
        raise Unsupported(f"`{a.name}` with full matrices", "say `full_matrices=False`")
    return found


@says("linalg_matrix_power", "matrix_power")
def matrix_power(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("matrix_power", a.tensor("self"), a["n"])


# --- products ---


@says("kron", "inner", "vdot")
def of_two(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(a.name, a.tensor("self"), a.tensor("other"))


@says("linalg_vecdot")
def vecdot(m: TorchMaking, a: Arguments) -> Tensor:
    x, y = a.tensor("x"), a.tensor("y")
    product = m.apply("multiply", x, y)
    return m.apply("sum", product, axis=near_end(a["dim"], product.rank))


@says("tensordot")
def tensordot(m: TorchMaking, a: Arguments) -> Tensor:
    x, y = a.tensor("self"), a.tensor("other")
    axes = tuple(d % x.rank for d in a["dims_self"]), tuple(d % y.rank for d in a["dims_other"])
    count = len(axes[0])
    usual = tuple(range(x.rank - count, x.rank)), tuple(range(count))
    return m.apply("tensordot", x, y, **told(axes=(count if axes == usual else axes, 2)))


@says("cross", "linalg_cross")
def cross(m: TorchMaking, a: Arguments) -> Tensor:
    x, y = a.tensor("self"), a.tensor("other")
    axis = a["dim"]
    if axis is None:
        axis = next((i for i, s in enumerate(x.shape) if s == 3), -1)
    if axis % x.rank == x.rank - 1:
        return m.apply("cross", x, y)
    last = (m.apply("moveaxis", t, axis, -1) for t in (x, y))
    return m.apply("moveaxis", m.apply("cross", *last), -1, axis)


@says("chain_matmul", "linalg_multi_dot")
def chain(m: TorchMaking, a: Arguments) -> Tensor:
    first, *others = a["matrices" if "matrices" in a else "tensors"]
    for other in others:
        first = m.apply("matmul", first, other)
    assert isinstance(first, Tensor)
    return first


@says("addr")
def addr(m: TorchMaking, a: Arguments) -> Tensor:
    product = m.apply("outer", a.tensor("vec1"), a.tensor("vec2"))
    if a["alpha"] != 1:
        product = m.apply("multiply", a["alpha"], product)
    x: Operand = a["self"]
    if a["beta"] == 0:
        return product
    return m.apply("add", x if a["beta"] == 1 else m.apply("multiply", a["beta"], x), product)


# --- diagonals and norms ---


@says("diag")
def diag(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("diag", a.tensor("self"), **told(k=(a["diagonal"], 0)))


@says("diagflat")
def diagflat(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    flat = x if x.rank == 1 else m.apply("ravel", x)
    return m.apply("diag", flat, **told(k=(a["offset"], 0)))


@says("diag_embed")
def diag_embed(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    if (a["dim1"] % (x.rank + 1), a["dim2"] % (x.rank + 1)) != (x.rank - 1, x.rank) or a["offset"]:
        raise Unsupported("`diag_embed` beside the last two axes, or beside the diagonal")
    row = m.apply("index", x, entries=("...", None))
    return m.apply("multiply", row, m.apply("eye", x.shape[-1], **told(dtype=(x.dtype, "f32"))))


@says("linalg_diagonal")
def diagonal(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("A")
    axes = told(axis1=(a["dim1"] % x.rank, 0), axis2=(a["dim2"] % x.rank, 1))
    return m.apply("diagonal", x, **told(offset=(a["offset"], 0)), **axes)


@says("linalg_matrix_norm", "linalg_norm", "frobenius_norm", "nuclear_norm")
def matrix_norm(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("A" if "A" in a else "self")
    order = {"frobenius_norm": "fro", "nuclear_norm": "nuc"}.get(a.name, a.get("ord"))
    axes = a.get("dim")
    if axes is None and a.name == "linalg_matrix_norm":
        axes = (-2, -1)
    if isinstance(axes, list | tuple):
        axes = tuple(d % x.rank for d in axes) or None
        axes = axes[0] if axes is not None and len(axes) == 1 else axes
    if order is None and axes is None and x.rank > 1:  # of all elements in a row
        order = 2 if x.rank > 2 else None
    if order is not None and axes is None and x.rank == 2:
        axes = (0, 1)
    if order is not None and not isinstance(order, str) and float(order).is_integer():
        order = int(order)
    usual = told(axis=(axes, None), keepdims=(bool(a.get("keepdim")), False))
    return m.apply("norm", x, **told(ord=(order, None)), **usual)


@says("vander", "linalg_vander")
def vander(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("x")
    count = a.get("N")
    count = x.shape[-1] if count is None else count
    if not isinstance(count, int):
        raise Unsupported("`vander` of a vector of free size", "give it `N`")
    grows = a.name == "linalg_vander" or a["increasing"]
    powers = m.known(np.arange(count, dtype=np.float32)[:: 1 if grows else -1])
    return m.apply("power", m.apply("index", x, entries=("...", None)), powers)
