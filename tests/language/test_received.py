"""What functions of the library take, and what is said of arguments that they do not take."""

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refusal, same, value

W = np.array([2.0, 3.0])

TAKEN = [
    ("var([1, 2, 4])", np.var([1, 2, 4])),
    ("sum(diag([1, 2]))", 3.0),
    ("kron(2, w)", np.kron(2, W)),
    ("kron(w, [1., 2])", np.kron(W, [1, 2])),
    ("expand_dims(2, 0)", np.array([2])),
    ("expand_dims([1.5], 0)", np.array([[1.5]])),
    ("swapaxes([[1., 2]], 0, 1)", np.array([[1.0], [2.0]])),
    ("cross([1., 0, 0], [0., 1, 0])", np.array([0.0, 0.0, 1.0])),
    ("mse_loss(w, [2, 4])", 0.5),
    ("nll_loss([[0.5, 1.5]], [1])", -1.5),
    ("nll_loss(w[newaxis], [1])", -3.0),
    ("2.0[newaxis] * w", 2 * W),
    ("split(w, 1)", W),
    ("mean(2)", 2.0),
    ("true[newaxis]", np.array([True])),
    ("lgamma([1, 2])", np.zeros(2)),
    ("digamma(1) * w", -0.5772156649015329 * W),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("expression", "wanted"), TAKEN)
def test_lists_and_numbers_are_arrays(expression, wanted, level):
    found = value(expression, "input w: [2]", level, w=W)
    assert np.shape(found) == np.shape(wanted)
    assert np.allclose(found, wanted)


@pytest.mark.parametrize("level", LEVELS)
def test_a_size_is_an_array_where_one_is_asked_for(level):
    module = build("dim n\ninput x: f32[n]\noutput y = x + sum(n) + n[newaxis]\n", level=level)
    found = module.outputs(x=np.ones(2, np.float32)).y
    assert same(found, np.array([5.0, 5.0]))  # an array of integers with f32 is f64


def test_a_list_takes_the_element_type_of_the_other_arrays():
    module = build("param w: f32[2] = 1\noutput y = kron(w, [1, 2])\n")
    assert module.outputs().y.dtype == np.float32


# What is refused, the code, and the text at the place of the diagnostic.
REFUSED = [
    ("var(w, axis={})", '"a"', "E0305"),
    ("var({})", '"a"', "E0305"),
    ("var({})", "none", "E0305"),
    ("var({})", "[[1], [2, 3]]", "E0305"),
    ("mse_loss({}, w)", "[w, w]", "E0305"),
    ("split(w, {})", "[0.5, -1]", "E0305"),
    ("split(w, {})", "true", "E0305"),
    ("moveaxis(w, {}, 0)", "w", "E0307"),
    ("moveaxis(w, {}, 0)", "[none]", "E0305"),
    ("swapaxes(w, 0, {})", "1.0", "E0305"),
    ("softmax(w, axis={})", "[0.5]", "E0305"),
    ("softmax(w, axis={})", "3", "E0303"),
    ("tensordot(w, w, axes={})", "[[0]]", "E0305"),
    ("norm(w, ord={})", "w", "E0307"),
    ("matrix_power(eye(2), {})", "0.5", "E0305"),
    ("mse_loss(w, w, reduction={})", "2", "E0305"),
    ("mse_loss(w, w, reduction={})", '"all"', "E0305"),
    ("cross_entropy(eye(2), {})", "[0, 2]", "E0304"),
    ("cross_entropy(eye(2), {})", "[0, -1]", "E0304"),
    ("nll_loss(eye(2), {})", "[0, 2]", "E0304"),
    ("embedding({}, eye(2))", "[2]", "E0304"),
    ("one_hot({}, 2)", "[2]", "E0304"),
    ("take(w, {})", "[0, -3]", "E0304"),
    ("take(w, {})", "2", "E0304"),
    ("take(w, {})", "fixed", "E0304"),
    ("take_along_axis(w, {}, axis=0)", "[2]", "E0304"),
    ("[2] ** {}", "-1", "E0305"),
    ("n ** {}", "[-1, 2]", "E0305"),
    ("w[:{}]", "number", "E0304"),
    ("w[{}:]", "-number", "E0304"),
    ("x[:{}]", "n + 1", "E0304"),
    ("reshape(x, {})", "[n - 1]", "E0306"),
    ("reshape(x, {})", "[n, 2]", "E0306"),
    ("reshape({}, [-1, 2])", "odd", "E0306"),
    ("zeros({})", "[9223372036854775807, 4]", "E0309"),
    ("tile(w, {})", "4611686018427387904", "E0309"),
    ("polygamma({}, w)", "-1", "E0306"),
]

GIVEN = """
dim n
input x: [n]
input odd: [2 * n + 1]
param w: [2] = 1
const number = 3
const fixed: i64[2] = [0, 2]
"""


@pytest.mark.parametrize(("expression", "text", "code"), REFUSED)
def test_the_first_place_is_the_argument(expression, text, code):
    (found,) = refusal(f"{GIVEN}output y = {expression.format(text)}\n")
    assert found.code == code
    assert found.span.text == text


POSSIBLE = """
    reshape(x, [4 // (n * n), n, n, n]); reshape(x, [-1, 8]); reshape(x, [2 * n, 2]); x[:, :n];
    reshape(x, [n, -1]); reshape(x, [n // 2, 8])
""".split(";")


@pytest.mark.parametrize("expression", [e.strip() for e in POSSIBLE])
def test_what_some_dimensions_can_fulfil_is_left_to_the_door(expression):
    build(f"dim n\ninput x: [4, n]\noutput y = {expression}\n")


def test_labels_of_two_calls_are_told_apart():
    text = "param w: [1, 2] = 1\nloss J = cross_entropy(w, [1]) + cross_entropy(w, [2])\n"
    (found,) = refusal(text)
    assert found.span.text == "[2]"
