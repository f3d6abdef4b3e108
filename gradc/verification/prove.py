"""Judging every gradient of a module at several points."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from gradc.diagnostics import DiagnosticError
from gradc.ir.graph import Graph
from gradc.ir.types import DTYPES
from gradc.library.loader import standard_library
from gradc.passes.inline import inline
from gradc.passes.separate import each
from gradc.records import dataclass, field
from gradc.verification.blame import Blame, first_wrong
from gradc.verification.differences import (
    STEP,
    TOLERANCE_COMPLEX,
    Comparison,
    GraphFunction,
    compare,
    is_analytic,
)
from gradc.verification.duality import TOLERANCE as DUALITY
from gradc.verification.duality import Duality
from gradc.verification.emitted import Arrays, Module, ModuleError, Point
from gradc.verification.interpret import CannotInterpretError
from gradc.verification.offered import Offered
from gradc.verification.sample import Sampler
from gradc.verification.single import distance, in_double, largest_of

if TYPE_CHECKING:  # which needs SymPy
    from gradc.verification.formulas import Proof

_ENTRIES = 16  # of an array that are checked one by one at each point
_DIRECTIONS = 2  # along which a larger array is checked as a whole
_SECONDS = 30.0  # that differences may take, about; a deep model is looked at in fewer places
_CALLS = 4  # of `forward` for a derivative by differences
_WEIGHT = 1.75  # of the loss, for a second look at each gradient
_TOLERANCE_SINGLE = 1e-3  # between the gradient in f32 and the same formulas in f64


@dataclass()
class Finding:
    """What is known about one gradient."""

    name: str
    type: str
    checked: int = 0
    at_kinks: int = 0
    worst: float = 0.0  # relative error
    wrong: str = ""  # why it is wrong
    single: list[float] = field(default_factory=list)  # f32 against f64, at each point

    @property
    def is_right(self) -> bool:
        return not self.wrong


@dataclass()
class Verdict:
    """The findings, how they were reached, and where a mistake is."""

    findings: list[Finding]
    points: int = 0
    complex_step: bool = False
    dual: bool = False  # forward mode was run as well
    single: bool = False
    problems: list[str] = field(default_factory=list)  # of the module as a whole
    first: Point | None = None  # where it was looked at, in double precision
    offered: Sequence[str] = ()  # what `--also` adds
    passes: bool = False  # what the compiler holds after each pass was looked at too
    proofs: Sequence[Proof] = ()  # by SymPy, where they were asked for
    blame: Blame | None = None

    @property
    def is_right(self) -> bool:
        return not self.problems and all(f.is_right for f in self.findings)


def each_loss(graph: Graph) -> list[tuple[str | None, Graph]]:
    """The graphs that are proven one by one; a loss is named where there are several."""
    return [(part.loss if graph.further else None, part) for part in each(graph)]


def prove(
    graph: Graph, module: Module, seed: int, given: Mapping[str, Any], points: int = 3
) -> Verdict:
    """Compares what `backward` gives with differences of what `forward` computes.

    A module with f32 is run a second time with f64 in its text: the gradients of that are
    compared with differences, and those in f32 with them.
    """
    return _Prover(graph, module, seed, given).run(points)


class _Prover:
    def __init__(self, graph: Graph, module: Module, seed: int, given: Mapping[str, Any]):
        # Calls of functions with rules of their own give way to their bodies, which know no rule.
        self.graph, self.module = inline(graph), module
        self.double = module.in_double() if module.is_single else module
        self.sampler = Sampler(self.graph, seed, given)
        self.rng = np.random.default_rng(seed)
        types = graph.arguments
        self.findings = {name: Finding(name, str(types[name].type)) for name in graph.wrt}
        self.verdict = Verdict(list(self.findings.values()), single=module.is_single)
        self.complex = is_analytic(self.graph, graph.wrt)
        self.duality: Duality | None = None
        with suppress(DiagnosticError):  # a rule of one's own may go backward alone
            self.duality = Duality(graph, standard_library())
        self.offered = Offered(self.graph, self.double, self.rng)
        self.values: list[float] = []  # how far a loss in f32 is from that in f64
        self.places = float(_ENTRIES)  # of each array that there is time for, at each point

    def run(self, points: int) -> Verdict:
        verdict = self.verdict
        self.points = points
        for candidates in self.sampler.points(points):
            point = self._usable(candidates)
            if point is None:
                continue
            verdict.points += 1
            verdict.first = verdict.first or in_double(point)
            self._check(point)
            if not verdict.is_right:
                verdict.blame = first_wrong(self.graph, self.double, in_double(point))
                return verdict
        if not verdict.points:
            verdict.problems.append("no point was found where the result is a finite number")
        if self.values and (worst := min(self.values)) > _TOLERANCE_SINGLE:
            problem = f"the loss is another one: f32 and f64 differ by {worst:.1e}"
            verdict.problems.append(problem)
        for finding in verdict.findings:
            if finding.single and min(finding.single) > _TOLERANCE_SINGLE:
                finding.wrong = f"f32 and f64 differ by {min(finding.single):.1e}"
        return verdict

    def _usable(self, candidates: Iterator[Point]) -> Point | None:
        """The first candidate that the module accepts and that gives a finite number."""
        failure = ""
        for point in candidates:
            try:
                start = time.perf_counter()
                if np.isfinite(self.double.value(in_double(point))):
                    self._plan(time.perf_counter() - start)
                    return point
            except (ValueError, IndexError, FloatingPointError, np.linalg.LinAlgError) as refused:
                failure = str(refused)
        if failure:
            self.verdict.problems.append(f"`forward` refuses every point tried: {failure}")
        return None

    def _plan(self, seconds: float) -> None:
        """How many places of each array are looked at, where a call takes so long."""
        derivatives = _SECONDS / (_CALLS * max(seconds, 1e-6))
        self.places = min(self.places, derivatives / (self.points * max(len(self.findings), 1)))

    def _is_left_out(self, number: int) -> bool:
        """Whether there is no time for an array at this point: each has its turn at one of them."""
        return self.places < 1 and number % self.points != (self.verdict.points - 1) % self.points

    def _check(self, point: Point) -> None:
        exact = in_double(point)
        gradients = self.double.gradients(exact)
        forward_agrees = self._check_forward(exact)
        single = self.module.gradients(point) if self.module.is_single else gradients
        # The text of a module is the same in f64; what is built has another `value_and_grad`.
        at_once = self.module.at_once(point) if self.module.is_built else None
        if self.module.is_built and self.module.is_single and not self.module.draws:
            self._check_value(point, at_once)
        self._check_contract(single)
        if self.graph.loss is not None:
            self._check_weight(gradients, self.double.gradients(exact, _WEIGHT))
        largest = largest_of(gradients)
        self._check_at_once(exact, gradients, largest)
        if forward_agrees:
            self._check_dual(exact, gradients)
        self.verdict.offered = self.offered.names
        self.verdict.problems += self.offered.problems(exact)
        for number, (name, finding) in enumerate(self.findings.items()):
            if not finding.is_right or self._is_left_out(number):
                continue
            gradient = np.asarray(gradients[name], np.float64)
            for direction, label in self._directions(gradient.shape):
                self._judge(finding, exact, gradient, direction, label)
            if self.complex and forward_agrees:
                self._judge_complex(finding, exact, gradient)
            if self.module.is_single and not self.module.draws:
                # The generator's numbers in f32 are not those in f64.
                finding.single.append(distance(np.asarray(single[name]), gradient, largest))
                if at_once is not None:
                    found = np.asarray(at_once[1][name])
                    finding.single[-1] = max(finding.single[-1], distance(found, gradient, largest))

    def _check_value(self, point: Point, at_once: tuple[float, Arrays] | None) -> None:
        """What is built computes what the module computes that it stands for."""
        exact = np.asarray(self.double.value(in_double(point)))
        found = [self.module.value(point), *([at_once[0]] if at_once is not None else [])]
        self.values.append(max(distance(np.asarray(value), exact, 0) for value in found))

    def _check_forward(self, point: Point) -> bool:
        """Whether the module computes what the graph says; draws of numbers cannot be compared."""
        function = GraphFunction(self.graph, point)
        try:
            expected = float(function.result(function.values()))
        except (CannotInterpretError, NameError, TypeError, ValueError, IndexError):
            return False
        got = self.double.value(point)
        if abs(got - expected) <= 1e-9 * max(1.0, abs(got), abs(expected)):
            return True
        problem = f"`forward` gives {got:.10g} where the graph gives {expected:.10g}"
        self.verdict.problems.append(problem)
        return False

    def _check_dual(self, point: Point, gradients: Arrays) -> None:
        """Forward mode along a random direction gives what the gradients say of it."""
        if self.duality is None:
            return
        try:
            error = self.duality.error(point, gradients, self.rng)
        except (CannotInterpretError, KeyError, NameError, TypeError):
            return
        self.verdict.dual = True
        if not error <= DUALITY:
            self.verdict.problems.append(
                f"forward mode disagrees: <v, Jᵀu> and <Jv, u> differ by {error:.1e}"
            )

    def _check_contract(self, gradients: Arrays) -> None:
        for name, finding in self.findings.items():
            declared = self.graph.arguments[name].type
            if name not in gradients:
                finding.wrong = f"`{self.module.backward}` does not give it"
                continue
            found = np.asarray(gradients[name])
            if found.ndim != declared.rank:
                finding.wrong = f"its shape is {list(found.shape)}"
            elif str(found.dtype) != DTYPES[declared.dtype]:
                finding.wrong = f"its element type is {found.dtype}"
            elif not np.all(np.isfinite(found)):
                count = int(np.sum(~np.isfinite(found)))
                finding.wrong = f"{count} of {found.size} numbers are none: `gradc why` says where"

    def _check_at_once(self, point: Point, gradients: Arrays, largest: float) -> None:
        """`value_and_grad` gives what `forward` and `backward` give, one after the other."""
        at_once = self.double.at_once(point)
        if at_once is None:
            return
        value, found = at_once
        expected = self.double.value(point)
        if not distance(np.asarray(value), np.asarray(expected), 0) <= 1e-9:
            called = f"`{self.double.value_and_grad}`"
            problem = f"{called} gives {value:.10g} where `forward` gives {expected:.10g}"
            self.verdict.problems.append(problem)
        for name, finding in self.findings.items():
            if finding.is_right and not (
                distance(np.asarray(found[name]), np.asarray(gradients[name]), largest) <= 1e-9
            ):
                finding.wrong = f"`{self.double.value_and_grad}` gives another one"

    def _check_weight(self, gradients: Arrays, weighted: Arrays) -> None:
        """`backward` takes the cotangent of the loss, which multiplies every gradient."""
        largest = largest_of(gradients)
        for name, finding in self.findings.items():
            if finding.is_right:
                expected = _WEIGHT * np.asarray(gradients[name])
                apart = float(np.max(np.abs(np.asarray(weighted[name]) - expected), initial=0.0))
                size = float(np.max(np.abs(expected), initial=0.0))
                # What cancels to nothing beside the other gradients is noise.
                if not apart <= 1e-9 * size + 1e-13 * largest:
                    finding.wrong = (
                        f"it is not {_WEIGHT} times as large for d{self.graph.loss}={_WEIGHT}"
                    )

    def _directions(self, shape: Sequence[int]) -> Iterator[tuple[Any, str]]:
        """Single entries of a gradient, and for a large one directions through all of it."""
        size = int(np.prod(shape))
        chosen = range(size)
        entries = min(_ENTRIES, int(self.places))
        if size > entries:
            chosen = np.sort(self.rng.choice(size, entries, replace=False))  # type: ignore[assignment]
        for flat in chosen:
            direction = np.zeros(size)
            direction[flat] = 1.0
            place = [int(i) for i in np.unravel_index(flat, shape)]
            yield direction.reshape(shape)[()], f" at {place}" if place else ""
        if size > entries:
            for _ in range(_DIRECTIONS if entries > 1 else 1):
                drawn = np.asarray(self.rng.normal(0, 1, shape))
                yield drawn / np.linalg.norm(drawn), " along a random direction"

    def _judge(
        self, finding: Finding, point: Point, gradient: Any, direction: Any, label: str
    ) -> None:
        name = finding.name
        start = np.asarray(point.value(name), np.float64)
        step = STEP * max(1.0, float(np.max(np.abs(start * direction), initial=0.0)))

        def function(h: float) -> float:
            return self.double.value(point.moved(name, (start + h * direction)[()]))

        got = float(np.sum(gradient * direction))
        scale = float(np.max(np.abs(gradient), initial=0.0))
        self._note(finding, compare(got, function, step, scale), label)

    def _note(self, finding: Finding, found: Comparison, label: str) -> None:
        finding.at_kinks += found.at_kink
        finding.checked += not found.at_kink
        finding.worst = max(finding.worst, found.error)
        if not found.is_right and finding.is_right:
            finding.wrong = f"{found.got:.8g}{label}, differences give {found.expected:.8g}"

    def _judge_complex(self, finding: Finding, point: Point, gradient: Any) -> None:
        """Along one direction through the whole array: the complex step has no noise to hide in."""
        direction = self.rng.normal(0, 1, gradient.shape)[()] if gradient.ndim else 1.0
        value = self.graph.arguments[finding.name]
        try:
            expected = GraphFunction(self.graph, point).complex_slope(value, direction)
        except (CannotInterpretError, TypeError, ValueError):
            self.complex = False  # an operation that NumPy does not offer for complex numbers
            return
        self.verdict.complex_step = True
        got = float(np.sum(gradient * direction))
        size = max(abs(got), abs(expected), float(np.sum(np.abs(gradient * direction))))
        error = abs(got - expected) / size if size != 0 else 0.0
        finding.worst = max(finding.worst, error)
        if not error <= TOLERANCE_COMPLEX and finding.is_right:
            finding.wrong = f"{got:.8g}, the complex step gives {expected:.8g}"


__all__ = ["Blame", "Finding", "ModuleError", "Verdict", "each_loss", "prove"]
