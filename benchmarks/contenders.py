"""Who takes part: each turns a case into a step, in its own arrays and by its own best way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.in_c import extension
from benchmarks.work import Absent, Case, Step, compiled

HAND = "by hand"
UNWRITTEN = "it is not written for this work"
LEVELS = {"-O0": 0, "-O1": 1, "-O2": 2}


def emitted(level: int) -> Callable[[Case], Step]:
    """The module that gradc emits, with a workspace where it has one."""

    def prepare(case: Case) -> Step:
        module = compiled(case.work, case.row, level).module
        if hasattr(module, "Workspace"):
            return _called(module, case, {"workspace": module.Workspace()})
        return _called(module, case, {})

    return prepare


def in_c(case: Case) -> Step:
    """The extension that gradc builds: the same module, in C."""
    return _called(extension(case.work, case.row), case, {})


def _called(module: Any, case: Case, kept: dict[str, Any]) -> Step:
    params, given = case.params, {**case.inputs, **kept}
    if case.row.part == "value_and_grad":
        call = module.value_and_grad
        return lambda: call(params, **given)
    forward, backward = module.forward, module.backward
    if case.row.part == "forward":
        return lambda: forward(params, **given)[0]
    saved = forward(params, **given)[1]
    return lambda: backward(saved)


def by_hand(case: Case) -> Step:
    """NumPy, as an expert writes it."""
    whole = case.work.by_hand(case.params, case.inputs)
    step: Step = getattr(whole, case.row.part, whole)
    if case.row.part == "backward":
        whole.forward()
    return step


def in_jax(case: Case) -> Step:
    """JAX, jitted, on arrays of its own."""
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = _loss(case, "JAX", jax)
    by, given = jax.tree.map(jax.numpy.asarray, case.parted())
    if case.row.part == "backward":
        raise Absent("its forward keeps nothing for a backward apart")
    call = jax.jit(loss if case.row.part == "forward" else jax.value_and_grad(loss))
    return lambda: jax.block_until_ready(call(by, given))


def in_torch(case: Case) -> Step:
    """PyTorch as it runs at once."""
    import torch

    return _torch_step(case, torch, _loss(case, "torch", torch))


def in_torch_compile(case: Case) -> Step:
    """PyTorch, compiled by Inductor."""
    import torch

    loss = _loss(case, "torch", torch)
    if not case.work.torch_compiles:
        raise Absent("its loop is written out, which takes minutes to compile")
    torch._dynamo.reset()
    return _torch_step(case, torch, torch.compile(loss))


def _torch_step(case: Case, torch: Any, loss: Any) -> Step:
    torch.set_num_threads(1)
    by, given = case.parted()
    leaves = {n: torch.tensor(np.asarray(v), requires_grad=True) for n, v in by.items()}
    given = {n: torch.tensor(np.asarray(v)) for n, v in given.items()}
    wanted = tuple(leaves.values())
    grad = torch.autograd.grad
    if case.row.part == "forward":
        return lambda: loss(leaves, given)
    if case.row.part == "backward":
        kept = loss(leaves, given)
        return lambda: grad(kept, wanted, retain_graph=True)

    def step() -> Any:
        value = loss(leaves, given)
        return value.item(), grad(value, wanted)

    return step


def in_autograd(case: Case) -> Step:
    """HIPS autograd, which records NumPy's calls."""
    import autograd

    loss = _loss(case, "autograd", autograd)
    if case.row.part != "value_and_grad":
        raise Absent("only value and gradient together are written")
    by, given = case.parted()
    call = autograd.value_and_grad(loss)
    return lambda: call(by, given)


def in_casadi(case: Case) -> Step:
    """CasADi: a function of scalar expressions, run by its virtual machine."""
    import casadi

    by, given = case.parted()
    loss = _loss(case, "CasADi", casadi)
    symbols = {n: casadi.SX.sym(n, np.size(v)) for n, v in {**by, **given}.items()}
    value = loss(symbols, symbols)
    gradients = [casadi.gradient(value, symbols[n]) for n in by]
    call = casadi.Function("step", list(symbols.values()), [value, *gradients])
    arguments = [casadi.DM(v) for v in {**by, **given}.values()]

    def step() -> Any:
        value, *gradients = call(*arguments)
        return value, gradients

    return step


def _loss(case: Case, peer: str, module: Any) -> Any:
    if peer not in case.work.peers:
        raise Absent(UNWRITTEN)
    return case.work.peers[peer](module)


# By the name of a column.
CONTENDERS: dict[str, Callable[[Case], Step]] = {
    HAND: by_hand,
    **{name: emitted(level) for name, level in LEVELS.items()},
    "C": in_c,
    "JAX": in_jax,
    "torch": in_torch,
    "torch.compile": in_torch_compile,
    "autograd": in_autograd,
    "CasADi": in_casadi,
}
PEERS = ("JAX", "torch", "torch.compile", "autograd", "CasADi")


def prepared(case: Case, name: str) -> Step:
    """The step of a contender, called once; raises `Absent` where there is none."""
    step, _ = taken(case, name)
    return step


def taken(case: Case, name: str) -> tuple[Step, Any]:
    """The step of a contender, and what its first call gives."""
    try:
        step = CONTENDERS[name](case)
        return step, step()
    except ImportError as missing:
        raise Absent("not installed") from missing
    except Exception as failure:
        if isinstance(failure, Absent) or name not in PEERS:
            raise
        # No C++ compiler, say; a peer that cannot do it costs the others nothing.
        raise Absent(f"fails, {type(failure).__name__}") from failure
