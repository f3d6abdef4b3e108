"""Normalisations in the manner of other systems: sizes and small numbers in other places."""

from __future__ import annotations

from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.elaborate.bindings import Bound, Function, Instance, Scope
from gradc.ir.node import Value
from gradc.syntax import tree

_SMALL = 0.01  # more than an `eps`, and less than a momentum
_SIZED = "the size comes from the array"


def stray_number(
    function: Function, call: tree.Call, inner: Scope, scope: Scope
) -> DiagnosticError | None:
    """A number by its place that belongs to another parameter of a normalisation.

    Raised is what cannot be meant; W910 is returned for what compiles. `inner` holds what the
    parameters are bound to.
    """
    formals = [p.name.name for p in function.definition.parameters]
    if not function.module.trusted or scope.module.trusted or "eps" not in formals:
        return None
    array = inner.values.get(formals[0])
    array = array.value if isinstance(array, Instance) else array
    shape = array.type.shape if isinstance(array, Value) else ()
    for at, argument in enumerate(call.args[1:], 1):
        if argument.keyword is not None:
            break
        name, given = formals[at], inner.values.get(formals[at])
        meant = f"write `{_without(function.name, call, at, formals)}`"
        if _is_small(given) and name != "eps":
            message = f"`{function.name}` takes {_named(name)} here, and a small number by `eps`"
            helps = [with_eps(function.name, call, at)]
            found = error(_code(name), message, argument.value.span, helps=helps)
        elif (name in ("eps", "momentum") and _is_size(given)) or _is_shape(name, given, shape):
            what = f"{_named(name)} here, and no size"
            message = f"`{function.name}` takes {what}"
            helps = [f"{meant}: {_SIZED}"]
            found = error(_code(name), message, argument.value.span, helps=helps)
        else:
            continue
        if found.diagnostics[0].is_error:
            raise found
        return found
    return None


def weights_second(
    name: str, call: tree.Call, formals: list[str], scope: Scope, found: Diagnostic
) -> str | None:
    """`layer_norm(x, g, b)`: arrays in the place of the axis, which is the last one anyway."""
    if formals[1:2] != ["axis"] or "weight" not in formals or len(call.args) < 2:
        return None
    given = call.args[1]
    if isinstance(call.args[0].value, tree.ListExpr | tree.Number):
        return None  # an axis: the array stands second
    array = scope.values.get(given.value.name) if isinstance(given.value, tree.Name) else None
    is_vector = isinstance(array, Value) and array.type.is_float and array.type.rank
    if given.keyword is not None or found.span is not given.value.span or not is_vector:
        return None
    return f"write `{_without(name, call, 0, formals)}`"


def _without(name: str, call: tree.Call, left_out: int, formals: list[str]) -> str:
    """The call without an argument; further ones by the names of torch's order.

    Of an array, argument 0, nothing is left out.
    """
    names = iter([n for n in ("weight", "bias", "eps") if n in formals])
    is_axis = left_out == 0 or formals[left_out] == "axis"
    parts = [call.args[0].span.text]
    for at, argument in enumerate(call.args[1:], 1):
        if at == left_out:
            continue
        if argument.keyword is None and is_axis and at > left_out:
            keyword, text = next(names, ""), argument.span.text
            if text != "none":
                parts.append(f"{keyword}={text}" if keyword else text)
        else:
            parts.append(argument.span.text)
    return f"{name}({', '.join(parts)})"


def with_eps(name: str, call: tree.Call, at: int) -> str:
    """The call with the name of the parameter for a small number."""
    texts = [a.span.text for a in call.args]
    texts[at] = f"eps={texts[at]}"
    return f"write `{name}({', '.join(texts)})`"


def _code(name: str) -> str:
    """An error where the argument fits nothing; a doubt where it is a number that is taken."""
    return "W910" if name in ("eps", "momentum") else "E0305"


def _named(name: str) -> str:
    return "an axis" if name == "axis" else f"`{name}`"


def _is_small(given: object) -> bool:
    return isinstance(given, float) and 0 < given < _SMALL


def _is_size(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 1


def _is_shape(name: str, given: Bound | object, shape: tuple[object, ...]) -> bool:
    """Whether `layer_norm(x, [3])` is given the sizes of the last axes for those axes."""
    if name != "axis":
        return False
    sizes = given if isinstance(given, tuple) else (given,)
    if not sizes or tuple(shape[-len(sizes) :]) != tuple(sizes):
        return False
    return any(not isinstance(s, int) or s >= len(shape) for s in sizes)
