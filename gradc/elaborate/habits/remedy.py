"""A remedy: what is written here instead of a call that another system would take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax.habits.enclosed import closing, parts, unwrapped, wrapped

_SIGN_BEFORE = pattern(r"(?:[-+*/@%<>]|[<>!=]=|\b(?:and|or|not))$")
_SIGN_BEHIND = pattern(r"\s*(?:[-+*/@%<>.\[]|[!=]=|(?:and|or)\b)")
_WORD = pattern(r'(?<![\w."])[A-Za-z_]\w*(?!\w|"|\s*=(?!=))')

_KINDS = {
    "#": pattern(r"-?\d+"),
    "@": pattern(r"(?i:y|t|ys|ts|truth|\w*(label|target|true|onehot|one_hot)\w*)"),
}


@dataclass(frozen=True, slots=True)
class Formal:
    """A parameter of a foreign function. `names` are the keywords that it goes by.

    `only` is the one text that it takes, where it takes no other: `false`, `#` for an integer, `@`
    for a name that labels go by, or the call `softmax()`, of which the argument counts.
    """

    names: tuple[str, ...]
    required: bool = True
    rest: bool = False
    only: str = ""

    def taken(self, text: str) -> str | None:
        """What of an argument stands in the remedy; None where the parameter takes no such."""
        if self.only in _KINDS:
            return text if _KINDS[self.only].fullmatch(text) else None
        if not self.only.endswith("()"):
            return text if self.only in ("", text) else None
        called = self.only.removesuffix(")")
        if not text.startswith(called) or closing(text, len(called) - 1) != len(text) - 1:
            return None
        return parts(text[len(called) : -1])[0]


@dataclass(frozen=True, slots=True)
class Written:
    """An argument as it is written in a call."""

    keyword: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """An expression over formals, or a sentence where `formals` and `expression` are missing."""

    formals: tuple[Formal, ...] | None
    expression: str
    sentence: str

    @property
    def takes_calls(self) -> bool:
        """Whether a parameter takes the argument of a certain call alone."""
        return any(f.only.endswith("()") for f in self.formals or ())

    def fitted(self, arguments: Sequence[Written], is_idle: Callable[[str], bool]) -> str | None:
        """The expression for these arguments; None where they do not fit.

        A keyword that `is_idle` says nothing about values, and is left out.
        """
        if self.formals is None:
            return None
        if "([a, b" in self.expression and arguments[:1] and arguments[0].text[:1] == "[":
            return None  # the arrays are in a list already
        given: dict[str, list[str]] = {}
        formals = list(self.formals)
        for argument in arguments:
            if argument.keyword is None:
                if not formals:
                    return None
                formal = formals[0] if formals[0].rest else formals.pop(0)
            else:
                found = [f for f in formals if argument.keyword in f.names]
                if not found:
                    if is_idle(argument.keyword):
                        continue
                    return None
                formal = found[0]
                formals.remove(formal)
            if (text := formal.taken(argument.text)) is None:
                return None
            given.setdefault(formal.names[0], []).append(text)
        if any(f.required and f.names[0] not in given for f in formals):
            return None
        return self._filled(given)

    def sketched(self) -> str:
        """The expression where no call fits: its parameters stand for themselves."""
        return self._filled({f.names[0]: [f.names[0]] for f in self.formals or () if f.required})

    def _filled(self, given: Mapping[str, Sequence[str]]) -> str:
        text = self.expression
        for formal in self.formals or ():
            name = formal.names[0]
            if name in given:
                continue
            text = re.sub(rf"(, )?\b\w+={name}\b", "", text)
            if not formal.required:
                text = re.sub(rf", {name}(?=[,)])", "", text)
            if formal.rest:
                text = re.sub(rf"(, )?(?<!\w){name}\b(?=[\])])", "", text)
        names = {f.names[0] for f in self.formals or ()} & given.keys()

        def place(match: re.Match[str]) -> str:
            if match[0] not in names:
                return match[0]
            before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
            apart = (before[-1:] in ("", "(", "[", ",") or _ends_keyword(before)) and (
                after[:1] in ("", ")", "]", ",")
            )
            texts = given[match[0]]
            if len(texts) == 1 and before.endswith("[") and after[:1] in ("]", ","):
                # `permute(x, [1, 0])`, of which the brackets are there already.
                listed = texts[0].strip()
                if listed[:1] == "[" and closing(listed) == len(listed) - 1:
                    return listed[1:-1]
            return ", ".join(unwrapped(t) if apart else wrapped(t) for t in texts)

        return _WORD.sub(place, text)


def _ends_keyword(before: str) -> bool:
    return before.endswith("=") and not before.endswith(("==", "<=", ">=", "!="))


def in_place(text: str, span: Span) -> str:
    """What is written instead of a stretch: in parentheses, where that is an operand."""
    source = span.source.text
    before = _SIGN_BEFORE.search(source[: span.start].rstrip()[-4:])
    return wrapped(text) if before or _SIGN_BEHIND.match(source, span.end) else text


def is_whole(span: Span) -> bool:
    """Whether a stretch is all of the value of a statement."""
    line = span.source.line_text(span.line)
    before, behind = line[: span.column - 1], line[span.column - 1 + span.end - span.start :]
    return bool(re.fullmatch(r"[^=]*\w\s*=\s*", before)) and not behind.partition("#")[0].strip()
