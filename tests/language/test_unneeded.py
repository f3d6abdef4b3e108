"""A value that nothing needs has one message, which says where it may belong."""

import re

import pytest

from gradc.compiler import check_source
from gradc.diagnostics import Diagnostic
from gradc.source import Source
from tests.compiled import build

HEAD = """\
dim B
input x: [B, 3]
input t: [B, 3]
param W: [3, 3] ~ he_normal
param V: [3, 3] ~ he_normal
z = x @ W + x @ V
"""

TOLD = "use it on the way to the loss, or leave it out;"


def found(text: str) -> list[Diagnostic]:
    told = check_source(Source("net.graph", HEAD + text))
    return [d for d in told if d.code != "W903"]  # of what some cases do not read


@pytest.mark.parametrize(
    "loss",
    [
        "loss J = mean(z**2)",
        "loss J = mean(z**2) - 2  # of all",
        "loss J: f64 = mean(z**2)",
        "loss J = mean(z**2) wrt W, V",
        "J = mean(z**2)\nloss J",
        "rec = mean(z**2)\nloss J = rec",
    ],
)
@pytest.mark.parametrize("penalty", ["sum(W**2)", "-0.5 * sum(1 + z - exp(z))", "mean(abs(z - t))"])
def test_a_number_beside_a_loss_may_be_a_part_of_it(penalty: str, loss: str) -> None:
    text = f"kl = {penalty}\n{loss}\n"
    (warning,) = found(text)
    shown = re.match(r"add it to the loss: `([^`]+)`; `output kl` returns it", warning.helps[0])
    assert warning.code == "W901"
    assert shown is not None, warning.helps
    *kept, _ = text.rstrip().split("\n")
    if loss.endswith("loss J"):
        kept, tail = kept[:-1], "\nloss J"
    else:
        tail = ""
    changed = "\n".join([*kept, shown[1]]) + f"{tail}\n"
    assert found(changed) == []
    given = {"x": [[1, 2, 3.0]], "t": [[0.5, 0, 1]]}
    params = build(HEAD + text).init_params()
    parts = build(f"{HEAD}{text}output kl\n").outputs(params, **given)
    whole = build(HEAD + changed).outputs(params, **given).J
    assert whole == pytest.approx(parts.J + parts.kl, rel=1e-12)


@pytest.mark.parametrize(
    "line",
    [
        "kl = mean((z > 0) == (t > 0))",  # a count
        "kl = z + 1",
        "kl = mean(t)",  # no parameter moves it
        "kl = argmax(z)",
        "kl = sum(stop_gradient(z))",
    ],
)
def test_what_is_no_part_of_a_loss_is_an_output(line: str) -> None:
    (warning,) = found(f"{line}\nloss J = mean(z**2)\n")
    assert (warning.code, warning.helps) == ("W901", (f"{TOLD} `output kl` returns it",))


@pytest.mark.parametrize(
    "line",
    [
        "q = sum(log(softmax(z)))",
        "q = binary_cross_entropy(sigmoid(z), t)",
        "e = exp(z)\nq = log(e / sum(e, axis=1, keepdims=true))",
        "q = W / sum(W, axis=1)",
    ],
)
def test_a_formula_that_nothing_needs_is_told_once(line: str) -> None:
    assert [d.code for d in found(f"{line}\nloss J = mean(z**2)\n")] == ["W901"]
    assert "W90" in " ".join(d.code for d in found(f"{line}\noutput q\nloss J = mean(z**2)\n"))
