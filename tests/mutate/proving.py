"""A mutant of a rule, judged by the proofs that its own operation has, and by no other's."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from inspect import unwrap
from typing import Any

from gradc.elaborate import elaborate
from gradc.library.loader import StandardLibrary
from gradc.syntax.parser import parse
from tests.library import test_conventions as conventions
from tests.library import test_derivatives as derivatives
from tests.library import test_forward as forward
from tests.library import test_symbolic as symbolic
from tests.library.cases import BY_THE_SYNTAX, LIBRARY, Case, cases_of
from tests.library.proofs import carries, has_formula, takes_complex_step
from tests.mutate.rules import RuleMutant

Proof = Callable[[StandardLibrary], None]
SECONDS = 60


def is_killed(mutant: RuleMutant) -> bool:
    """Whether the rule does not compile, or a proof of its operation fails."""
    library = mutant.library()
    try:
        with _in_time(), warnings.catch_warnings():
            warnings.simplefilter("error")
            for proof in proofs_of(mutant.operation):
                proof(library)
    except Exception:
        return True
    return False


@cache
def proofs_of(operation: str) -> list[Proof]:
    """What is held of its examples, the quickest proofs first, and of its edges."""
    cases = [c for c in BY_THE_SYNTAX.get(operation) or cases_of(operation) if carries(c)]
    alone = [one for c in cases for one in c.each_result() if carries(one)]
    proofs = [_of(forward.test_dual_numbers, c) for c in cases]
    proofs += [_of(derivatives.test_complex_step, c) for c in cases if takes_complex_step(c)]
    proofs += [_of(_differences, c) for c in (*cases, *alone)]
    if ("vjp", operation) in LIBRARY.stanzas:
        proofs += [_of(conventions.test_fused_rule_equals_derived_rule, c) for c in cases]
    proofs += _edges(operation)
    proofs += [_of(derivatives.test_second_derivative, c) for c in cases]
    if has_formula(operation):
        scalars = [c for c in symbolic.SCALAR if c.name == operation]
        tests = (symbolic.test_first_derivative, symbolic.test_second_derivative)
        proofs += [_of(test, c) for test in tests for c in scalars]
    return proofs


def _of(test: Callable[[Case], None], case: Case) -> Proof:
    alone = unwrap(test)  # of a test that takes several cases together
    return lambda library: alone(replace(case, library=library))


def _differences(case: Case) -> None:
    unwrap(derivatives.test_central_differences)(case, 1)


def _edges(operation: str) -> Iterator[Proof]:
    """The conventions that are stated of a call which is the operation alone."""
    for edges, agrees in (
        (conventions.EDGES, conventions.agrees),
        (conventions.STABLE, conventions.agrees_in_f32),
    ):
        for edge in edges:
            if _made(edge[0], edge[1]) == [operation]:
                yield partial(agrees, edge)


def _made(call: str, arrays: Any) -> list[str]:
    """The operations of a call, numbers aside; the last node is the sum of its result."""
    graph, _ = elaborate(parse(conventions.written(call, arrays)), LIBRARY)
    return [n.name for n in graph.nodes if not n.traits.literal][:-1]


@contextmanager
def _in_time() -> Iterator[None]:
    """A proof that does not end is one that fails."""

    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
