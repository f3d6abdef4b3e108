"""Random graphs with two losses: each is differentiated as the same graph with it alone is."""

from __future__ import annotations

import random
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.source import Source
from gradc.verification.translation import Stages
from tests.fuzz.judge import LEVELS, Module, changed
from tests.fuzz.program import Program, Value


def second_loss(program: Program) -> Value | None:
    """Another number on the way that may be a loss."""
    rng = random.Random(program.seed)
    made = [v for s in program.steps for v in s.results]
    found = [v for v in made if v.is_float and not v.shape and v is not program.loss]
    return rng.choice(found) if found and program.loss is not None else None


def texts(program: Program, other: Value) -> tuple[str, dict[str, str]]:
    """The graph with both losses, and with each alone, by the name of that."""
    rng = random.Random(program.seed)
    floats = [a.value.name for a in program.arguments if a.value.is_float and not a.update]
    by = rng.sample(floats, rng.randint(1, len(floats))) if floats else []
    returned = program.with_(outputs=list(dict.fromkeys([*program.outputs, other])))
    text = returned.text()
    loss = f"loss {other.name}"
    clause = f"{loss} wrt {', '.join(by)}\n" if by else f"{loss}\n"
    plain = "".join(line for line in text.splitlines(True) if not line.startswith("wrt "))
    alone = re.sub(r"^loss ", "output ", plain if by else text, flags=re.MULTILINE)
    assert program.loss is not None
    return text + clause, {program.loss.name: text, other.name: alone + clause}


def judge(program: Program) -> str:
    """The first thing that is wrong with the modules of a program with two losses."""
    other = second_loss(program)
    if other is None:
        return ""
    both, alone = texts(program, other)
    for level in LEVELS:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            stages = Stages()
            compiled = _compiled(both, level, stages)
            module = Module(program, compiled.text)
            outputs, saved = module.forward()
            for loss, text in alone.items():
                single = Module(program, _compiled(text, level).text)
                wanted = _of_loss(single, loss, "", *single.forward())
                found = _of_loss(module, loss, f"_{loss}", outputs, saved)
                tolerance = (2e-3, 1e-3) if program.is_single else (1e-9, 1e-6)
                for what, results in found.items():
                    if message := wanted[what].apart(results, tolerance):
                        return f"-O{level}, {what} of {loss}: {message}"
            if change := changed(program, compiled, stages, {}):
                return f"-O{level}: {change}"
    return ""


def _compiled(text: str, level: int, stages: Stages | None = None) -> Compilation:
    return compile_source(Source("losses.graph", text), Options(level=level), observe=stages)


@dataclass(frozen=True)
class _Results:
    """Outputs, and the gradients of a loss."""

    outputs: dict[str, Any]
    gradients: dict[str, Any]

    def apart(self, found: _Results, tolerances: tuple[float, float]) -> str:
        """What others have that is not this; where terms cancel, beside the largest."""
        tolerance, cancelled = tolerances
        for wanted, given in ((self.outputs, found.outputs), (self.gradients, found.gradients)):
            if wanted.keys() != given.keys():
                return f"{list(given)}, not {list(wanted)}"
            noise = cancelled * max(map(_size, wanted.values()), default=0)
            for name, right in wanted.items():
                right, ours = np.asarray(right), np.asarray(given[name])
                size = max(_size(right), noise)
                if right.shape != ours.shape or not np.allclose(
                    ours, right, rtol=tolerance, atol=tolerance * size, equal_nan=True
                ):
                    return f"{name} is {ours}, not {right}"
        return ""


def _size(array: Any) -> float:
    array = np.abs(np.asarray(array, float))
    return float(np.max(array, initial=0, where=np.isfinite(array)))


def _of_loss(
    module: Module, loss: str, suffix: str, outputs: Any, saved: Any
) -> dict[str, _Results]:
    """What the functions of one loss give."""
    backward = module.namespace[f"backward{suffix}"]
    first = _Results(outputs._asdict(), backward(saved))
    again = _Results(outputs._asdict(), backward(saved))
    given = [module.params] if module.program.params else []
    state = {"state": module.states} if module.states else {}
    value, gradients, *_ = module.namespace[f"value_and_grad{suffix}"](
        *given, **module.inputs, **state
    )
    there = outputs._replace(**{module.field(loss): value})
    at_once = _Results(there._asdict(), gradients)
    return {"backward": first, "backward again": again, "value_and_grad": at_once}
