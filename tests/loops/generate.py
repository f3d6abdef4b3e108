"""A random program with loops in loops, from a seed."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradc.ir.sizes import Size, dimension, size_text
from tests.fuzz.names import Names
from tests.fuzz.program import Argument, Step, Value
from tests.fuzz.reference import NumpyReference
from tests.loops.forms import Form, forms_to, some_form
from tests.loops.program import LOSS, Carried, Collected, Loop, Program, Statement, Walk

_LARGEST = 1e3  # a program with a larger value is thrown away
_DEPTHS = (1, 2, 2, 3, 3, 3, 3)


def generate(seed: int) -> Program:
    """The program of a seed. The same seed gives the same program on every machine."""
    for attempt in range(100):
        drawn = _Drawing(random.Random(seed * 100 + attempt)).program(seed)
        if _is_tame(drawn):
            return drawn
    raise AssertionError(f"no tame program for the seed {seed}")


def _is_tame(program: Program) -> bool:
    """Whether no value is too large; gives the outputs their arrays."""
    arrays = {a.value: a.value.array for a in program.arguments}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        program.evaluated(NumpyReference(), arrays)
    for value in program.outputs:
        value.array = np.asarray(arrays[value])
    return all(np.all(np.abs(np.asarray(a)) < _LARGEST) for a in arrays.values())


@dataclass(frozen=True, slots=True)
class Start:
    """What a carried value starts from. Where something is added to a number, it grows."""

    value: Value | float
    shape: tuple[Size, ...]
    added: Value | None = None

    def grown(self, here: Value) -> Form:
        assert self.added is not None
        return Form("$0 + $1", (here, self.added), lambda r, a, b: a + b, self.shape)


class _Drawing:
    """A program under construction: what can be seen where it is being written."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.names = Names(rng)
        self.names.taken |= {LOSS.name, "axis", "in"}
        self.sizes: dict[str, int] = {}
        self.has_elements = True
        self.visible: list[Value] = []
        self.arguments: list[Argument] = []

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def value(self, shape: Sequence[Size], name: str = "") -> Value:
        return Value(name or self.names.value(), "f64", tuple(shape), None)

    def pick(self, *conditions: Callable[[Value], bool]) -> Value | None:
        """A value in sight that meets the conditions; late ones are likelier."""
        found = [v for v in self.visible if all(c(v) for c in conditions)]
        if not found:
            return None
        return self.rng.choice(found[-4:] if self.chance(0.6) else found)

    # --- a program ---

    def program(self, seed: int) -> Program:
        lengths: list[Size] = []
        for _ in range(self.rng.choice([1, 2, 2, 3])):
            size = self.rng.choice([1, 2, 2, 2, 3, 3, 0 if self.chance(0.1) else 2])
            self.has_elements &= size > 0
            if self.chance(0.5):
                name = self.names.dimension()
                self.sizes[name] = size
                lengths.append(dimension(name))
            else:
                lengths.append(size)
        for size in lengths:
            self.argument([size])
        for _ in range(self.rng.randint(1, 4)):
            rank = self.rng.choice([0, 1, 1, 2, 2, 3])
            self.argument([self.rng.choice(lengths) for _ in range(rank)])
        if not any(a.is_param for a in self.arguments):
            self.argument([self.rng.choice(lengths)], is_param=True)
        body = self.block(self.rng.choice(_DEPTHS), lengths)
        made = [v for s in body for v in s.results]
        last = [v for s in body if isinstance(s, Loop) for v in s.results]
        chosen = self.rng.sample(last, self.rng.randint(1, min(3, len(last))))
        terms = []
        for value in chosen + ([self.rng.choice(self.visible)] if self.chance(0.3) else []):
            body.append(self.number(value))
            terms.append(body[-1].results[0])
        outputs = self.rng.sample(made, min(len(made), self.rng.choice([0, 0, 1, 2])))
        floats = [a.value.name for a in self.arguments]
        wrt = (
            floats
            if self.chance(0.6)
            else self.rng.sample(floats, self.rng.randint(1, len(floats)))
        )
        inputs_first = sorted(self.arguments, key=lambda a: a.is_param)
        return Program(
            seed,
            self.sizes,
            tuple(inputs_first),
            tuple(body),
            tuple(terms),
            tuple(outputs),
            None if self.chance(0.3) else tuple(wrt),
        )

    def argument(self, shape: Sequence[Size], *, is_param: bool | None = None) -> None:
        value = self.value(shape)
        sizes = [s if isinstance(s, int) else self.sizes[size_text(s)] for s in shape]
        numbers = np.random.default_rng(self.rng.randrange(2**32)).normal(0, 1, sizes)
        value.array = np.asarray(numbers)
        self.visible.append(value)
        self.arguments.append(Argument(value, self.chance(0.6) if is_param is None else is_param))

    def number(self, value: Value) -> Step:
        """A number that every element of a value moves; sums give a broadcast cotangent."""
        texts: list[tuple[str, Callable[..., Any]]] = [
            ("sum($0)", lambda r, a: r.sum(a)),
            ("mean($0)", lambda r, a: r.mean(a)),
            ("sum(square($0))", lambda r, a: r.sum(a * a)),
            ("sum(sin($0))", lambda r, a: r.sum(r.sin(a))),
        ]
        text, reference = self.rng.choice(texts)
        return self.step(Form(text, (value,), reference, ()))

    def step(self, form: Form, name: str = "") -> Step:
        return Step("", form.operands, form.text, form.reference, (self.value(form.shape, name),))

    # --- blocks and loops ---

    def block(self, depth: int, lengths: list[Size]) -> list[Statement]:
        """Statements with a nest of loops of this depth in them; they stay in sight."""
        body: list[Statement] = []
        loops = [depth] if depth else []
        if depth and self.chance(0.25):
            loops.append(self.rng.randint(1, depth))
        for inner in loops:
            self.straight(body, self.rng.choice([0, 0, 1, 2]))
            body.append(self.loop(inner, lengths))
            self.visible += body[-1].results
        self.straight(body, self.rng.choice([0, 0, 0, 1, 2]))
        return body

    def straight(self, body: list[Statement], count: int) -> None:
        for _ in range(count):
            body.append(self.step(self.form()))
            self.visible += body[-1].results

    def form(self) -> Form:
        return some_form(self.rng, self.visible, has_elements=self.has_elements)

    def loop(self, depth: int, lengths: list[Size]) -> Loop:
        times, sequences = self.steps(lengths)
        around = list(self.visible)
        walks = []
        for sequence, axis in sequences:
            shape = [*sequence.shape[:axis], *sequence.shape[axis + 1 :]]
            walks.append(Walk(sequence, self.value(shape), axis))
        starts = self.starts(lengths)
        heres = [self.value(start.shape) for start in starts]
        self.visible += [w.element for w in walks]
        known = [here for here, s in zip(heres, starts, strict=True) if s.added is None]
        self.visible += known
        body = self.block(depth - 1, lengths)
        carried = []
        for start, here in zip(starts, heres, strict=True):
            form = self.following(here, known, walks) if start.added is None else start.grown(here)
            step = self.step(form, f"next {here.name}")
            body.append(step)
            self.visible += step.results
            last = self.value(here.shape, here.name)
            carried.append(
                Carried(start.value, here, step.results[0], last, start.added is not None)
            )
        collected = [self.collect(times) for _ in range(self.rng.choice([0, 1, 1, 2]))]
        self.visible = around
        return Loop(tuple(carried), tuple(walks), times, tuple(body), tuple(collected))

    def steps(self, lengths: list[Size]) -> tuple[Size, list[tuple[Value, int]]]:
        """How many steps, and the sequences with their axes; none where it is so many times."""
        first = self.pick(lambda v: len(v.shape) > 0) if self.chance(0.85) else None
        if first is None:
            return (self.rng.choice([*lengths, 1, 2]), [])
        axis = self.rng.randrange(len(first.shape)) if self.chance(0.3) else 0
        size = first.shape[axis]
        found = [(first, axis)]
        while self.chance(0.25):
            other = self.pick(lambda v: size in v.shape)
            assert other is not None
            found.append((other, other.shape.index(size)))
        return size, found

    def starts(self, lengths: list[Size]) -> list[Start]:
        """What the carried values start from: values around, each other's, or a number."""
        found: list[Start] = []
        for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3])):
            earlier = [s for s in found if isinstance(s.value, Value)]
            if earlier and self.chance(0.4):
                found.append(self.rng.choice(earlier))
            elif self.chance(0.2):
                shape = [self.rng.choice(lengths) for _ in range(self.rng.choice([0, 0, 1, 2]))]
                found.append(Start(self.rng.choice([0.0, 0.5]), tuple(shape)))
            else:
                start = self.pick(lambda v: len(v.shape) < 4)
                assert start is not None
                if self.chance(0.1):
                    found.append(Start(0.5, start.shape, start))
                else:
                    found.append(Start(start, start.shape))
        return found

    def following(self, here: Value, heres: list[Value], walks: list[Walk]) -> Form:
        """What comes after a carried value: itself, another one, an element, or something made."""
        same = [v for v in heres if v.shape == here.shape]
        elements = [w.element for w in walks if w.element.shape == here.shape]
        kind = self.rng.random()
        if kind < 0.12:
            return Form.of(here)
        if kind < 0.3:
            return Form.of(self.rng.choice(same))
        if kind < 0.36 and elements:
            return Form.of(self.rng.choice(elements))
        return self.rng.choice(forms_to(self.rng, here, self.visible))

    def collect(self, times: Size) -> Collected:
        value = self.pick(lambda v: len(v.shape) < 4)
        assert value is not None
        form = self.form() if self.chance(0.5) else Form.of(value)
        axis = self.rng.randrange(len(form.shape) + 1) if self.chance(0.3) else 0
        step = self.step(form, "_")
        stack = self.value([*form.shape[:axis], times, *form.shape[axis:]])
        return Collected(step, stack, axis)
