"""Which proofs the derivative of an operation has. This is the one place that decides it.

`python -m tests.bless proofs` writes it down in `gradc/library/proofs.txt`, for the pages of
`gradc ops`; the tests of each proof run over what is decided here.
"""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.graph import Graph
from gradc.passes.inline import inline
from gradc.verification.symbolic import sympy_text
from tests.library.cases import FUNCTIONS, LIBRARY, OPS, Case, cases_of
from tests.library.formulas import FORMULAS
from tests.library.torch_table import TORCH

NOT_THE_DERIVATIVE = {"stop_gradient", "finite_max", "top", "max_or_least", "max_of_some"}
"""Operations whose purpose is a derivative other than their own."""


def carries(case: Case) -> bool:
    """Whether there is a derivative to prove."""
    if case.name in NOT_THE_DERIVATIVE or not any(o.carries for o in case.operands):
        return False
    return any(o.value.type.is_float for o in case.graph.outputs)


def has_derivative(name: str) -> bool:
    """Whether it has a derivative that is not 0 wherever it has one."""
    is_rounding = name in OPS and not LIBRARY.operation(name).ruled
    return not is_rounding and any(map(carries, cases_of(name)))


def has_formula(name: str) -> bool:
    """Whether SymPy differentiates it: an operation on scalars, or a composite written down."""
    return name in FORMULAS or bool(name in OPS and sympy_text(LIBRARY.operation(name)))


def takes_complex_step(case: Case) -> bool:
    """Whether every operation of the graph may be run on complex numbers."""
    return carries(case) and all(n.traits.analytic for n in inline(case.graph).nodes)


def elaborated(case: Case) -> Graph:
    """The graph of a case that is compiled, without calls."""
    return inline(case.compile(0).graph)


def _some(predicate: Callable[[Case], bool]) -> Callable[[str], bool]:
    return lambda name: any(predicate(case) for case in cases_of(name))


PROOFS: dict[str, Callable[[str], bool]] = {
    "SymPy": has_formula,
    "complex step": _some(takes_complex_step),
    "differences": _some(carries),
    "dual numbers": _some(carries),
    "the derivative of its body": lambda name: ("vjp", name) in LIBRARY.stanzas,
    "torch": TORCH.__contains__,
}


def proofs_of(name: str) -> list[str]:
    """The proofs of a derivative; none where there is no derivative."""
    if not has_derivative(name):
        return []
    return [proof for proof, has in PROOFS.items() if has(name)]


def table() -> str:
    """The text of `gradc/library/proofs.txt`."""
    rows = ((name, proofs_of(name)) for name in (*OPS, *FUNCTIONS))
    return "".join(f"{name}: {', '.join(proofs)}\n" for name, proofs in rows if proofs)
