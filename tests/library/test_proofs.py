"""Every derivative has a proof that knows nothing of its rule, and pages say which."""

from __future__ import annotations

import pytest

from gradc.library.proofs import proofs_of as printed
from tests.library import proofs
from tests.library.cases import FUNCTIONS, LIBRARY, OPS
from tests.library.torch_table import TORCH

CARRYING = [n for n in (*OPS, *FUNCTIONS) if proofs.has_derivative(n)]

BY_THE_SYNTAX = {
    "constant",
    "size",
    "array",
    "index",
    "index_adjoint",
    "index_add",
    "pick_at",
    "add_at",
}
"""What has no call to derive tests from; `test_syntax.py` differentiates it."""


@pytest.mark.parametrize("name", CARRYING)
def test_each_derivative_is_proven_twice(name: str) -> None:
    found = proofs.proofs_of(name)
    assert {"differences", "dual numbers"} <= set(found)


def test_what_has_no_proof_has_no_derivative() -> None:
    ruled = {n for n in OPS if LIBRARY.operation(n).ruled}
    assert ruled - set(CARRYING) <= BY_THE_SYNTAX


def test_torch_is_asked_about_operations() -> None:
    assert TORCH.keys() <= {*OPS, *FUNCTIONS}


def test_the_table_is_current() -> None:
    for name in CARRYING:
        assert printed(name) == proofs.proofs_of(name), "python -m tests.bless proofs docs"
