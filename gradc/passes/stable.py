"""Stable: what is stable where a node, with those that make its operands, is not."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.node import Apply, Call, Node, Value, applies
from gradc.passes.better import Better
from gradc.passes.collapsed import along, axes_of, axis_text, count_of, reduced
from gradc.passes.forms import LAST as ENDS
from gradc.passes.forms import Makers, alike, as_letters, ends_among, form_of, written
from gradc.passes.moments import angle, difference_of_moments

_POSITIVE = ("softmax", "sigmoid", "sqrt", "softplus")
_PICKS = ("take", "take_along_axis", "pick_at")

_OF_READERS = frozenset({"log", "log1p", "divide", "arccos"})
LAST = ENDS | _OF_READERS
"""What the formulas end with that are not stable."""


def ends_in(nodes: Iterable[Node]) -> frozenset[str]:
    """Those of `LAST` that may end a formula which is made of these nodes: most graphs hold few.

    A difference of moments is one of squares or of products, and so is one of the forms.
    """
    names = frozenset([n.name for n in nodes])
    return ends_among(names) | (names & _OF_READERS)


def better_form(node: Node, made: Makers) -> Better | None:
    """What is stable where a node, with those that make its operands, is not."""
    if type(node) is not Apply or node.op.name not in LAST:
        return None
    better = None
    if node.op.name == "log":
        better = Formulas(made).logarithm(node.operands[0])
    elif node.op.name == "log1p":
        better = Formulas(made).logarithm_beside_one(node.operands[0])
    elif node.op.name == "divide":
        better = Formulas(made).quotient(*node.operands)
    elif node.op.name == "subtract":
        better = difference_of_moments(node.operands[0], node.operands[1], made)
    elif node.op.name == "arccos":
        better = angle(node.operands[0], made)
    if better is None and not node.origin.is_derived and (found := form_of(node, made)):
        form, letters = found
        maker = made.get(letters["x"]) if form.unless else None
        if maker is not None and maker.name in form.unless:
            return None
        advice = written(form.stable, as_letters)
        operands = tuple(letters.values())
        return Better(advice, "", operands, form=form, letters=letters,
                      is_told_only=form.is_told_only)  # fmt: skip
    return better


def parts_of(node: Node, better: Better, made: Makers) -> set[Node]:
    """The nodes of a formula that is not stable, between its end and what it is about."""
    pending, found = list(node.operands), set[Node]()
    while pending:
        value = pending.pop()
        maker = made.get(value)
        is_about = any(alike(value, operand, made) for operand in better.operands)
        if maker is not None and not is_about and maker not in found:
            found.add(maker)
            pending += maker.operands
    return found


class Formulas:
    """Reads formulas off the nodes that make a value."""

    def __init__(self, made: Makers):
        self.made = made

    def maker(self, value: Value, name: str) -> Apply | None:
        """The node that makes a value, where it is this operation."""
        node = self.made.get(value)
        return node if applies(node, name) else None

    def call(self, value: Value, name: str) -> Call | None:
        """The node that makes a value, where it calls this function of the library."""
        node = self.made.get(value)
        if not isinstance(node, Call) or node.name != name or node.function.known is None:
            return None
        return node

    def is_one(self, value: Value) -> bool:
        node = self.maker(value, "constant")
        return node is not None and node.attrs[0] == 1

    def logarithm(self, value: Value) -> Better | None:
        """Of what `log` is taken."""
        if soft := self.soft(value):
            advice = f"log_{soft.advice}"
            return Better(advice, "log_softmax", soft.operands, known=soft.known)
        if gate := self.gate(value):
            return self.log_gate(*gate)
        rest = self.maker(value, "subtract")
        if rest and self.is_one(rest.operands[0]) and (gate := self.gate(rest.operands[1])):
            logit, turned = gate
            return self.log_gate(logit, not turned)
        if (picked := self.picked(value)) and (soft := self.soft(picked)):
            # The logarithm of what is picked is what is picked of the logarithms.
            advice = f"log_{soft.advice}"
            return Better(advice, "", soft.operands, is_told_only=True, first=True)
        if det := self.maker(value, "det"):
            return Better("logdet(x)", "", det.operands, is_told_only=True)
        size = self.maker(value, "abs")
        if size and (det := self.maker(size.operands[0], "det")):
            return Better("slogdet(x)[1]", "", det.operands, is_told_only=True)
        if added := reduced(value, "sum", self.made):
            return self._logarithm_of_total(*added)
        if total := self.maker(value, "add"):
            return self._logarithm_of_sum(total.operands)
        if product := reduced(value, "prod", self.made):
            # Of a product of two negative numbers there is a logarithm.
            advice = f"sum(log(x){along(*product)})"
            return Better(advice, "", product[0].operands, is_told_only=True)
        mean = reduced(value, "mean", self.made)
        power = mean and self.maker(mean[0].operands[0], "exp")
        if mean and power and not self._is_shifted(power.operands[0]):
            advice = f"logsumexp(x{along(*mean)}) - log({count_of(mean[0])})"
            return Better(advice, "", power.operands, is_told_only=True)
        return None

    def _logarithm_of_total(self, total: Apply, is_kept: bool) -> Better | None:
        """Of what `log` is taken where that is a sum."""
        if e := self.maker(total.operands[0], "exp"):
            if self._is_shifted(e.operands[0]):
                return None
            known = {"axis": total.attr("axis"), "keepdims": is_kept}
            advice = f"logsumexp(x{along(total, is_kept)})"
            return Better(advice, "logsumexp", e.operands, known=known)
        if found := self.weighted(total.operands[0]):
            exponent, weights = found
            advice = f"logsumexp(x + log(…){along(total, is_kept)})"
            return Better(advice, "", (exponent,), is_told_only=True, weights=weights)
        return None

    def logarithm_beside_one(self, value: Value) -> Better | None:
        """Of what `log1p` is taken."""
        turned = self.maker(value, "negative")
        if turned and (gate := self.gate(turned.operands[0])):
            return self.log_gate(gate[0], not gate[1])
        return None

    def log_gate(self, logit: Value, turned: bool) -> Better:
        """The logarithm of the sigmoid of a value, or of the value negated."""
        advice = "log_sigmoid(-x)" if turned else "log_sigmoid(x)"
        return Better(advice, "log_sigmoid", (logit,), negated=turned)

    def gate(self, value: Value) -> tuple[Value, bool] | None:
        """What a value is the sigmoid of, and whether that is negated, written out or not."""
        if gate := self.maker(value, "sigmoid"):
            return gate.operands[0], False
        if (ratio := self.maker(value, "divide")) is None:
            return None
        above, below = ratio.operands
        if self.is_one(above) and (better := self.one_over(below)):
            return better.operands[0], better.negated
        power, total = self.maker(above, "exp"), self.maker(below, "add")
        for one, other in (total.operands, total.operands[::-1]) if power and total else ():
            if power and self.is_one(one) and alike(above, other, self.made):
                return power.operands[0], False
        return None

    def soft(self, value: Value) -> Better | None:
        """The softmax that makes a value, written out or not."""
        if soft := self.call(value, "softmax"):
            known = soft.function.known or {}
            advice = f"softmax(x{axis_text(known.get('axis', -1), soft.operands[0].type.rank)})"
            return Better(advice, "softmax", soft.operands, known=known)
        if ratio := self.maker(value, "divide"):
            better = self.quotient(*ratio.operands)
            return better if better is not None and better.name == "softmax" else None
        return None

    def picked(self, value: Value) -> Value | None:
        """What a value is a part of, or seen in another way; None where it is all of it."""
        whole = value
        while (node := self.made.get(whole)) is not None:
            if node.traits.view is None and node.name not in _PICKS:
                break
            whole = node.operands[0]
        return None if whole is value else whole

    def weighted(self, value: Value) -> tuple[Value, tuple[tuple[Value, bool], ...]] | None:
        """What `exp` is taken of in a product with what is positive for certain, and that.

        Of each factor it is said whether it divides; nothing of any where a product is seen in
        another way than it was made.
        """
        exponents, weights, is_plain = list[Value](), list[tuple[Value, bool]](), True
        pending = [(value, False)]
        while pending:
            factor, divides = pending.pop()
            node = self.made.get(factor)
            is_seen = False
            while node is not None and node.traits.view is not None:
                node, is_seen = self.made.get(node.operands[0]), True
            if node is None:
                return None
            if node.name == "divide" and self.maker(node.operands[1], "exp") is not None:
                return None
            if node.name in ("multiply", "divide", "exp"):
                is_plain = is_plain and not is_seen
            if node.name in ("multiply", "divide"):
                first, second = node.operands
                turned = divides != (node.name == "divide")
                pending += [(second, turned), (first, divides)]
                continue
            if node.name == "exp":
                exponents.append(node.operands[0])
                continue
            if node.name == "constant":
                if not (isinstance(node, Apply) and node.attrs[0] > 0):
                    return None
            elif node.name not in _POSITIVE:
                return None
            weights.append((factor, divides))
        if len(exponents) != 1 or self._is_shifted(exponents[0]):
            return None
        return exponents[0], tuple(weights) if is_plain else ()

    def _logarithm_of_sum(self, terms: tuple[Value, ...]) -> Better | None:
        powers = [e.operands[0] for v in terms if (e := self.maker(v, "exp"))]
        if len(powers) == 2:
            return Better("logaddexp(a, b)", "logaddexp", (powers[0], powers[1]))
        for one, other in (terms, terms[::-1]):
            if self.is_one(one):
                if powers:
                    return Better("softplus(x)", "softplus", (powers[0],))
                return Better("log1p(x)", "log1p", (other,))
        return None

    def quotient(self, above: Value, below: Value) -> Better | None:
        """Of what is divided by what."""
        if self.is_one(above):
            return self.one_over(below)
        power, added = self.maker(above, "exp"), reduced(below, "sum", self.made)
        if power is None or added is None or not alike(above, added[0].operands[0], self.made):
            return None
        if self._is_shifted(power.operands[0]):
            return None
        axes, rank = axes_of(added[0]), above.type.rank
        if not added[1] and axes != tuple(range(len(axes))):
            return None  # that is another quotient, or of a square array
        axis = -1 if axes == (rank - 1,) else axes[0] if len(axes) == 1 else axes
        advice = f"softmax(x{axis_text(axis, rank)})"
        return Better(advice, "softmax", power.operands, known={"axis": axis})

    def one_over(self, value: Value) -> Better | None:
        """Of what one is divided by."""
        total = self.maker(value, "add")
        if total is None:
            return None
        for one, other in (total.operands, total.operands[::-1]):
            if self.is_one(one) and (power := self.maker(other, "exp")):
                if turned := self.maker(power.operands[0], "negative"):
                    return Better("sigmoid(x)", "sigmoid", turned.operands)
                return Better("sigmoid(-x)", "sigmoid", power.operands, negated=True)
        return None

    def _is_shifted(self, value: Value) -> bool:
        """Whether the largest element has been taken off, so that nothing overflows."""
        if (difference := self.maker(value, "subtract")) is None:
            return False
        most = difference.operands[1]
        while (node := self.made.get(most)) is not None and node.traits.view is not None:
            most = node.operands[0]
        return self.maker(most, "max") is not None
