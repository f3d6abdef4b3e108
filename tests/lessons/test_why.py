"""`gradc why`: the node where a gradient is lost."""

import pytest

from tests.lessons.conftest import Tell, rows

CASES = [
    (
        "param w = -1\nz = w * 2\nh = relu(z)\nloss J = h + 1\n",
        "dJ/dw is 0 at these numbers",
        [
            "h = relu(z), line 3",
            "relu passes nothing back where its operand is not above 0; z = -2",
        ],
    ),
    (
        "param w = 2\nhard = stop_gradient(w * 3)\nloss J = hard**2\n",
        "dJ/dw is 0 whatever the numbers are: the way is blocked",
        ["hard = stop_gradient(w * 3), line 2", "pass no derivative back to 3w"],
    ),
    (
        "param w = 2\nis_large = w > 1\nloss J = where(is_large, 1.0, 2.0)\n",
        "dJ/dw is 0 whatever the numbers are: the way is blocked",
        ["is_large = w > 1, line 2", "greater makes bool"],
    ),
    (
        "param w = 2\nside = w * 2\noutput aside = side + 1\nparam v = 1\nloss J = v\n",
        "dJ/dw is 0 whatever the numbers are: no path leads from w to J",
        ["aside = side + 1, line 3; J does not read it"],
    ),
    (
        "param w = 2\nparam v = 1\nloss J = v\n",
        "dJ/dw is 0 whatever the numbers are: no path leads from w to J",
        ["nothing reads w"],
    ),
    (
        "param w = 2\nparam v = 0\nloss J = w * v + v\n",
        "dJ/dw is 0 at these numbers",
        ["it is multiplied by v, which is 0"],
    ),
    (
        "param w = 2\nloss J = w - w\n",
        "dJ/dw is 0 at these numbers",
        ["its contributions cancel: 1 - 1 = 0"],
    ),
    (
        "param w = 0\nr = sqrt(w)\nloss J = r + 1\n",
        "dJ/dw is inf",
        ["backwards, r = sqrt(w), line 2", "w = 0"],
    ),
    (
        "param w = -1\nr = log(w)\nloss J = r * 2\n",
        "dJ/dw is in order: -2",
        ["J is nan", "forwards, r = log(w), line 2", "w = -1, so r is nan"],
    ),
    (
        "param w: [2] = [0, 0]\nloss J = sum(sqrt(w - 1))\n",
        "dJ/dw is nan in 2 of 2 places",
        ["w - 1 = [-1, -1], so sqrt(w - 1) is nan"],
    ),
    (
        "param w: [2] = [0, 1]\nloss J = sum(sqrt(softmax(w) - 0.5))\n",
        "dJ/dw is nan in 2 of 2 places",
        ["so sqrt(softmax(w) - 0.5) is nan"],
    ),
    (
        "param w: [2] = [0, 1]\nm = w - inf\nloss J = sum(m - m)\n",
        "dJ/dw is 0 at these numbers",
        ["J is nan", "forwards, loss J = sum(m - m), line 3"],
    ),
    (
        "param w = 1\nparam v = 0\nr = log(v)\nloss J = r * w\n",
        "dJ/dw is inf",
        ["forwards, r = log(v), line 3", "v = 0, so r is -inf"],
    ),
    (
        "param w = 1e-5\ng = 1 / w**2\nloss J = g\n",
        "dJ/dw is huge: -2e15",
        ["g = 1 / w**2, line 2", "divide multiplies by up to 1e20"],
    ),
    (
        "param w: [3] = [1, -1, 2]\nh = relu(w)\nloss J = sum(h)\n",
        "dJ/dw is 0 in 1 of 3 places",
        ["h = relu(w), line 2: stops 1 of 3"],
    ),
    ("param w = 3\nloss J = w**2\n", "dJ/dw is in order: 6", []),
]


@pytest.mark.parametrize(("text", "head", "said"), CASES)
def test_the_reason(text: str, head: str, said: list[str], tell: Tell) -> None:
    page = tell("why", text, "w")
    assert page.startswith(head)
    for sentence in said:
        assert sentence in page


def test_inputs_and_values_on_the_way_may_be_asked_about(tell: Tell) -> None:
    text = "input x = 2\ninput n: i64 = 3\nparam w = -1\nz = w * x\nh = relu(z)\nloss J = h + n\n"
    page = tell("why", text, "x", "z", "n")
    assert [line for line in page.splitlines() if line.startswith("dJ")] == [
        "dJ/dx is 0 at these numbers",
        "dJ/dz is 0 at these numbers",
        "dJ/dn does not exist: n is i64",
    ]
    assert tell("why", text, "x", "--set", "w=1").startswith("dJ/dx is in order: 1")


def test_where_there_is_no_gradient_that_is_said(tell: Tell) -> None:
    page = tell("why", "input x = 2\nloss J = x * x\n")
    assert page == "The loss depends on no parameter, so there are no derivatives.\n"


def test_without_a_name_all_gradients_are_looked_at(tell: Tell) -> None:
    page = tell("why", "param w = 1\nparam v = 2\nloss J = w * v\n")
    assert rows(page) == [["dJ/dw is in order: 2"], [], ["dJ/dv is in order: 1"]]


def test_where_a_value_went_wrong(tell: Tell) -> None:
    page = tell("why", "param w = -3\nz = log(w)\nloss J = where(w > 0, z, 2 * w)\n", "z")
    assert rows(page)[-4:] == [
        ["z is nan"],
        [],
        ["where", "forwards, z = log(w), line 2"],
        ["why", "w = -3, so z is nan"],
    ]


def test_a_stable_form_passes_values_by(tell: Tell) -> None:
    """As written, the formula is told where it gives the module's numbers, and only there."""
    text = "param w = 2\nb = exp(-w)\nc = 1 + b\nloss J = 1 / c\n"
    assert tell("why", text, "b").startswith("dJ/db is in order: -0.775")
    page = tell("why", text, "b", "w", "--set", "w=-1000")
    assert "dJ/db is not taken at these numbers" in page
    assert "dJ/dw is 0 at these numbers" in page


def test_an_unknown_name_is_a_wrong_call(tell: Tell) -> None:
    message = tell("why", "param weight = 1\nloss J = weight\n", "wieght", code=2)
    assert "no value `wieght`" in message
    assert "did you mean `weight`?" in message
