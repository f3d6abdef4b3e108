"""What compiles and is probably another thing than meant: exchanged arguments, a mean of all."""

import pytest

from tests.compiled import build, warned

GIVEN = "dim B\ninput x: [B, 4]\ninput y: [B]\nparam w: [4] = 0.1\nz = x @ w\np = sigmoid(z)\n"


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        ("binary_cross_entropy(y, p)", "binary_cross_entropy(p, y)"),
        ("binary_cross_entropy(y, 0.9 * p)", "binary_cross_entropy(0.9 * p, y)"),
        (
            "binary_cross_entropy_with_logits(y, z)",
            "binary_cross_entropy_with_logits(z, y)",
        ),
        (
            'binary_cross_entropy(y, p, reduction="sum")',
            'binary_cross_entropy(p, y, reduction="sum")',
        ),
    ],
)
def test_a_loss_takes_what_is_learned_first(call: str, meant: str) -> None:
    module = build(f"{GIVEN}loss J = {call}\n")
    (told,) = [d for d in module.warnings if d.code == "W910"]
    assert told.helps == (f"write `{meant}`",)
    said = warned(f"{GIVEN}loss J = {meant}\n")
    assert not any("learned first" in message for message in said)


@pytest.mark.parametrize(
    "call",
    [
        "binary_cross_entropy(0.9 * p, y)",
        "binary_cross_entropy(y, y)",
        "binary_cross_entropy(y, 0.5 * y) + sum(w)",
        "mse_loss(y, z)",
        "binary_cross_entropy(target=y, x=0.9 * p)",
    ],
)
def test_other_losses_are_left_alone(call: str) -> None:
    assert "W910" not in {d.code for d in build(f"{GIVEN}loss J = {call}\n").warnings}


STATE = (
    "input x: [4, 3]\ninput v: [3]\nstate m: [3] = 0\nparam w = 1\nloss J = w * sum(x - m) + v[0]\n"
)


@pytest.mark.parametrize(
    ("name", "axis"), [("mean", "0"), ("sum", "0"), ("var", "0"), ("std", "0"), ("max", "0")]
)
def test_a_state_is_updated_by_one_for_each(name: str, axis: str) -> None:
    module = build(f"{STATE}update m = 0.9 * m + 0.1 * {name}(x)\n")
    (told,) = module.warnings
    assert told.code == "W905"
    meant = f"{name}(x, axis={axis})"
    assert told.helps == (f"`{meant}` is one for each",)
    assert not warned(f"{STATE}update m = 0.9 * m + 0.1 * {meant}\n")


@pytest.mark.parametrize(
    "update", ["0.9 * m + mean(v)", "m / sum(m)", "0.9 * m + mean(x, axis=0)", "m + mean(x.T)"]
)
def test_other_updates_are_left_alone(update: str) -> None:
    assert not warned(f"{STATE}update m = {update}\n")
