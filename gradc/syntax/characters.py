"""The rules about characters: from the bytes of a file to a `Source`, and its comments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from gradc.diagnostics import Diagnostic, DiagnosticError, Label
from gradc.patterns import pattern
from gradc.source import Source, Span
from gradc.syntax.habits.glyphs import BARS, BRACKETS, PAIRED, instead_of

# Strings are matched whole so that a `#` inside one starts no comment. An unterminated string
# ends with its line.
_STRING_OR_COMMENT = pattern(
    r"""(?P<comment>\#[^\n]*)|"(?:[^"\\\n]|\\[^\n])*"?|'(?:[^'\\\n]|\\[^\n])*'?""", re.VERBOSE
)

_LINE_ENDS = "\r\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Lone surrogates stand for bytes that could not be decoded.
_FORBIDDEN = pattern(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_QUOTED = pattern(r"[^\"`\n]*")
_BEYOND_ASCII = pattern(r"[^\x00-\x7f]+")

# Capitals that are the same glyph as a Latin one in every common font, and the small letters that
# a reader takes for o, v, u, c, j. `α`, `γ`, `ι`, `κ` and `ρ` differ enough, and are used.
_LATIN_TWINS = dict(
    zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϜϹϺͿονυϲϳ", "ABEZHIKMNOPTYXFCMJovucj", strict=True),
)
_GREEK_SIGNS = "\u00b5\u2126"  # the micro and the ohm sign, Greek letters after NFKC

_MAX_REPORTS = 20
_MAX_LABELS = 5  # of a character that is met again


def read_text(name: str, data: bytes) -> Source:
    """The source in the bytes of a file; a `DiagnosticError` says which characters are illegal."""
    text = data.decode("utf-8", errors="surrogateescape")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    source = Source(name, text)
    found = [*_forbidden(source), *_foreign(source)]
    if not found:
        return source
    # What a diagnostic quotes reaches terminals and JSON: no illegal character goes there.
    printable = Source(name, _FORBIDDEN.sub("\ufffd", text))
    found.sort(key=lambda item: item[1])
    places: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for code, place, message, helps in found:
        places.setdefault((code, message, helps), []).append(place)
    raise DiagnosticError(
        Diagnostic(
            code,
            message,
            Span(printable, first, first + 1),
            labels=tuple(
                Label(Span(printable, p, p + 1), "and here") for p in others[:_MAX_LABELS]
            ),
            helps=helps,
        )
        for (code, message, helps), (first, *others) in islice(places.items(), _MAX_REPORTS)
    )


def normal_name(text: str) -> str:
    """A name as it is stored."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def comments_of(source: Source) -> list[tuple[int, str]]:
    """The offset and the text of every comment."""
    return [
        (match.start(), match.group())
        for match in _STRING_OR_COMMENT.finditer(source.text)
        if match.lastgroup == "comment"
    ]


def mask(text: str) -> str:
    """The text with strings and comments blanked out, every offset as it was."""
    return _STRING_OR_COMMENT.sub(lambda match: " " * len(match.group()), text)


def without_comment(line: str) -> str:
    """A line without its comment and the blanks at its end."""
    comments = (m for m in _STRING_OR_COMMENT.finditer(line) if m.lastgroup == "comment")
    first = next(comments, None)
    return (line if first is None else line[: first.start()]).rstrip()


_Finding = tuple[str, int, str, tuple[str, ...]]


def _forbidden(source: Source) -> Iterator[_Finding]:
    """Characters that are illegal anywhere, comments and strings included."""
    for match in _FORBIDDEN.finditer(source.text):
        c, place = match.group(), match.start()
        if "\udc80" <= c <= "\udcff":
            message = f"byte 0x{ord(c) - 0xDC00:02X} is not UTF-8"
            yield "E0101", place, message, ("save the file as UTF-8",)
        elif c == "\r":
            message = "a carriage return without a line feed"
            yield "E0104", place, message, ("lines end with LF or CRLF",)
        elif c in _LINE_ENDS:
            yield (
                "E0104",
                place,
                f"{_described(c)} ends no line here",
                ("lines end with LF or CRLF",),
            )
        elif re.match(f"[{_BIDI}]", c):
            message = f"{_described(c)} changes the order in which text is shown"
            yield "E0103", place, message, ("remove it: what is read must be what is compiled",)
        else:
            yield "E0102", place, f"the control character {_described(c)}", ("remove it",)


def _foreign(source: Source) -> Iterator[_Finding]:
    """Characters outside comments and strings that are neither ASCII nor fit for a name."""
    if source.text.isascii():
        return
    text, closing = mask(source.text), -1
    for match in _BEYOND_ASCII.finditer(text):
        told = False
        for place, c in enumerate(match.group(), match.start()):
            if place == closing or (told and c.isalpha()):
                continue
            behind = text[place + 1 : _line_end(text, place)]
            finding = None if _FORBIDDEN.match(c) else _unfit(match.group(), c, place, behind)
            if finding:  # the first of a run says enough, and that of a pair of quotation marks
                if partner := PAIRED.get(c):
                    closing = text.find(partner, place + 1, _line_end(text, place))
                    finding = _quoted(source.text, finding, closing)
                elif partner := BARS if c == BARS else BRACKETS.get(c):
                    closing = text.find(partner, place + 1, _line_end(text, place))
                yield finding
                # Of letters the first says enough; what follows them may be a sign.
                told = c.isalpha() or unicodedata.combining(c) > 0
                if not told:
                    break


def _quoted(text: str, finding: _Finding, closing: int) -> _Finding:
    """The finding of a quotation mark that closes: all that stands in the pair, written anew."""
    code, place, message, _ = finding
    inside = text[place + 1 : closing]
    if closing < 0 or not _QUOTED.fullmatch(inside):
        return finding
    return code, place, message, (f'write `"{inside}"`',)


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return end if end >= 0 else len(text)


def _unfit(run: str, c: str, place: int, behind: str) -> _Finding | None:
    base = unicodedata.normalize("NFKD", c)[0]
    if not _is_greek(c):
        message = f"{_described(c)} cannot stand outside comments and strings"
        return "E0105", place, message, instead_of(run[run.index(c) :], behind)
    if twin := _LATIN_TWINS.get(c) or _LATIN_TWINS.get(base):
        message = f"the Greek letter {_described(c)} looks like the Latin `{twin}`"
        spelled = unicodedata.name(base, "").rpartition(" ")[2]
        spelled = spelled.capitalize() if base.isupper() else spelled.lower()
        return "E0106", place, message, (f"write the Latin `{twin}`, or spell it out: `{spelled}`",)
    return None


def _is_greek(c: str) -> bool:
    return c in _GREEK_SIGNS or (c.isalpha() and unicodedata.name(c, "").startswith("GREEK "))


def _described(c: str) -> str:
    label = f"U+{ord(c):04X}"
    name = unicodedata.name(c, "")
    shown = f"`{c}` " if c.isprintable() and not c.isspace() else ""
    return f"{shown}({label} {name})" if name else f"{shown}{label}"
