"""What a module offers only where it is asked for: `--also`."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.diagnostics import error, near_miss

DERIVATIVES = ("jvp", "hvp", "jacobian", "hessian")
"""Those of them that are routines of their own."""

ALSO = ("pack", *DERIVATIVES, "summary")
"""What may be asked for, in the order in which a module has it."""

_DERIVED = "every module with a loss has `backward` and `value_and_grad`"
_ALWAYS = dict.fromkeys(
    ("backprop", "backward", "derivative", "derivatives", "grad", "gradient", "gradients", "grads",
     "pullback", "value_and_grad", "vjp"), _DERIVED,
) | {"forward": "every module has `forward`"}  # fmt: skip
"""What is there without being asked for."""


def also_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once and in order. Raises DiagnosticError where there is none of a name."""
    given = list(names)
    for name in given:
        if name not in ALSO:
            known = [f"`{a}`" for a in ALSO]
            helps = near_miss(name, ALSO) or (f"it takes {', '.join(known[:-1])} and {known[-1]}",)
            if name in _ALWAYS:
                rest = "leave it" if len(given) > 1 else "leave `--also`"
                helps = (f"{_ALWAYS[name]}: {rest} out",)
            raise error("E0506", f"`--also` knows no `{name}`", None, helps=helps)
    return tuple(name for name in ALSO if name in given)
