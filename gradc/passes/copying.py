"""Values as a help may quote them: what is made once alone gets a name on a line before."""

from __future__ import annotations

from collections.abc import Container, Sequence

from gradc import once
from gradc.ir.node import Node, Value, applies
from gradc.ir.origin import Calling
from gradc.passes.bracketed import bare
from gradc.passes.forms import Makers
from gradc.passes.spelling import spelled_in
from gradc.records import dataclass
from gradc.source import Span

_LOGITS = ("softmax", "sigmoid", "log")


@dataclass(frozen=True, slots=True)
class Quoted:
    """The texts of values, empty where one has none, and what gets a name for that."""

    texts: list[str]
    kept: tuple[once.Kept, ...]
    place: Span | None  # of the formula

    def before(self, lead: str) -> str:
        """The lines that are to stand before what a help shows, behind a word; else nothing."""
        place = self.place
        lines = ", ".join(
            f"`{k.line}`" if place and k.is_in(place) else f"`{k.line}`, `{k.statement}`"
            for k in self.kept
        )
        if not lines:
            return ""
        return f"{lead} {lines}, " if lead else f"{lines}, and "


def quoted(
    values: Sequence[Value],
    node: Node,
    made: Makers,
    body: Calling | None,
    often: Container[Value] = (),
) -> Quoted:
    """Values of a formula that ends with a node, as what stands for the formula may read them.

    It reads some of them `often`; each of the others stands in its place once.
    """
    texts, kept = list[str](), dict[Value, once.Kept]()
    for value, text in zip(values, spelled_in(values, made, body), strict=True):
        said, new = _said(value, text, node, made, body, value in often)
        if new is not None:
            kept.setdefault(value, new)
        texts.append(said)
    return Quoted(texts, tuple(kept.values()), node.span)


def _said(
    value: Value, text: str, node: Node, made: Makers, body: Calling | None, often: bool
) -> tuple[str, once.Kept | None]:
    maker = made.get(value)
    if text and (value.named or applies(maker, "constant")):
        return text, None
    span = maker.span if maker is not None and text else None
    if span is None or span.source.is_library or bare(" ".join(span.text.split())) != text:
        span = _given_to(value, made, body)  # made in a body: the text is that of the call
    if not once.is_once(value, text or (span.text if span is not None else ""), made):
        return text, None
    if span is None:
        return "", None
    if node.span is not None and once.is_within(span, node.span) and not often:
        return bare(" ".join(span.text.split())), None
    names = ("logits", "scores") if _is_logit(value, made) else ("u", "v")
    kept = once.kept(span, *names)
    return ("", None) if kept is None else (kept.name, kept)


def _given_to(value: Value, made: Makers, body: Calling | None) -> Span | None:
    """The place of a value that a call of the user's is given first."""
    own = body if body is not None and body.title else None
    for reader in made.values():
        if reader.span is None or reader.span.source.is_library or value not in reader.operands[:1]:
            continue
        calling = reader.origin.calling
        while calling is not None and not calling.title:
            calling = calling.outer
        if calling is own and reader.span.text.startswith(f"{reader.name}("):
            return once.first_argument(reader.span)
    return None


def _is_logit(value: Value, made: Makers) -> bool:
    return any(n.name in _LOGITS for n in made.values() if value in n.operands)
