"""Pure functions: nothing is written to, nothing is shared, every call gives the same."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, Module, build, same
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
