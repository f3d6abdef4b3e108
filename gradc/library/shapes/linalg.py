"""Types of linear algebra: the last two axes are a matrix, those before them a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradc.diagnostics import closest, plural
from gradc.ir.operation import Typing
from gradc.ir.sizes import Size, maximum, minimum
from gradc.ir.types import FLOATS, Check, Type, TypeMismatch, broadcast, promote
from gradc.library.shapes.letters import as_many_letters, one_letter_each, other_letters


def dotted(a: Type, b: Type) -> Typing:
    """The last axes of two arrays of one shape, multiplied and added up."""
    if a.shape != b.shape or not a.rank:
        raise TypeMismatch(f"{a} and {b} have no rows of one length", (0, 1))
    dtype, weak = promote([a, b])
    return Typing((Type(dtype, a.shape[:-1], weak),))


def multiplied(a: Type, b: Type) -> Typing:
    """NumPy's `matmul`: a 1-D operand is a row on the left, a column on the right."""
    if not a.rank or not b.rank:
        blamed = (0,) if not a.rank else (1,)
        helps = ["a product of numbers is `{0} * {1}`"]
        raise TypeMismatch("`@` needs arrays, not scalars", blamed, "E0303", helps)
    inner_a, inner_b = a.shape[-1], b.shape[-2 if b.rank > 1 else -1]
    if inner_a != inner_b:
        raise TypeMismatch(
            f"`@` needs the inner sizes to agree: {inner_a} is not {inner_b}", (0, 1)
        )
    batch = broadcast([a.shape[:-2], b.shape[:-2]])
    rows = a.shape[-2:-1] if a.rank > 1 else ()
    columns = b.shape[-1:] if b.rank > 1 else ()
    dtype, weak = promote([a, b])
    casts = ("i64", "i64") if dtype == "bool" else ()
    kind = Type("i64" if dtype == "bool" else dtype, (*batch, *rows, *columns), weak)
    return Typing((kind,), casts)


_MOST_OPERANDS = 63


def summed_products(subscripts: str, arrays: Sequence[Type]) -> Typing:
    """`einsum`: the subscripts come back with the result's and without ellipses."""
    if len(arrays) > _MOST_OPERANDS:
        message = f"NumPy multiplies up to {_MOST_OPERANDS} arrays at once, not {len(arrays)}"
        raise TypeMismatch(message, (0,), "E0305")
    operands, result = _subscripts(subscripts, arrays)
    sizes: dict[str, Size] = {}
    owner: dict[str, int] = {}
    for i, (letters, x) in enumerate(zip(operands, arrays, strict=True)):
        if len(letters) != x.rank:
            message = f'"{letters}" does not name the axes of {x}'
            helps = as_many_letters(subscripts, operands, result, arrays)
            stated = "subscripts" if helps else ""
            helps = helps or (one_letter_each(operands, arrays, i),)
            raise TypeMismatch(message, (i,), "E0303", helps, attribute=stated)
        for letter, size in zip(letters, x.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known == 1 and letters.count(letter) == 1:
                sizes[letter] = size
            elif size != known and (size != 1 or letters.count(letter) > 1):
                blamed = (owner[letter], i)
                helps = other_letters(subscripts, operands, result, arrays, blamed)
                stated = "subscripts" if helps else ""
                message = f"the axis {letter} is {known} and {size}"
                raise TypeMismatch(message, blamed, helps=helps, attribute=stated)
            owner.setdefault(letter, i)
    unknown = [c for c in result if c not in sizes]
    if unknown or len(set(result)) < len(result):
        message = f'"{result}" is no result of "{",".join(operands)}"'
        told = f"behind `->` stands each axis that stays, once, out of {_listed(sizes)}"
        # An axis that one operand alone has stays as a rule.
        free = [c for c in sizes if "".join(operands).count(c) == 1 and c not in result]
        if len(unknown) == len(free) == 1 and result.count(unknown[0]) == 1:
            told = f'write `"{",".join(operands)}->{result.replace(unknown[0], free[0])}"`'
        raise TypeMismatch(message, (), "E0303", (told,), attribute="subscripts")
    dtype, weak = promote(arrays)
    kind = Type("i64" if dtype == "bool" else dtype, tuple(sizes[c] for c in result), weak)
    casts = ("i64",) * len(arrays) if dtype == "bool" else ()
    return Typing((kind,), casts, attrs={"subscripts": f"{','.join(operands)}->{result}"})


def _listed(letters: Iterable[str]) -> str:
    return ", ".join(f"`{letter}`" for letter in letters)


def _subscripts(text: str, arrays: Sequence[Type]) -> tuple[list[str], str]:
    """The letters of each operand and of the result."""
    apart = ",".join(text.split()) if text.count(",") == 0 else ""
    text = text.replace(" ", "")
    left, arrow, right = text.partition("->")
    operands = left.split(",")
    if len(operands) != len(arrays):
        given = f"{len(arrays)} {'is' if len(arrays) == 1 else 'are'} given"
        message = f"the subscripts name {plural(len(operands), 'array')}, {given}"
        told = f"the array for `{operands[-1]}` is missing"
        if len(operands) < len(arrays):
            told = "a comma stands between the letters of two arrays, before the `->`"
            further = arrays[len(operands) :]
            if all(not x.rank for x in further):  # which have no letters
                told = (
                    f'write `"{left}{"," * len(further)}{arrow}{right}"`: a number has no letters'
                )
            if apart.partition("->")[0].count(",") + 1 == len(arrays):
                told = f'a comma stands between the letters of two arrays: `"{apart}"`'
        raise TypeMismatch(message, (), "E0303", (told,), attribute="subscripts")
    if not all(c.isascii() and (c.isalpha() or c == ".") for c in "".join(operands) + right):
        raise TypeMismatch(f'"{text}" holds more than letters, "...", "," and "->"', (0,), "E0305")
    if not arrow:
        letters = "".join(operands).replace(".", "")
        right = "..." * ("..." in left) + "".join(
            sorted(c for c in letters if letters.count(c) == 1)
        )
    if "." not in text:
        return operands, right
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in text]
    most = 0
    for i, (operand, x) in enumerate(zip(operands, arrays, strict=True)):
        before, dots, after = operand.partition("...")
        count = x.rank - len(before) - len(after) if dots else 0
        most = max(most, count)
        if count < 0 or count > len(spare) or "." in before + after:
            raise TypeMismatch(f'"{operand}" does not name the axes of {x}', (i,), "E0303")
        operands[i] = before + "".join(spare[:count][::-1]) + after
    return operands, right.replace("...", "".join(spare[:most][::-1]))


def convolution(a: Type, b: Type, mode: str) -> Typing:
    """`convolve`: how many places of two vectors it takes."""
    if mode not in ("full", "same", "valid"):
        near = closest(mode, ("full", "same", "valid"), 0.6)
        helps = [f'write `"{near[0]}"`'] if near else []
        message = f'"{mode}" is not "full" or "same" or "valid"'
        raise TypeMismatch(message, (), "E0305", helps, attribute="mode")
    m, n = _lengths("convolve", a, b)
    longer, shorter = maximum(m, n), minimum(m, n)
    size = {"full": m + n - 1, "same": longer, "valid": longer - shorter + 1}[mode]
    return _vector(a, b, size)


def correlation(a: Type, b: Type) -> Typing:
    """`correlate`: `b` lies within `a`."""
    m, n = _lengths("correlate", a, b)
    return _vector(a, b, m - n + 1)


def _lengths(name: str, a: Type, b: Type) -> tuple[Size, Size]:
    for place, x in enumerate((a, b)):
        if x.rank != 1 or x.shape[0] == 0:
            what = "is no vector" if x.rank != 1 else "has no elements"
            code = "E0303" if x.rank != 1 else "E0306"
            raise TypeMismatch(f"`{name}` is of vectors, {x} {what}", (place,), code)
    return a.shape[0], b.shape[0]


def _vector(a: Type, b: Type, size: Size) -> Typing:
    checks = [
        Check("at_most", 1, x.shape[0], f"a convolution needs {x.shape[0]} >= 1")
        for x in (a, b)
        if not isinstance(x.shape[0], int)
    ]
    dtype = promote([a, b])[0]
    casts = ("i64", "i64") if dtype == "bool" else ()
    return Typing((Type(casts[0] if casts else dtype, (size,)),), casts, checks=tuple(checks))


def square_matrices(x: Type) -> Typing:
    """Square matrices to ones of the same size."""
    return Typing((_square(x),), _as_floats(x))


def square_pairs(x: Type, v: Type) -> Typing:
    """Two square matrices of one shape to one."""
    if x.shape != v.shape:
        raise TypeMismatch(f"{x} and {v} differ", (0, 1))
    return square_matrices(x)


def swapped_matrices(x: Type) -> Typing:
    """Matrices [m, n] to [n, m]."""
    kind = _matrices(x)
    return Typing((Type(kind.dtype, (*x.shape[:-2], x.shape[-1], x.shape[-2])),), _as_floats(x))


def one_each(x: Type) -> Typing:
    """A number for each square matrix."""
    return Typing((Type(_square(x).dtype, x.shape[:-2]),), _as_floats(x))


def diagonal_each(x: Type) -> Typing:
    """A number for each row of square matrices."""
    return Typing((Type(_square(x).dtype, x.shape[:-1]),), _as_floats(x))


def solved(a: Type, b: Type) -> Typing:
    """`solve`: NumPy 2's rule, by which only a `b` of one axis is a vector."""
    _square(a)
    vector = b.rank == 1
    if not b.rank or b.shape[0 if vector else -2] != a.shape[-1]:
        raise TypeMismatch(f"{a} and {b} make no system of equations", (0, 1))
    dtype = promote([a, b])[0]
    casts = ("f64", "f64") if dtype not in FLOATS else ()
    batch = a.shape[:-2] if vector else broadcast([a.shape[:-2], b.shape[:-2]])
    shape = (*batch, *(b.shape if vector else b.shape[-2:]))
    return Typing((Type(dtype if dtype in FLOATS else "f64", shape),), casts)


def left_vectors(x: Type) -> Typing:
    """`svd`'s first result."""
    return _decomposed(x, (*x.shape[:-1], _smaller(x)))


def singular_values(x: Type) -> Typing:
    return _decomposed(x, (*x.shape[:-2], _smaller(x)))


def right_vectors(x: Type) -> Typing:
    return _decomposed(x, (*x.shape[:-2], _smaller(x), *x.shape[-1:]))


def _decomposed(x: Type, shape: tuple[Size, ...]) -> Typing:
    return Typing((Type(_matrices(x).dtype, shape),), _as_floats(x))


def _smaller(x: Type) -> Size:
    _matrices(x)
    return minimum(x.shape[-2], x.shape[-1])


def _matrices(x: Type) -> Type:
    if x.rank < 2:
        raise TypeMismatch(f"a matrix is needed, this is {x}", (0,), "E0303")
    return Type(x.dtype if x.is_float else "f64", x.shape)


def _square(x: Type) -> Type:
    kind = _matrices(x)
    if x.shape[-1] != x.shape[-2]:
        raise TypeMismatch(f"a square matrix is needed, this is {x}", (0,))
    return kind


def _as_floats(x: Type) -> tuple[str, ...]:
    return () if x.is_float else ("f64",)
