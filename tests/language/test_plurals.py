"""One of a kind is told as one: no message says `1 arrays`."""

import re

import pytest

from tests.habits.test_habits import errors_of

HEAD = "input x: [3]\ninput X: [4, 3]\ninput img: [1, 1, 4, 4]\nparam w: [3] = 1\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('z = einsum("i,i->", x)', "the subscripts name 2 arrays, 1 is given"),
        ('z = einsum("i->", x, w)', "the subscripts name 1 array, 2 are given"),
        ("z = sum(x)[0]", "1 index for f64"),
        ("z = gradient(x, 1, 2)", "2 spacings for 1 axis"),
        ("a, b = sum(x)", "2 targets for one result"),
        ("a, b, c = split(x, 3), x", "3 targets"),
        ("z = reshape(x[0], [2])", "1 element does not fill"),
        ("z = reshape(x, [1])", "3 elements do not fill"),
        ("z = transpose(X, axes=[0])", "1 axis for"),
        ("z = moveaxis(X, [0], [0, 1])", "1 axis cannot go to 2 places"),
        ("z = max_pool2d(img[:, :, :1, :1], 2)", "does not fit 1 element"),
        ("z = conv2d(img, zeros([1, 2, 1, 1]))", "has 1 channel, "),
        ("z = group_norm(img, 2)", "1 channel does not make 2 groups"),
        ("z = log(x, x)", "takes at most 1 argument"),
        ("z = jvp(sum(w), [w, x], [w])", "2 names cannot move along 1 direction"),
        ("fn f(v) = v\nvjp f(v) -> y, q; dy, dq { dv = dy }\nz = f(w)", "`f` has 1"),
    ],
)
def test_one_is_told_as_one(line: str, told: str) -> None:
    texts = [d.message for d in errors_of(f"{HEAD}{line}\nloss J = sum(w)\n")]
    assert any(told in text for text in texts), texts
    assert not any(re.search(r"\b1 (?!does|axis|is)[a-z]+s\b", text) for text in texts), texts
