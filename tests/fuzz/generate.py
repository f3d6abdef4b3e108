"""A random program from a seed: dimensions, arguments, statements, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.sizes import Size, dimension
from tests.fuzz.makers import MAKERS
from tests.fuzz.pool import Pool, promoted
from tests.fuzz.program import Program, Step, Value

_LENGTHS = (3, 6, 10, 15, 25, 40, 70, 120, 200)


def generate(seed: int, length: int | None = None) -> Program:
    """The program of a seed. The same seed gives the same program on every machine."""
    pool = Pool(seed)
    rng = pool.rng
    length = length or rng.choice(_LENGTHS[:6] if pool.chance(0.75) else _LENGTHS)
    dtype = rng.choice(["", "f64", "f64", "f32"])
    pool.float = dtype or "f64"
    dims, sizes = _dimensions(pool)
    _arguments(pool, sizes, mixed=pool.chance(0.1))
    weights = [w for w, _ in MAKERS]
    makers = [m for _, m in MAKERS]
    for _ in range(length * 3):
        if len(pool.steps) >= length:
            break
        rng.choices(makers, weights)[0](pool)
    program = Program(
        seed, dims, dtype or None, pool.arguments, pool.steps, [], None, None, pool.functions, True
    )
    return _asked(pool, program)


def _dimensions(pool: Pool) -> tuple[dict[str, tuple[str, int]], list[Size]]:
    """Free, fixed and derived dimensions, and the sizes that shapes are made of."""
    dims: dict[str, tuple[str, int]] = {}
    sizes: list[Size] = [1, 2, 3, pool.rng.choice([4, 6, 5, 0])]
    for _ in range(pool.rng.choice([0, 1, 1, 2, 3])):
        name = pool.names.dimension()
        form = pool.rng.random()
        free = [n for n, (d, _) in dims.items() if not d]
        if form < 0.6 or not free:
            dims[name] = ("", pool.rng.choice([1, 2, 2, 3, 3, 4, 5, 0]))
            pool.sizes[name] = dims[name][1]
            sizes += [dimension(name)] * 2
        elif form < 0.8:
            size = pool.rng.randint(1, 5)
            dims[name] = (str(size), size)
            sizes.append(size)
        else:
            base = pool.rng.choice(free)
            text, size = pool.rng.choice(
                [
                    (f"2 * {base}", dimension(base) * 2),
                    (f"{base} + 1", dimension(base) + 1),
                ]
            )
            dims[name] = (text, pool.size(size))
            sizes.append(size)
    return dims, sizes


def _arguments(pool: Pool, sizes: list[Size], *, mixed: bool) -> None:
    rng = pool.rng
    for name in pool.sizes:
        # Each free dimension stands alone as a size somewhere.
        shape = [dimension(name)] + ([rng.choice(sizes)] if pool.chance(0.5) else [])
        rng.shuffle(shape)
        pool.argument(pool.float, shape, is_param=pool.chance(0.3))
    for _ in range(rng.randint(2, 7)):
        rank = rng.choice([0, 1, 1, 2, 2, 2, 3])
        shape = [rng.choice(sizes) for _ in range(rank)]
        is_param = pool.chance(0.65)
        dtype = pool.float
        if mixed and pool.chance(0.4):
            dtype = rng.choice(["f32", "f64"])
        if not is_param and pool.chance(0.3):
            dtype = rng.choice(["i64", "bool", "i32"])
        pool.argument(dtype, shape, is_param=is_param)
    if not any(a.is_param for a in pool.arguments):
        pool.argument(pool.float, [rng.choice(sizes)], is_param=True)


def _asked(pool: Pool, program: Program) -> Program:
    """Outputs, a loss or none, and `wrt`."""
    rng = pool.rng
    floats = [v for s in pool.steps for v in s.results if v.is_float]
    used = {v for s in pool.steps for v in s.operands}
    ends = [v for v in floats if v not in used] or floats[-3:]
    with_loss = bool(ends) and pool.chance(0.75)
    loss = _loss(pool, ends) if with_loss else None
    made = [v for s in pool.steps for v in s.results if v is not loss]
    outputs = rng.sample(made, min(len(made), rng.choice([0, 1, 1, 2, 3])))
    if loss is None:
        outputs = list(dict.fromkeys([*outputs, *ends[: rng.randint(1, 4)]]))
    if loss is None and not any(v.is_float for v in outputs):
        outputs.append(pool.arguments[0].value)
    wrt = None
    candidates = [a.value.name for a in pool.arguments if a.value.is_float]
    if pool.chance(0.25) and candidates:
        wrt = rng.sample(candidates, rng.randint(1, len(candidates)))
    _keep_states(pool, made, wrt or ())
    inputs = [a for a in program.arguments if not a.is_param]
    return program.with_(
        outputs=outputs,
        loss=loss,
        wrt=wrt,
        arguments=[*inputs, *(a for a in program.arguments if a.is_param)],
    )


def _keep_states(pool: Pool, made: list[Value], wrt: Sequence[str]) -> None:
    """Some inputs as states, each with a value of its type for the next call."""
    for argument in pool.arguments:
        value = argument.value
        fixed = all(isinstance(size, int) for size in value.shape)
        if argument.is_param or not (value.is_float and fixed) or value.name in wrt:
            continue
        alike = [v for v in made if v.dtype == value.dtype and v.shape == value.shape]
        if alike and pool.chance(0.4):
            argument.update, argument.starting = pool.rng.choice(alike), " = 0"


def _loss(pool: Pool, ends: list[Value]) -> Value | None:
    """A sum of what the ends come to, each made a number by a statement of its own."""
    terms: list[Value] = []
    for value in ends[-12:]:
        terms += scalar_of(pool, value)
    total = terms[0] if terms else None
    if total is None:
        return None
    for term in terms[1:]:
        step = pool.add(
            "add",
            [total, term],
            "$0 + $1",
            lambda r, a, b: a + b,
            (promoted(total.dtype, term.dtype), ()),
        )
        if step is None:
            break
        step.typed = False
        total = step.results[0]
    if not any(total in s.results for s in pool.steps):
        return None
    return total


def scalar_of(pool: Pool, value: Value) -> list[Value]:
    """A number that depends on every element of a value."""
    form = pool.rng.random()
    if form < 0.4:
        text, reference = "sum(sin($0))", lambda r, a: r.sum(r.sin(a))
    elif form < 0.7 and value.array.size:
        text, reference = "mean(square($0))", lambda r, a: r.mean(a * a)
    else:
        text, reference = "sum(tanh($0))", lambda r, a: r.sum(r.tanh(a))
    step: Step | None = pool.add("loss", [value], text, reference, (value.dtype, ()))
    return list(step.results) if step else []
