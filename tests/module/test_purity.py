"""Pure functions: nothing is written to, nothing is shared, every call gives the same."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source, read
from gradc.verification.emitted import Module as Emitted
from gradc.verification.emitted import Point
from gradc.verification.prove import each_loss
from gradc.verification.sample import Sampler
from tests.compiled import LEVELS, Module, build, keywords, same
from tests.derived import golden_cases
from tests.module.graphs import GRAPHS


def arrays(values: Any) -> list[np.ndarray]:
    return [v for v in values if isinstance(v, np.ndarray) and v.size]


def prepared(name: str, level: int) -> tuple[Module, list[Any], dict[str, Any]]:
    text, inputs = GRAPHS[name]
    module = build(text, level=level)
    params = [module.init_params(1)] if module.graph["params"] else []
    return module, params, inputs


def cotangents(module: Module, outputs: Any) -> dict[str, Any]:
    if module.graph["loss"]:
        return {}
    floats = {n for n, o in module.graph["outputs"].items() if o["dtype"].startswith("float")}
    return {f"d{n}": np.ones_like(getattr(outputs, n)) for n in floats}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_arguments_are_never_written_to(name: str, level: int) -> None:
    module, params, inputs = prepared(name, level)
    outputs, _ = module.forward(*params, **inputs)
    given = cotangents(module, outputs)
    frozen = arrays([*inputs.values(), *(params[0].values() if params else ()), *given.values()])
    for array in frozen:
        array.flags.writeable = False
    try:
        keys = [list(p) for p in params]
        _, saved = module.forward(*params, **inputs)
        module.backward(saved, **given)
        assert [list(p) for p in params] == keys
    finally:
        for array in frozen:
            array.flags.writeable = True


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_backward_may_be_called_twice(name: str, level: int) -> None:
    module, params, inputs = prepared(name, level)
    outputs, saved = module.forward(*params, **inputs)
    given = cotangents(module, outputs)
    before = [np.copy(v) for v in (*saved, *outputs)]
    first, second = module.backward(saved, **given), module.backward(saved, **given)
    for key, gradient in first.items():
        assert same(second[key], gradient)
    for value, copy in zip((*saved, *outputs), before, strict=True):
        assert np.array_equal(value, copy, equal_nan=True)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_gradients_share_memory_with_nothing(name: str, level: int) -> None:
    module, params, inputs = prepared(name, level)
    outputs, saved = module.forward(*params, **inputs)
    given = cotangents(module, outputs)
    found = arrays(module.backward(saved, **given).values())
    again = arrays(module.backward(saved, **given).values())
    others = arrays(
        [*saved, *outputs, *inputs.values(), *(params[0].values() if params else ()),
         *given.values(), *again, *vars(module).values()]
    )  # fmt: skip
    for i, gradient in enumerate(found):
        assert gradient.flags.writeable
        for other in (*found[:i], *others):
            assert not np.shares_memory(gradient, other)


def shared(found: list[np.ndarray], others: list[np.ndarray]) -> list[np.ndarray]:
    """Those that are read-only, or share memory with one before them or with another array."""
    return [
        a
        for i, a in enumerate(found)
        if not a.flags.writeable or any(np.shares_memory(a, b) for b in (*found[:i], *others))
    ]


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", GRAPHS)
def test_outputs_are_the_callers(name: str, level: int) -> None:
    module, params, inputs = prepared(name, level)
    outputs, saved = module.forward(*params, **inputs)
    given = arrays([*inputs.values(), *(params[0].values() if params else ())])
    constants = arrays(vars(module).values())
    assert not shared(arrays(outputs), [*given, *constants, *arrays(saved)])
    cots = cotangents(module, outputs)
    before = {k: np.copy(g) for k, g in module.backward(saved, **cots).items()}
    for output in arrays(outputs):
        output[...] = 77
    after = module.backward(saved, **cots)
    assert all(np.array_equal(before[k], after[k], equal_nan=True) for k in before)


def point_of(compilation: Compilation) -> Point:
    return next(next(Sampler(compilation.graph, 0, {}).points(1)))


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("path", golden_cases(), ids=lambda p: p.stem)
def test_outputs_of_examples_are_the_callers(path: Path, level: int) -> None:
    options = Options(level=level, root=path.parents[2])
    compilation = compile_source(read(str(path)), options)
    for loss, _ in each_loss(compilation.graph):
        module = Emitted(compilation.text, path.stem, loss)
        are_the_callers(module, point_of(compilation))


def are_the_callers(module: Emitted, point: Point) -> None:
    """What goes out of `forward` and `backward` is nobody else's."""
    given = arrays([*point.inputs.values(), *point.params.values()])
    outputs, saved = module.forward(point)
    constants = arrays(vars(module)["_namespace"].values())
    assert not shared(arrays(outputs), [*given, *constants, *arrays(saved)])
    before = module.gradients(point)
    for gradient in arrays(before.values()):
        assert gradient.flags.writeable
    assert not shared(arrays(before.values()), [*given, *constants, *arrays(outputs)])
    for output in arrays(outputs):
        output[...] = 7
    after = module.differentiated(saved, point)
    assert all(np.array_equal(before[k], after[k], equal_nan=True) for k in before)


@pytest.mark.parametrize(
    "text",
    [
        "input x: [3]\noutput y = x\n",
        "input x: [3]\noutput y = x[1:]\n",
        "input x: [2, 3]\noutput y = x.T\n",
        "input x: [3]\noutput y = broadcast_to(x, [2, 3])\n",
        "input x: [3]\noutput y = broadcast_to(exp(x), [2, 3])\n",
        "input x: [3]\noutput y = exp(x)\noutput z = y\n",
        "input x: [3]\noutput y = exp(x)\noutput z = y[1:]\n",
        "input x: [3]\noutput y = stop_gradient(x)\n",
        "const k: [3] = [1, 2, 3]\noutput y = k\noutput z = k\n",
        "dim T\ninput x: [T, 3]\ninput g: [3]\nscan h = g over t in x {\n    next h = h + t\n}\n"
        "output y = h\n",
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_handed_out_is_a_copy_where_it_has_to_be(text: str, level: int) -> None:
    module = build(text, level=level)
    shapes = {"x": (2, 3) if "x: [2" in text else (0, 3) if "T" in text else (3,), "g": (3,)}
    inputs = {n: np.ones(shapes[n]) for n in module.graph["inputs"]}
    offers = [module.forward(**inputs)[0]]
    if hasattr(module, "predict"):
        names = [n for n in inputs if n in keywords(module.predict)]
        offers.append(module.predict(**{n: inputs[n] for n in names}))
    for outputs in offers:
        assert not shared(arrays(outputs), arrays([*inputs.values(), *vars(module).values()]))


@pytest.mark.parametrize("name", GRAPHS)
def test_calls_from_several_threads(name: str) -> None:
    module, params, inputs = prepared(name, 1)

    def once(_: int) -> dict[str, Any]:
        outputs, saved = module.forward(*params, **inputs)
        found: dict[str, Any] = module.backward(saved, **cotangents(module, outputs))
        return found

    first = once(0)
    with ThreadPoolExecutor(8) as pool:
        for gradients in pool.map(once, range(40)):
            assert all(same(gradients[k], g) for k, g in first.items())


def test_constants_of_a_module_are_read_only() -> None:
    module = build("const k: [3] = [1, 2, 3]\ninput x: [3]\noutput y = x * k\noutput z = k\n")
    (constant,) = arrays(vars(module).values())
    assert not constant.flags.writeable
    module.outputs(x=np.ones(3)).y[:] = 5
    assert same(module.outputs(x=np.ones(3)).y, np.array([1.0, 2, 3]))


def test_what_comes_out_of_forward_may_be_changed_after_backward() -> None:
    module = build("input x: [2]\nparam w: [2] = 1\noutput h = exp(x * w)\nloss J = sum(h * h)\n")
    params = module.init_params()
    outputs, saved = module.forward(params, x=np.ones(2))
    first = module.backward(saved)["w"].copy()
    outputs.h[:] = 0
    outputs, saved = module.forward(params, x=np.ones(2))
    assert same(module.backward(saved)["w"], first)
