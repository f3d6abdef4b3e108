"""A remedy: what is written here instead of a call that another system would take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax.habits.enclosed import closing, parts, unwrapped, wrapped

_SIGN_BEFORE = pattern(r"(?:[-+*/@%<>]|[<>!=]=|\b(?:and|or|not))$")
_SIGN_BEHIND = pattern(r"\s*(?:[-+*/@%<>.\[]|[!=]=|(?:and|or)\b)")
_WORD = pattern(r'(?<![\w."])[A-Za-z_]\w*(?!\w|"|\s*=(?!=))')

_DIFFERENCE = pattern(
    r"\((-?\d+(?:\.\d+)?|\(-\d+(?:\.\d+)?\)) - (?:\((-\d+(?:\.\d+)?)\)|(\d+(?:\.\d+)?))\)"
)
_NEGATIVE = pattern(r"^\((-\d+(?:\.\d+)?)\)")
_NOTHING = pattern(r"(?:^|(?<=[(,:+] )|(?<=[(:]))(?:0(?:\.0*)? \+ |1(?:\.0*)? \* )+")

_KINDS = {
    "#": pattern(r"-?\d+"),
    "%": pattern(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"),
    "[": pattern(r"\[.*\]"),
    "@": pattern(r"(?i:y|t|ys|ts|truth|\w*(label|target|true|onehot|one_hot)\w*)"),
}


@dataclass(frozen=True, slots=True)
class Formal:
    """A parameter of a foreign function. `names` are the keywords that it goes by.

    `only` is the one text that it takes, where it takes no other: `false`, `#` for an integer,
    `%` for a number, `[` for a list, `@` for a name that labels go by, or the call `softmax()`, of
    which the argument counts. One that is `named` is given by a keyword alone.
    """

    names: tuple[str, ...]
    required: bool = True
    rest: bool = False
    only: str = ""
    named: bool = False

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


class Keywords(Protocol):
    """What keywords of other systems say."""

    def is_idle(self, keyword: str) -> bool: ...

    def renamed(self, keyword: str, parameters: Sequence[str]) -> str | None: ...


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

    def fitted(self, arguments: Sequence[Written], keywords: Keywords) -> str | None:
        """The expression for these arguments; None where they do not fit.

        A keyword that is idle says nothing about values, and is left out.
        """
        if self.formals is None:
            return None
        if "([a, b" in self.expression and arguments[:1] and arguments[0].text[:1] == "[":
            return None  # the arrays are in a list already
        given = self._given(arguments, keywords, strict=True)
        if given is None or any(f.required and f.names[0] not in given for f in self.formals):
            return None
        return self._filled(given)

    def sketched(self, arguments: Sequence[Written] = (), keywords: Keywords | None = None) -> str:
        """The expression where no call fits: for the rest its parameters stand for themselves."""
        given = self._given(arguments, keywords, strict=False) or {}
        own = {f.names[0]: [f.names[0]] for f in self.formals or () if f.required}
        return self._filled({**own, **given})

    def taken(self, arguments: Sequence[Written], keywords: Keywords) -> int:
        """How many of these arguments have a place."""
        given = self._given(arguments, keywords, strict=False) or {}
        return sum(map(len, given.values()))

    def _given(
        self, arguments: Sequence[Written], keywords: Keywords | None, *, strict: bool
    ) -> dict[str, list[str]] | None:
        """What each parameter is given; None where an argument has no place and `strict` is so."""
        given: dict[str, list[str]] = {}
        formals = list(self.formals or ())
        for argument in arguments:
            if argument.keyword is None:
                formal = formals[0] if formals and not formals[0].named else None
                if formal is not None and not formal.rest:
                    formals.remove(formal)
            else:
                formal = self._named(argument.keyword, formals, keywords)
                if formal is None and keywords is not None and keywords.is_idle(argument.keyword):
                    continue
                if formal is not None:
                    formals.remove(formal)
            text = formal.taken(argument.text) if formal is not None else None
            if formal is None or text is None:
                if strict:
                    return None
                continue
            given.setdefault(formal.names[0], []).append(text)
        return given

    @staticmethod
    def _named(keyword: str, formals: Sequence[Formal], keywords: Keywords | None) -> Formal | None:
        """The parameter that goes by a keyword, its own or that of yet another system."""
        found = next((f for f in formals if keyword in f.names), None)
        if found is None and keywords is not None:
            own = keywords.renamed(keyword, [name for f in formals for name in f.names])
            found = next((f for f in formals if own in f.names), None)
        return found

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

        return _tidied(_WORD.sub(place, text))


def _tidied(text: str) -> str:
    """A formula without sums and products of numbers that change nothing."""
    text = _DIFFERENCE.sub(lambda m: f"{Decimal(m[1]) - Decimal(m[2] or m[3]):f}", text)
    text = _NEGATIVE.sub(r"\1", text)
    return _NOTHING.sub("", text)


def _ends_keyword(before: str) -> bool:
    return before.endswith("=") and not before.endswith(("==", "<=", ">=", "!="))


def about(sentence: str, base: str) -> str:
    """A sentence about any value `x`, said of this one."""

    def placed(match: re.Match[str]) -> str:
        shown = match.string
        apart = shown[match.start() - 1] in "`(,[ " and shown[match.end()] in "`),]"
        return unwrapped(base) if apart else wrapped(base)

    return re.sub(r"`[^`]*`", lambda m: re.sub(r"\bx\b", placed, m[0]), sentence)


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
