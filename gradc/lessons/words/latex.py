"""Names, numbers and formulas in LaTeX."""

from __future__ import annotations

import re

from gradc.lessons.words import paper
from gradc.lessons.words.formula import Cases, Derivative, Formula, is_sum
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Unary, precedence

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_WORDS = frozenset({*_GREEK.values()} - {"lambda"})
_FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh max min".split())
_SPECIAL = {letter: f"$\\{word}$" for letter, word in _GREEK.items()} | {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%",
    "$": r"\$", "#": r"\#", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "×": r"$\times$", "·": r"$\cdot$", "≈": r"$\approx$", "ε": r"$\varepsilon$", "−": "$-$",
    "∂": r"$\partial$",
    "<": r"\textless{}", ">": r"\textgreater{}", "…": r"\ldots{}", "→": r"$\to$",
}  # fmt: skip
_OPERATORS = {
    "+": "+", "-": "-", "*": r" \cdot ", "@": r" \, ", "%": r" \bmod ",
    ">": " > ", ">=": r" \ge ", "<": " < ", "<=": r" \le ", "==": " = ", "!=": r" \ne ",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text of a paragraph."""
    return "".join(_SPECIAL.get(c, c) for c in text)


def name(text: str) -> str:
    r"""A name as a symbol: `w_1`, `\theta`, `\mathit{hidden.W}`."""
    base, digits = re.fullmatch(r"(.*?)_?(\d*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if not base:
        return r"\mathrm{" + escaped(text) + "}"
    if len(base) == 1:
        shown = f"\\{_GREEK[base]}" if base in _GREEK else base
    elif base in _WORDS:
        shown = f"\\{base}"
    else:
        shown = r"\mathit{" + base.replace("_", r"\_") + "}"
    return f"{shown}_{{{digits}}}" if digits else shown


def fraction(of: str, by: str, sign: str = "d") -> str:
    """A derivative of one name by another, with d or ∂."""
    letter = "d" if sign == "d" else r"\partial "
    return rf"\frac{{{letter}{name(of)}}}{{{letter}{name(by)}}}"


def formula(formula: Formula) -> str:
    """A formula, or its text where a part of it has no sign of its own."""
    try:
        return _cases(formula) if isinstance(formula, Cases) else _expression(formula)
    except _UnknownError:
        return verbatim(paper.text(formula))


def verbatim(text: str) -> str:
    """A text in a formula as it is."""
    return r"\texttt{" + escaped(text) + "}"


class _UnknownError(Exception):
    """A formula that has no form of its own in LaTeX."""


def _cases(formula: Cases) -> str:
    rows = [f"{_expression(value)} & {_expression(test)}" for value, test in formula.cases]
    rows.append(rf"{_expression(formula.otherwise)} & \text{{else}}")
    return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"


def _expression(expr: Expr) -> str:
    match expr:
        case Derivative():
            return fraction(expr.of, expr.by, expr.sign)
        case Atom():
            return _atom(expr.text.removeprefix("np."))
        case Unary(op="-"):
            return f"-{_wrapped(expr.operand, is_sum(expr.operand) or _is_negative(expr.operand))}"
        case Binary(op="/"):
            return rf"\frac{{{_expression(expr.left)}}}{{{_expression(expr.right)}}}"
        case Binary(op="**"):
            tight = isinstance(expr.left, Atom | Attribute) and not _is_negative(expr.left)
            base = _wrapped(expr.left, not tight)
            base = base if _is_name(expr.left) and "_" not in base else f"{{{base}}}"
            return f"{base}^{{{_expression(expr.right)}}}"
        case Binary():
            return _binary(expr)
        case Attribute(name="T" | "mT"):
            return rf"{{{_wrapped(expr.base, isinstance(expr.base, Binary))}}}^{{\top}}"
        case Attribute():
            return name(paper.text(expr))
        case Call(function=Attribute(name="sum", base=base)):
            return rf"\sum {_wrapped(base, isinstance(base, Binary))}"
        case Call(keywords=[]) | Call(keywords=()):
            return _call(expr)
    raise _UnknownError


def _atom(text: str) -> str:
    found = re.fullmatch(r"(\d[\d.]*)(?:e([+-]?\d+))?", text.lstrip("-"))
    if found is None:
        return name(text.lstrip("_"))
    sign = "-" if text.startswith("-") else ""
    return sign + (rf"{found[1]} \cdot 10^{{{int(found[2])}}}" if found[2] else found[1])


def _call(call: Call) -> str:
    function = paper.function_name(call)
    if "." in function:
        raise _UnknownError
    inner = ", ".join(map(_expression, call.args))
    if function == "sqrt":
        return rf"\sqrt{{{inner}}}"
    if function == "abs":
        return rf"\left|{inner}\right|"
    known = f"\\{function}" if function in _FUNCTIONS else rf"\operatorname{{{escaped(function)}}}"
    return rf"{known}\left({inner}\right)"


def _binary(expr: Binary) -> str:
    if expr.op not in _OPERATORS:
        raise _UnknownError
    left, right, sign = expr.left, expr.right, _OPERATORS[expr.op]
    product = expr.op in ("*", "@")
    loose_left = product and is_sum(left)
    loose_right = (product or expr.op == "-") and is_sum(right)
    if expr.op == "*" and _is_number(left) and not (_is_number(right) or isinstance(right, Binary)):
        sign = " "
    return (
        _wrapped(left, loose_left or _is_comparison(left))
        + sign
        + _wrapped(right, loose_right or _is_comparison(right) or _is_negative(right))
    )


def _wrapped(expr: Expr, needed: bool) -> str:
    return rf"\left({_expression(expr)}\right)" if needed else _expression(expr)


def _is_name(expr: Expr) -> bool:
    return isinstance(expr, Atom) and re.match(r"[^\W\d]", expr.text) is not None


def _is_number(expr: Expr) -> bool:
    return isinstance(expr, Atom) and expr.text[0].isdigit()


def _is_negative(expr: Expr) -> bool:
    return isinstance(expr, Unary) or (isinstance(expr, Atom) and expr.text.startswith("-"))


def _is_comparison(expr: Expr) -> bool:
    return isinstance(expr, Binary) and precedence(expr) == precedence(Binary("<", expr, expr))


def number(text: str) -> str:
    """A printed number: `1e-9` and `-1/4` as one writes them."""
    found = re.fullmatch(r"(-?)(\d+)/(\d+)", text)
    if found:
        return rf"{found[1]}\frac{{{found[2]}}}{{{found[3]}}}"
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("-").isdigit():
        return rf"{mantissa} \cdot 10^{{{exponent}}}"
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
