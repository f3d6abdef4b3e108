"""Unstable: formulas that lose accuracy or overflow, and what would not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gradc.diagnostics import Diagnostic, Help, Label, Replacement
from gradc.ir.node import Node, Value, applies
from gradc.ir.origin import Calling
from gradc.passes.better import Better
from gradc.passes.blends import weights_in
from gradc.passes.forms import Makers, gain, written
from gradc.passes.stable import better_form, ends_in, parts_of
from gradc.source import Span

if TYPE_CHECKING:
    from gradc.passes.copying import Quoted


def unstable_in(nodes: Sequence[Node], made: Makers) -> Iterator[tuple[Node, Diagnostic]]:
    """W904 for the ends of formulas that are not stable.

    What is a part of one is told with it, and so are the two logarithms of a logistic loss.
    """
    found: dict[Node, Better] = {}
    parts: set[Node] = set()
    ends, weights = ends_in(nodes), weights_in(nodes)
    for node in reversed([n for n in nodes if n.name in ends and n not in weights]):
        if node not in parts and (better := better_form(node, made)):
            found[node] = better
            parts |= parts_of(node, better, made)
    for node in _guarded(nodes, found):
        del found[node]
    for node in nodes if len(found) > 1 else ():
        if (loss := _logistic(node, found, made)) is not None:
            first, second, target = loss
            if first in found and second in found:
                yield first, _as_loss(node, first, second, found[first], target, made)
                del found[first], found[second]
    yield from ((node, _told(node, better, made)) for node, better in found.items())


def _guarded(nodes: Sequence[Node], found: dict[Node, Better]) -> list[Node]:
    """Those whose bad point is left out by the choice that alone reads them."""
    asked = {n.result: n for n, better in found.items() if better.form and better.form.unless}
    readers: dict[Value, list[str]] = {value: [] for value in asked}
    for node in nodes if asked else ():
        for value in node.operands:
            if value in readers:
                readers[value].append(node.name)
    return [asked[v] for v, names in readers.items() if names and set(names) == {"where"}]


def _logistic(
    node: Node, found: dict[Node, Better], made: Makers
) -> tuple[Node, Node, Value] | None:
    """The two logarithms of `y * log(p) + (1 - y) * log(1 - p)`, and `y`."""
    if not (applies(node, "add") or applies(node, "subtract")):
        return None
    terms = [_weighted(v, found, made) for v in node.operands]
    for one, other in (terms, terms[::-1]):
        if one is None or other is None:
            continue
        (plain, target), (turned, rest) = one, other
        first, second = found[plain], found[turned]
        is_gate = first.name == second.name == "log_sigmoid"
        is_gate = is_gate and first.operands == second.operands
        if not is_gate or first.negated or not second.negated:
            continue
        left = made.get(rest)
        if applies(left, "subtract") and left.operands[1] is target:
            unit = made.get(left.operands[0])
            if applies(unit, "constant") and unit.attrs[0] == 1:
                return plain, turned, target
    return None


def _weighted(value: Value, found: dict[Node, Better], made: Makers) -> tuple[Node, Value] | None:
    """A logarithm that is not stable and what it is multiplied by, whatever their signs are."""
    node = made.get(_positive(value, made))
    if not applies(node, "multiply"):
        return None
    for log, factor in (node.operands, node.operands[::-1]):
        maker = made.get(_positive(log, made))
        if maker is not None and maker in found:
            return maker, _positive(factor, made)
    return None


def _positive(value: Value, made: Makers) -> Value:
    node = made.get(value)
    return node.operands[0] if applies(node, "negative") else value


def _as_loss(
    node: Node, first: Node, second: Node, better: Better, target: Value, made: Makers
) -> Diagnostic:
    """What is said of a logistic loss that is written out, as the sum that `node` is."""
    from gradc.passes.copying import quoted

    said = quoted([*better.operands, target], node, made, first.origin.calling)
    logits, labels = said.texts
    call = f"binary_cross_entropy_with_logits({logits or '…'}, {labels or '…'})"
    labels_ = [Label(second.span, "and here")] if second.span is not None else []
    help_ = f"{said.before('with')}`{call}` is stable, and the mean of all this"
    if logits and labels and (bound := _mean_of(node)) is not None:
        help_ = f"{said.before('')}write `{bound}{call}`, which is stable"
    return Diagnostic("W904", _MESSAGE, first.span, "", tuple(labels_), (help_,))


def _mean_of(node: Node) -> str | None:
    """What stands before the value of `loss J = -mean(…)` where that is of all that a node is.

    The sign goes: it stands before the mean of a sum, or before the first of two terms.
    """
    if node.span is None or node.origin.calling is not None:
        return None
    inside = " ".join(node.span.text.split())
    line = " ".join(node.span.source.line_text(node.span.line).partition("#")[0].split())
    sign, inner = ("-", "") if applies(node, "add") else ("", "-")
    if not inside.startswith(inner) or re.search(r"(?:^|[*(+])\s*-", inside[len(inner) :]):
        return None
    bound = re.fullmatch(rf"((?:(?:loss|output) )?\w+ = ){sign} ?mean\((.*)\)", line)
    return bound[1] if bound and bound[2] == inside else None


_MESSAGE = "this formula loses accuracy or overflows where its result does not"


def _told(node: Node, better: Better, made: Makers) -> Diagnostic:
    """A formula that overflows or cancels where an operation of the library does not."""
    from gradc.passes.bracketed import wrapped
    from gradc.passes.copying import quoted

    body = node.origin.calling
    said = quoted(better.operands, node, made, body, _often(better))
    spellings = said.texts
    texts = dict(zip(better.operands, spellings, strict=True))
    are_told = all(spellings)
    advice = better.advice
    if better.form is not None:

        def letter(name: str, beside: bool) -> str:
            text = texts[better.letters[name]] if are_told else name
            return wrapped(text) if beside else text

        advice = written(better.form.stable, letter)
        kept = gain(better.form, letter, node.result.type.dtype)
    else:
        kept = ""
        if are_told:
            advice = _placed(advice, spellings)
    if are_told and (weights := _weights(better, node, made)):
        advice = advice.replace("…", weights)
    helps = [said.before("with") + _told_stable(advice, kept, better, node)]
    if better.first:
        helps = [f"{said.before('with')}`{advice}` is stable: pick from that"]
        if (labels := _labels(node, made, body)) and are_told:
            helps.append(f"the mean loss is `cross_entropy({spellings[0]}, {labels})`")
    elif said.kept and node.span is not None and "…" not in advice:
        helps = [_followed(helps[0], advice, said, node.span)]
    if "…" in advice:
        helps.append("`…` is what `exp` is multiplied by")
    letters = better.letters or dict(zip(_letters(better.operands), better.operands, strict=True))
    labels_, told = ((), ()) if are_told else _lettered(letters, texts, made)
    return Diagnostic("W904", _MESSAGE, node.span, "", tuple(labels_), (*helps, *told))


def _followed(help_: str, advice: str, said: Quoted, place: Span) -> Help:
    """A help with what it says to write: the lines before, and the formula in its place."""
    edits = [Replacement(place, advice if _CALL.fullmatch(advice) else f"({advice})")]
    for kept in said.kept:
        edits.append(kept.before)
        if not kept.is_in(place):
            edits.append(kept.inside)
    return Help(help_, edits)


_CALL = re.compile(r"\w+\([^()]*\)")


def _often(better: Better) -> set[Value]:
    """What the stable formula reads more than once."""
    found = _LETTER.findall(better.advice)
    named = better.letters or dict(zip(dict.fromkeys(found), better.operands, strict=False))
    return {value for letter, value in named.items() if found.count(letter) > 1}


_LETTER = re.compile(r"(?<![\w.])[a-z](?!\w)")


def _weights(better: Better, node: Node, made: Makers) -> str:
    """What a formula is weighted by, as a product; nothing where that is long or has no words."""
    from gradc.passes.bracketed import divisor, wrapped
    from gradc.passes.copying import quoted

    values = [value for value, _ in better.weights]
    said = quoted(values, node, made, node.origin.calling)
    texts = list[str]()
    for (value, divides), text in zip(better.weights, said.texts, strict=True):
        maker = made.get(value)
        if applies(maker, "constant") and not value.named and len(text) > _DIGITS:
            # A number worked out at compile time has the place of what it is a part of.
            is_own = divides and maker.span is not None and maker.origin.calling is None
            text = divisor(maker.span.text) if is_own and maker.span is not None else ""
        texts.append(text)
    if said.kept or not texts or not all(texts):
        return ""
    above = [wrapped(t) for t, (_, d) in zip(texts, better.weights, strict=True) if not d]
    below = [wrapped(t) for t, (_, d) in zip(texts, better.weights, strict=True) if d]
    product = " / ".join([" * ".join(above) or "1", *below])
    return product if len(product) <= _LONGEST else ""


_LONGEST = 40  # characters of weights that a help repeats
_DIGITS = 8  # of a number among them


def _letters(operands: Sequence[Value]) -> str:
    return "ab" if len(operands) > 1 else "x"


def _lettered(
    letters: Mapping[str, Value], texts: Mapping[Value, str], made: Makers
) -> tuple[list[Label], list[str]]:
    """What the letters of a formula stand for: at their places, or in words."""
    labels, told = list[Label](), list[str]()
    for letter, value in letters.items():
        node = made.get(value)
        if texts[value]:
            told.append(f"`{letter}` is `{texts[value]}`")
        elif node is not None and node.span is not None and not node.span.source.is_library:
            labels.append(Label(node.span, f"`{letter}`"))
        else:
            told.append(f"`{letter}` stands for what the formula is of")
    return labels, told


def _told_stable(advice: str, kept: str, better: Better, node: Node) -> str:
    """What is stable, whether it is what runs, and what what is written keeps of its digits."""
    if better.is_written(node):
        told = f"`{advice}` is stable, and what the emitted module computes"
        return f"{told}; as it is written, {kept} would be left" if kept else told
    only = better.form.only if better.form is not None else ""
    told = f"`{advice}` is stable" + f" where {only}" * bool(only)
    verb = "are" if "digits" in kept else "is"
    return f"{told}: {kept} {verb} left here" if kept else told


def _labels(node: Node, made: Makers, body: Calling | None) -> str:
    """What picks the elements whose logarithm is taken, as it is said; else nothing."""
    from gradc.passes.spelling import spelled_in

    maker = made.get(_seen(node.operands[0], made))
    if maker is None or maker.name not in ("take_along_axis", "pick_at"):
        return ""
    (labels,) = spelled_in([_seen(maker.operands[-1], made)], made, body)
    return labels


def _seen(value: Value, made: Makers) -> Value:
    """What a value is a view of."""
    while (node := made.get(value)) is not None and node.traits.view is not None:
        value = node.operands[0]
    return value


def _placed(advice: str, texts: Sequence[str]) -> str:
    """The stable form, about what the formula was about rather than about letters."""
    letters = list(dict.fromkeys(re.findall(r"(?<![\w.])[abx](?!\w)", advice)))
    spelled = dict(zip(letters, texts, strict=False))

    def placed(match: re.Match[str]) -> str:
        from gradc.passes.bracketed import negated, wrapped

        text = spelled[match["letter"]]
        if match["sign"]:
            text = negated(text)
        before, after = advice[: match.start()].rstrip(), advice[match.end() :].lstrip()
        ends = (")", ",", "") if " as " in text else (")", ",", "+", "-", "")
        is_alone = before[-1:] in ("(", ",", "") and after[:1] in ends
        return text if is_alone else wrapped(text)

    return _PLACED.sub(placed, advice)


_PLACED = re.compile(r"(?P<sign>(?:^|(?<=\()|(?<=, ))-)?(?<![\w.])(?P<letter>[abx])(?!\w)")
