"""Makes calls: examples of the library with arguments replaced, left out, added and mixed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from functools import cache

from gradc.library.catalogue import public_stanzas
from gradc.library.loader import standard_library
from gradc.syntax import tree
from tests.calls.pool import ARGUMENTS, declarations
from tests.library.cases import Operand, cases_of

FORMS = (
    "{} + {}", "{} * {}", "{} / {}", "{} // {}", "{} % {}", "{} @ {}", "{} ** {}", "{} < {}",
    "{} == {}", "{} and {}", "not {}", "-{}", "{}[{}]", "{}[{}:]", "{}[:{}]", "{}[::{}]",
    "{}[..., newaxis]", "{}[{}, {}]", "{}.T", "{}.mT", "{}.shape[{}]", "[{}, {}]", "{}[newaxis]",
)  # fmt: skip
"""What the syntax itself stands for."""

EXAMPLES = {
    "Dense": "matrix, 2", "Conv2d": "images, 2, 3", "Embedding": "ids, 4, 2", "LayerNorm": "matrix",
    "RMSNorm": "matrix", "RNNCell": "matrix, matrix", "GRUCell": "matrix, matrix",
    "LSTMCell": "matrix, matrix, matrix", "MultiHeadAttention": "square, 2",
    "TransformerBlock": "square, 1", "BatchNorm": "images",
    "Conv1d": "images[0], 2, 2", "ConvTranspose2d": "images, 2, 3", "GroupNorm": "images, 1",
    "InstanceNorm": "images", "PReLU": "matrix",
}  # fmt: skip
"""Calls of the layers, for which the library has no examples."""


@dataclass(frozen=True, slots=True)
class Argument:
    text: str
    keyword: str = ""

    def __str__(self) -> str:
        return f"{self.keyword}={self.text}" if self.keyword else self.text


@dataclass(frozen=True, slots=True)
class Call:
    """A call of something public, or a form of the syntax with arguments put in."""

    callee: str
    arguments: tuple[Argument, ...]
    operands: tuple[Operand, ...] = ()  # of the library's example
    is_layer: bool = False
    is_form: bool = False

    @property
    def expression(self) -> str:
        if self.is_form:
            texts = [a.text if a.text.isalnum() else f"({a.text})" for a in self.arguments]
            return self.callee.format(*texts)
        return f"{self.callee}({', '.join(map(str, self.arguments))})"

    def text(self, targets: int = 1) -> str:
        """The graph of this call alone."""
        texts = [a.text for a in self.arguments]
        used = [o for o in self.operands if o.name in texts]
        lines = [f"from nn import {self.callee}"] if self.is_layer else []
        lines += declarations(texts) + [o.declare() for o in used]
        names = ", ".join(f"out{i}" for i in range(targets))
        return "\n".join([*lines, f"output {names} = {self.expression}", ""])


@dataclass(frozen=True, slots=True)
class Callee:
    """What can be called: its parameters, and calls that are fine."""

    name: str
    parameters: tuple[str, ...]
    fine: tuple[Call, ...] = field(default=())


@cache
def callees() -> tuple[Callee, ...]:
    """Everything public."""
    return tuple(_callee(s.name, s.parse()) for s in public_stanzas(standard_library()))


def _callee(name: str, definition: tree.Statement) -> Callee:
    assert isinstance(definition, tree.OpDef | tree.FnDef)
    parameters = tuple(p.name.name for p in definition.parameters)
    if name in EXAMPLES:
        arguments = tuple(Argument(t) for t in EXAMPLES[name].split(", "))
        return Callee(name, parameters, (Call(name, arguments, is_layer=True),))
    fine = []
    for case in cases_of(name):
        inside = case.call.removeprefix(f"{name}(").removesuffix(")")
        fine.append(Call(name, _arguments(inside), case.operands))
    return Callee(name, parameters, tuple(fine))


def _arguments(text: str) -> tuple[Argument, ...]:
    """The arguments in the text of a call."""
    parts, depth, start = [], 0, 0
    for i, sign in enumerate(text + ","):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0 and '"' not in text[start:i].rstrip('"').strip().strip('"'):
            parts.append(text[start:i].strip())
            start = i + 1
    found = []
    for part in filter(None, parts):
        keyword, equals, value = part.partition("=")
        named = bool(equals) and keyword.isidentifier()
        found.append(Argument(value, keyword) if named else Argument(part))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of argument in a place of a call that is fine."""

    callee: Callee
    place: int
    text: str

    def call(self) -> Call:
        return put(_first(self.callee), self.callee, self.place, self.text)


@cache
def single_places() -> tuple[Place, ...]:
    """Every callee with every kind of argument in every place; of the calls only few are made."""
    return tuple(
        Place(callee, place, text)
        for callee in callees()
        for place in range(len(callee.parameters))
        for text in ARGUMENTS
    )


def generate(seed: int) -> Call:
    """A call of a kind that the seed chooses."""
    rng = random.Random(seed)
    if rng.random() < 0.1:
        form = rng.choice(FORMS)
        arguments = tuple(Argument(rng.choice(ARGUMENTS)) for _ in range(form.count("{}")))
        return Call(form, arguments, is_form=True)
    callee = rng.choice(callees())
    call = rng.choice(callee.fine) if callee.fine else _first(callee)
    match rng.randrange(6):
        case 0 | 1:
            return put(call, callee, rng.randrange(len(callee.parameters)), rng.choice(ARGUMENTS))
        case 2:
            for place in range(len(callee.parameters)):
                if rng.random() < 0.5:
                    call = put(call, callee, place, rng.choice(ARGUMENTS))
            return call
        case 3:  # by position alone, also too few and too many
            count = rng.randrange(len(callee.parameters) + 2)
            arguments = tuple(Argument(rng.choice(ARGUMENTS)) for _ in range(count))
            return replace(call, arguments=arguments)
        case 4:  # by name, also twice and under names that there are not
            names = rng.choices([*callee.parameters, "axis", "nothing"], k=rng.randrange(1, 4))
            added = [Argument(rng.choice(ARGUMENTS), name) for name in names]
            return replace(call, arguments=(*call.arguments, *added))
        case _:
            kept = [a for a in call.arguments if rng.random() < 0.7]
            rng.shuffle(kept)
            return replace(call, arguments=tuple(kept))


def _first(callee: Callee) -> Call:
    return callee.fine[0] if callee.fine else Call(callee.name, ())


def put(call: Call, callee: Callee, place: int, text: str) -> Call:
    """The call with a text in the place of a parameter."""
    name = callee.parameters[place]
    arguments = list(call.arguments)
    for i, argument in enumerate(arguments):
        if argument.keyword == name or (not argument.keyword and i == place):
            arguments[i] = Argument(text, argument.keyword)
            return replace(call, arguments=tuple(arguments))
    return replace(call, arguments=(*arguments, Argument(text, name)))
