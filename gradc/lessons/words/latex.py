"""Names, numbers and formulas in LaTeX."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from gradc.lessons.words.formula import OVER

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_WORDS = frozenset({*_GREEK.values()} - {"lambda"})
_FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh max min".split())
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%",
    "$": r"\$", "#": r"\#", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "×": r"$\times$", "·": r"$\cdot$", "≈": r"$\approx$", "ε": r"$\varepsilon$", "−": "$-$",
    "<": r"\textless{}", ">": r"\textgreater{}", "…": r"\ldots{}", "→": r"$\to$",
}  # fmt: skip
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: r" \cdot ", ast.MatMult: r" \, ", ast.Mod: r" \bmod ",
    ast.Gt: ">", ast.GtE: r"\ge ", ast.Lt: "<", ast.LtE: r"\le ", ast.Eq: "=", ast.NotEq: r"\ne ",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text of a paragraph."""
    return "".join(_SPECIAL.get(c, c) for c in text)


def name(text: str) -> str:
    r"""A name as a symbol: `w_1`, `\theta`, `\mathit{hidden.W}`."""
    if OVER in text:
        above, below = text.split(OVER)
        return fraction(above[1:], below[1:])
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


def fraction(of: str, by: str) -> str:
    """A derivative of one name by another."""
    return rf"\frac{{d{name(of)}}}{{d{name(by)}}}"


def formula(text: str) -> str:
    """A Python expression over names of the page, or its text where it is something else."""
    try:
        return _expression(ast.parse(text.replace("np.", ""), mode="eval").body)
    except (SyntaxError, _Unknown, RecursionError):
        shown = re.sub(rf"{OVER}", "/", text)
        return r"\texttt{" + escaped(shown) + "}"


class _Unknown(Exception):
    pass


def _expression(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return name(node.id.lstrip("_"))
        case ast.Constant(value=int() | float() as value):
            return _number(value)
        case ast.UnaryOp(op=ast.USub()):
            return f"-{_wrapped(node.operand, ast.BinOp, _is_sum)}"
        case ast.BinOp(op=ast.Div()):
            return rf"\frac{{{_expression(node.left)}}}{{{_expression(node.right)}}}"
        case ast.BinOp(op=ast.Pow()):
            base = _wrapped(node.left, (ast.BinOp, ast.UnaryOp, ast.Call))
            base = base if isinstance(node.left, ast.Name) and "_" not in base else f"{{{base}}}"
            return f"{base}^{{{_expression(node.right)}}}"
        case ast.BinOp():
            return _binary(node)
        case ast.Compare(ops=[op]):
            right = _expression(node.comparators[0])
            return f"{_expression(node.left)} {_operator(op)} {right}"
        case ast.IfExp():
            return (
                rf"\begin{{cases}}{_expression(node.body)} & {_expression(node.test)} \\ "
                rf"{_expression(node.orelse)} & \text{{else}}\end{{cases}}"
            )
        case ast.Attribute(attr="T" | "mT"):
            return rf"{{{_wrapped(node.value, ast.BinOp)}}}^{{\top}}"
        case ast.Attribute():
            return name(ast.unparse(node))
        case ast.Call(func=ast.Name() as function, keywords=[]):
            return _call(function.id.lstrip("_"), node.args)
        case ast.Call(func=ast.Attribute(attr="sum") as method):
            return rf"\sum {_wrapped(method.value, ast.BinOp)}"
    raise _Unknown


def _call(function: str, arguments: Sequence[ast.expr]) -> str:
    inner = ", ".join(_expression(a) for a in arguments)
    if function == "sqrt":
        return rf"\sqrt{{{inner}}}"
    if function == "abs":
        return rf"\left|{inner}\right|"
    known = f"\\{function}" if function in _FUNCTIONS else rf"\operatorname{{{escaped(function)}}}"
    return rf"{known}\left({inner}\right)"


def _binary(node: ast.BinOp) -> str:
    product = isinstance(node.op, ast.Mult | ast.MatMult)
    loose: Callable[[ast.expr], bool] = _is_sum if product else (lambda _: False)
    left = _wrapped(node.left, (ast.BinOp, ast.Compare), loose)
    right_loose = _is_sum if product or isinstance(node.op, ast.Sub) else (lambda _: False)
    right = _wrapped(node.right, (ast.BinOp, ast.UnaryOp, ast.Compare), right_loose)
    sign = _operator(node.op)
    if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
        sign = " " if not isinstance(node.right, ast.Constant | ast.BinOp) else sign
    return f"{left}{sign}{right}"


def _operator(op: ast.AST) -> str:
    sign = _OPERATORS.get(type(op))
    if sign is None:
        raise _Unknown
    return sign


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _wrapped(
    node: ast.expr,
    kinds: type[ast.expr] | tuple[type[ast.expr], ...],
    loose: Callable[[ast.expr], bool] | None = None,
) -> str:
    """An operand, in parentheses where its kind needs them."""
    text = _expression(node)
    needed = isinstance(node, kinds)
    if needed and isinstance(node, ast.BinOp) and loose is not None:
        needed = loose(node)
    return rf"\left({text}\right)" if needed else text


def _number(value: float) -> str:
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def number(text: str) -> str:
    """A printed number: `1e-9` and `-1/4` as one writes them."""
    found = re.fullmatch(r"(-?)(\d+)/(\d+)", text)
    if found:
        return rf"{found[1]}\frac{{{found[2]}}}{{{found[3]}}}"
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("-").isdigit():
        return rf"{mantissa} \cdot 10^{{{exponent}}}"
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
