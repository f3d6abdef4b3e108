"""Functions, layers and loops that are opened by their names."""

import xml.etree.ElementTree as ET

import pytest

from gradc.lessons.draw.compose import Look, OpenError
from gradc.lessons.draw.picture import Group, Picture
from gradc.lessons.draw.svg import svg
from gradc.lessons.draw.texts import dot, mermaid
from tests.cli.conftest import Run
from tests.draw.conftest import NESTED, picture
from tests.draw.test_svg import texts

RECURRENT = """\
input xs: [3] = [1, 2, 3]
param w = 0.5
scan h, c = 0.1, w over t in xs {
    u = w * h + t
    next h = tanh(u)
    next c = c + softplus(u)
}
loss J = h**2 + c
"""
STACKED = """\
from nn import TransformerBlock
input x: [2, 3, 4]
scan h = x times 4 unshared {
    block = TransformerBlock(h, 2)
    next h = block
}
loss J = sum(h**2)
"""


def opened(text: str, *names: str, numbers: bool = False) -> Picture:
    return picture(text, Look(groups="closed", opened=names), numbers=numbers)


def groups(shown: Picture) -> list[str]:
    return [group.name for group in shown.root.groups()]


def test_one_group_is_open_and_the_others_are_boxes() -> None:
    assert groups(opened(NESTED, "h")) == ["h"]
    assert groups(opened(NESTED, "block")) == ["block"]
    assert groups(opened(NESTED, "block.attn")) == ["block", "block.attn"]
    assert groups(opened(NESTED, "out", "h")) == ["h", "out"]
    kinds = [box.kind for box in opened(NESTED, "block").root.boxes()]
    assert kinds.count("closed") == 3, "attention in the block, the function and the dense layer"


def test_a_loop_opens_as_one_step() -> None:
    shown = opened(RECURRENT, "h", numbers=True)
    (frame,) = [m for m in shown.root.members if isinstance(m, Group)]
    assert frame.title == "scan h, c = 0.1, w over t in xs: one step of 3 times"
    boxes = {box.title: box for box in frame.boxes()}
    assert boxes["h"].note == "first 0.1, then next h"
    assert boxes["c"].note == "first w, then next c"
    assert [v.name for v in boxes["c"].takes] == ["w"]
    assert boxes["t"].note == "of xs"
    assert {"w * h + t", "tanh(u)", "c + softplus(u)", "the last one"} <= set(boxes)
    document = svg(shown)
    ET.fromstring(document)
    assert {"u: f64", "h = 0.998147"} <= set(texts(document, "value"))
    assert "dJ/dw = 2.78262" in texts(document, "slope")
    assert "one step of 3 times" in dot(shown) + mermaid(shown)


def test_what_stands_in_a_loop_opens_it() -> None:
    shown = opened(STACKED, "block")
    assert groups(shown) == ["h", "block"]
    assert "attn" in [box.title for box in shown.root.boxes() if box.kind == "closed"]
    assert groups(opened(STACKED, "block.attn")) == ["h", "block", "block.attn"]


def test_without_a_name_a_loop_is_a_box() -> None:
    assert groups(picture(RECURRENT, Look(groups="open"))) == []


def test_a_name_that_opens_nothing_is_refused() -> None:
    with pytest.raises(OpenError, match="no function, layer or loop `blok`") as failure:
        opened(NESTED, "blok")
    assert failure.value.helps == ("did you mean `block`?",)


def test_the_command_opens(run: Run) -> None:
    assert "one step of" not in run("draw", "unit.graph").out
    result = run("draw", "unit.graph", "--open", "c")
    assert (result.code, result.out) == (2, "")
    assert "`--open`: there is no function, layer or loop `c`" in result.err
