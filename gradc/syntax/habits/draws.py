"""What stands behind a `~` and is no initialiser: a value, a name in quotes, a scaled draw."""

from __future__ import annotations

import re

from gradc.syntax import tree


def undrawn(declared: str, value: tree.Expr, stated: tree.TypeExpr | None) -> tuple[str, ...]:
    """What to write for a parameter that is declared so, where `value` follows the `~`."""
    text = " ".join(value.span.text.split())
    if isinstance(value, tree.String) and value.value.isidentifier():
        return (f"an initialiser stands without quotation marks: write `~ {value.value}`",)
    scaled = re.fullmatch(
        r"(?P<k>[\d.e-]+)\s*\*\s*normal\(1?\)|normal\(1?\)\s*\*\s*(?P<l>[\d.e-]+)", text
    )
    if scaled:
        return (f"write `~ normal({scaled['k'] or scaled['l']})`",)
    if "(" in text:
        return ("`~ normal(0.02)`: the scale of a draw stands in its parentheses",)
    before = " ".join(declared.partition("~")[0].split())
    matrix = stated is not None and stated.sizes is not None and len(stated.sizes) > 1
    drawn = "`~ he_normal`" if matrix else "`~ normal(0.02)`"
    return (f"a value follows `=`: write `{before} = {text}`", f"{drawn} draws it")
