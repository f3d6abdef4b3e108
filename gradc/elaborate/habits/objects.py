"""Objects as other systems make them by a call: parameters, and what is called later."""

from __future__ import annotations

import re

from gradc.diagnostics import DiagnosticError, error
from gradc.elaborate.bindings import Function, Scope, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.habits.layers import ACTIVATION, activation_of, activations_of, in_a_row
from gradc.elaborate.habits.own import call_of, like
from gradc.elaborate.habits.remedy import Written, is_whole
from gradc.elaborate.habits.rewriting import Advice, respelled, written
from gradc.elaborate.initial import called_sizes, meant_initialiser, scaled
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.ir.types import DTYPES
from gradc.syntax import tree
from gradc.syntax.habits.dims import above, with_batch
from gradc.syntax.habits.enclosed import closing, parts

_LISTED = r"[-\d.,\s\[\]e]+"  # lists of numbers
_INPUTS = ("Input", "InputLayer", "placeholder")
_PARAMETERS = ("Parameter", "Variable", "parameter", "variable")


def made(context: Context, expr: tree.Expr, advice: Advice | None, scope: Scope) -> Advice | None:
    """What is written instead of a statement that makes an object; None where it makes none."""
    if not isinstance(expr, tree.Call) or not scope.top or not is_whole(expr.span):
        return None
    line = expr.span.source.line_text(expr.span.line)
    name = re.split(r"\W+", line.strip())[0]
    made_by = expr.callee.span.text.rpartition(".")[2]
    if made_by in _PARAMETERS and expr.args:
        return _parameter(context, name, expr.args[0].value, scope)
    if made_by in _INPUTS and expr.args:
        return _input(context, name, expr, scope)
    if advice is not None and advice.of_layer:
        return _layer(expr, name, advice)
    if made_by in ("Sequential", "Chain"):
        given = _later(expr, name)
        layers = None
        if given:
            layers = in_a_row(written(context, expr, scope), given, activations_of(expr))
        told = f"; below it write `h{layers.count(' = ')}` for `{name}({given})`" if layers else ""
        return Advice("", f"a model is a row of statements: {layers}{told}") if layers else None
    said = f"{advice.sentence} = {advice.text}" if advice is not None else ""
    loss = re.search(r"= (\w+)\(", said)
    function = like(context, made_by) or (loss[1] if loss else None)
    known = function in context.library.callable_names()
    return _called(context, expr, name, function, scope) if function and known else None


def _layer(expr: tree.Call, name: str, advice: Advice) -> Advice | None:
    """`fc = nn.Linear(4, 3)`, where `z = fc(x)` calls it further on."""
    given = _later(expr, name)
    if given is None or not re.search(r"\((?:x|ids)\b", advice.text):
        return None
    text = re.sub(r"(?<=\()(?:x|ids)\b", lambda _: given, advice.text, count=1)
    sentence = advice.sentence
    if activation := activation_of(expr):
        told = ACTIVATION.format(activation)
        sentence = told if activation in sentence or not sentence else f"{told}; {sentence}"
    source, call = expr.span.source.text, re.escape(f"{name}({given})")
    whole = re.compile(rf"^[ \t]*(\w+)[ \t]*=[ \t]*{call}[ \t]*(?:#|$)", re.MULTILINE)
    bound = whole.search(source, expr.span.end)
    if bound and len(re.findall(rf"\b{name}\b", source)) == 2:
        instead = f"in place of both lines write `{bound[1]} = {text}`"
    else:
        instead = f"write `{name} = {text}`; below it write `{name}` for `{name}({given})`"
    return Advice("", f"{instead}; {sentence}" if sentence else instead)


def _parameter(context: Context, name: str, start: tree.Expr, scope: Scope) -> Advice | None:
    """`w = nn.Parameter(torch.zeros(4))`."""
    drawn, scale = scaled(start)
    digits = drawn.operand if isinstance(drawn, tree.Unary) else drawn
    if isinstance(digits, tree.Number) or re.fullmatch(_LISTED, start.span.text):
        return Advice("", f"a parameter is declared: `param {name} = {start.span.text}`")
    if not isinstance(drawn, tree.Call):
        return None
    meant = meant_initialiser(context, drawn.callee.span.text.rpartition(".")[2], drawn)
    sizes = called_sizes(drawn)
    if meant is None or not sizes or (scale and meant != "normal(1)"):
        return None
    meant = f"normal({scale})" if scale else meant
    dtype = context.like_others(scope)
    drawn_so = "" if meant == "zeros" else f" ~ {meant}"
    return Advice("", f"a parameter is declared: `param {name}: {dtype}[{sizes}]{drawn_so}`")


def _input(context: Context, name: str, call: tree.Call, scope: Scope) -> Advice | None:
    """`x = keras.Input(shape=[4])`, `x = tf.placeholder(tf.float32, [None, 4])`."""
    given = [a.value for a in call.args if a.keyword is None or a.keyword.name == "shape"]
    listed = [part for part in given if isinstance(part, tree.ListExpr | tree.Number)]
    if not listed:
        return None
    # The type that is stated, or that of the other inputs.
    made_by = call.callee.span.text.rpartition(".")[2]
    text = call.span.source.text
    sizes = with_batch(made_by, listed[-1].span.text.strip("[]"), text)
    words = [respelled(context, a.value, scope).strip('"') for a in call.args]
    dtype = next((w for w in words if w in DTYPES), "")
    dtype = ("" if dtype == context.dtype_in(scope) else dtype) or context.like_others(scope)
    declared = f"`input {name}: {dtype}[{sizes}]`"
    return Advice("", f"an input is declared: {above(sizes, text)}{declared}")


def without_array(layer: Function, call: tree.Call, scope: Scope) -> DiagnosticError | None:
    """`norm = LayerNorm(4)`, which `norm(x)` calls further on: a layer that is made first."""
    first = call.args[0] if call.args else None
    if not layer.module.trusted or scope.module.trusted or first is None or first.keyword:
        return None
    size: object = None
    if isinstance(first.value, tree.Number):
        size = first.value.value
    elif isinstance(first.value, tree.Name):
        size = scope.values.get(first.value.name, scope.module.constants.get(first.value.name))
    if isinstance(size, Value) and not size.type.rank and _is_plain(layer.definition.parameters[0]):
        helps = ["a layer works along the last axis: give it an array of at least one"]
        message = f"`{layer.name}` takes an array, this is {size.type}"
        return error("E0303", message, first.span, helps=helps)
    if not is_number(size):
        return None
    message = f"`{layer.name}` takes the array first, this is {describe(size)}"
    required = [p for p in layer.definition.parameters if p.default is None]
    if len(call.args) < len(required):
        return error("E0206", message, call.span, helps=[_given_array(layer, call)])
    helps = [_array_moved(layer, call, scope) or _given_array(layer, call)]
    return error("E0305", message, first.span, helps=helps)


def _array_moved(layer: Function, call: tree.Call, scope: Scope) -> str | None:
    """`Dense(3, 5, x)`: the call with the array in front, and as many sizes as there are to say."""
    given = [a for a in call.args if a.keyword is None]
    arrays = [
        a.span.text
        for a in given
        if any(isinstance(scope.values.get(n), Value) for n, _ in used_names(a.value))
    ]
    required = [p for p in layer.definition.parameters if p.default is None]
    sizes = [a.span.text for a in given if a.span.text not in arrays]
    left = len(required) - len(arrays)
    if len(arrays) != 1 or not 0 <= left <= len(sizes):
        return None
    named = [a.span.text for a in call.args if a.keyword is not None]
    text = ", ".join([*arrays, *sizes[len(sizes) - left :], *named])
    return f"write `{layer.name}({text})`"


def _is_plain(parameter: tree.Parameter) -> bool:
    """Whether a parameter of a layer of the library takes arrays of floats."""
    return parameter.type is None and parameter.kind is None


def _given_array(layer: Function, call: tree.Call) -> str:
    """The call with the arrays that it is called with later, and the sizes that are left to say."""
    required = [p for p in layer.definition.parameters if p.default is None]
    line = call.span.source.line_text(call.span.line)
    name = re.split(r"\W+", line.strip())[0] if is_whole(call.span) else ""
    later = _later(call, name) if name else None
    untyped = [p.name.name for p in required if _is_plain(p)]
    arrays = parts(later) if later else untyped or [required[0].name.name]
    if len(arrays) > len(required) and len({*arrays}) == 1:
        arrays = arrays[:1]  # queries, keys and values of what attends to itself
    sizes = [a.span.text for a in call.args if a.keyword is None]
    known = {p.name.name for p in layer.definition.parameters}
    named = [a.span.text for a in call.args if a.keyword is not None and a.keyword.name in known]
    left = max(len(required) - len(arrays), 0)
    text = f"{layer.name}({', '.join([*arrays, *sizes[max(len(sizes) - left, 0) :], *named])})"
    if not name:
        return f"write `{text}`"
    instead = f"; below it write `{name}` for `{name}({later})`" if later else ""
    return f"write `{name} = {text}`{instead}"


def _called(
    context: Context, expr: tree.Call, name: str, function: str, scope: Scope
) -> Advice | None:
    """`criterion = nn.CrossEntropyLoss()`, where `criterion(z, t)` is called further on."""
    inside = _later(expr, name)
    if inside is None:
        return None
    used = " ".join(f"{name}({inside})".split())
    given = [*(Written(None, part) for part in parts(inside)), *written(context, expr, scope)]
    instead = call_of(context, function, given, scope)
    return Advice("", f"leave this line out, and write `{instead}` for `{used}`")


def _later(expr: tree.Call, name: str) -> str | None:
    """What a name is called with further on."""
    source = expr.span.source.text
    later = re.compile(rf"\b{name}\(").search(source, expr.span.end)
    end = closing(source, later.end() - 1) if later else None
    return None if later is None or end is None else source[later.end() : end]
