"""The boxes to fill in: how large each is, and what stands where in the box of an array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.nest import PlacedFlow
from gradc.lessons.draw.picture import Room
from gradc.lessons.worksheet.table import Table
from gradc.records import dataclass

_LABEL = 15.0  # the line above a box
_FIELD = 36.0  # the height of a box to write a number in: 9.5 mm
_WIDTH = 88.0
_LINE = 24.0  # of an array's numbers, and the least room of one
_NUMBER = 48.0
_LETTER, _DIGIT = 7.0, 6.1  # the widths of characters
_ABREAST = 10  # numbers of an array that stand side by side
_TALL = 8  # rows from which on several stand side by side
_GAP = 4.0  # to the arrow
_MARK = 14.0  # after the label: whether a number is right


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the box of an array.

    `place` counts row by row; it is empty where a line ends early. `given` is what the empty sheet
    shows of it.
    """

    place: str
    text: str
    given: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A box to fill in, or a number that is given. Everything in it is escaped."""

    id: str
    kind: str  # "value", "slope" or "given"
    classes: str
    slot: int
    style: str  # where it stands
    height: str
    name: str  # above the box: `dJ/da`
    spoken: str  # for screen readers
    fixed: bool  # it is given, and the page cannot compute with others
    columns: int  # of an array; 0 for a number
    numbers: Sequence[Number]  # of an array
    answer: str  # the number, where it is one


def abreast(shape: Sequence[int]) -> list[int]:
    """The places of an array's numbers as they are written down, and -1 where a line ends early.

    Rows that are long are folded, and where there are many, several stand side by side; all
    lines have one length, which `columns` says.
    """
    count, wide = math.prod(shape), columns(shape)
    row = shape[-1] if shape else 1
    if row <= wide:
        return list(range(count))
    places: list[int] = []
    for start in range(0, count, row):
        places += range(start, start + row)
        places += [-1] * (-row % wide)
    return places


def columns(shape: Sequence[int]) -> int:
    """How many of an array's numbers stand side by side."""
    row = max(shape[-1], 1) if shape else 1
    if row > _ABREAST:
        return math.ceil(row / math.ceil(row / _ABREAST))
    rows = math.prod(shape) // row
    return row * max(min(_ABREAST // row, math.ceil(rows / _TALL)), 1)


class Cells:
    """The boxes of a table of values."""

    def __init__(self, table: Table):
        self.table = table

    def room_of(self, value: Value) -> Room | None:
        """What the boxes of a value need at its arrow; None where it has none."""
        if value not in self.table.slots:
            return None
        names = [self._name(value)]
        under = _GAP
        if self.table.has_slope(value):
            names.append(self._slope_name(value))
            under += _LABEL + self._height(value)
        label = max(map(len, names)) * _LETTER + _MARK
        return Room(max(label, self._field(value)) + 14, _LABEL + self._height(value) + _GAP, under)

    def cell(self, value: Value, placed: PlacedFlow, row: int, kind: str) -> Cell:
        """A box in a row of the sheet, at an arrow."""
        table = self.table
        name, loss = self._name(value), table.graph.loss
        shown, spoken, numbers = name, f"value of {name}", table.run.values[value]
        fixed = kind == "given" and not table.live
        if kind == "slope":
            shown, spoken = self._slope_name(value), f"derivative of {loss} by {name}"
            numbers = table.run.derivatives[value]
        elif kind == "given":
            spoken = f"{name}, given" if fixed else f"{name}, given; can be changed"
        slot, height = table.slots[value], self._height(value)
        at = placed.y + (_GAP if kind == "slope" else -_GAP - _LABEL - height)
        shape, words = np.shape(numbers), _words(numbers, kind)
        order = abreast(shape) if shape else []
        return Cell(
            id=f"{kind}-{slot}",
            kind=kind,
            classes=f"cell {kind}{' array' if shape else ''}",
            slot=slot,
            style=f"grid-row: {row}; left: {placed.x + 7:.1f}px; top: {at:.1f}px;"
            f" width: {self._field(value):.0f}px",
            height=f"{height:.0f}",
            name=escape(shown),
            spoken=escape(spoken),
            fixed=fixed,
            columns=columns(shape) if shape else 0,
            numbers=[_number_in(words, i, kind) for i in order],
            answer="" if shape else words[0],
        )

    def _name(self, value: Value) -> str:
        return self.table.run.name_of(value)

    def _slope_name(self, value: Value) -> str:
        return self.table.run.quotient(str(self.table.graph.loss), self._name(value))

    def _field(self, value: Value) -> float:
        """The width of a value's boxes: what is in them on the filled sheet fits."""
        run, shape = self.table.run, np.shape(self.table.run.values[value])
        words = _words(run.values[value], "given" if value in self.table.given else "value")
        if self.table.has_slope(value):
            words += _words(run.derivatives[value], "slope")
        longest = max(map(len, words), default=0)
        if not shape:
            return max(_WIDTH, longest * _LETTER + 14)
        return columns(shape) * max(_NUMBER, longest * _DIGIT + 8)

    def _height(self, value: Value) -> float:
        shape = np.shape(self.table.run.values[value])
        lines = math.ceil(len(abreast(shape)) / columns(shape))
        return max(_FIELD, lines * _LINE) if shape else _FIELD


def _number_in(words: Sequence[str], place: int, kind: str) -> Number:
    if place < 0:
        return Number("", "", "")
    return Number(str(place), words[place], words[place] if kind == "given" else "")


def _words(x: Any, kind: str) -> list[str]:
    """The numbers of a value one by one, as they are printed."""
    array = np.asarray(x)
    if array.dtype.kind == "b":
        array = array.astype(int)  # which is what can be typed
    digits = 8 if not array.shape else 5 if kind == "given" else 4
    return [labels.number(number, digits) for number in array.ravel()]
