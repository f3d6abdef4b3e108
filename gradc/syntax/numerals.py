"""Numeric literals: their values, and what is wrong with those that have none."""

from __future__ import annotations

import math
import re

from gradc.patterns import pattern

_NUMBER = pattern(
    r"(?P<int>[0-9]+(?:_[0-9]+)*)?"
    r"(?P<fraction>\.(?:[0-9]+(?:_[0-9]+)*)?)?"
    r"(?P<exponent>[eE][+-]?[0-9]+(?:_[0-9]+)*)?"
)
_MAX_DIGITS = 300  # a size or an index needs 19; Python itself refuses 4300


def read_number(text: str) -> tuple[int | float, str, tuple[str, ...]]:
    """The value of a literal, and where it has none, a message and helps."""
    match = _NUMBER.fullmatch(text)
    if not match:
        shown = text if len(text) <= 40 else text[:40] + "…"
        return 0, f"`{shown}` is not a number", _helps(text)
    whole = match["int"] or ""
    if len(text) > _MAX_DIGITS:
        return 0, f"a number of {len(text)} characters is too long", ()
    if len(whole) > 1 and whole[0] == "0":
        digits = text.lstrip("0_")
        meant = digits if digits[:1].isdigit() else "0" + digits
        return 0, f"`{text}` begins with a zero", (f"write `{meant}`",)
    if not match["fraction"] and not match["exponent"]:
        return int(text), "", ()
    value = float(text)
    if math.isinf(value):
        return 0, f"`{text}` is too large for a float", ("infinity is `inf`",)
    return value, "", ()


def _helps(text: str) -> tuple[str, ...]:
    if re.match(r"0[xXbBoO]", text):
        try:
            return (f"numbers are decimal: write `{int(text, 0)}`",)
        except ValueError:
            return ("numbers are decimal",)
    if imaginary := re.fullmatch(r"([0-9]*\.?[0-9]+)([iIjJ])", text):
        product = f"a product is `{imaginary[1]} * {imaginary[2]}`"
        return (f"there are no complex numbers; {product}",)
    if power := re.fullmatch(r"([0-9]*\.?[0-9]+)[eE]([-+]?[0-9]*\.[0-9]+)", text):
        scale = "" if float(power[1]) == 1 else f"{power[1]} * "
        return (f"an exponent is an integer: write `{scale}10**{power[2].lstrip('+')}`",)
    if re.fullmatch(r"[0-9]+(x[0-9]+)+", text):
        return (f"a comma stands between sizes: `[{text.replace('x', ', ')}]`",)
    if re.fullmatch(r"[0-9]*\.?[0-9]+[eE]", text):
        return (f"digits follow the `{text[-1]}`, as in `{text}-3`",)
    if member := re.fullmatch(r"[0-9]+\.(T|mT|shape)", text):
        return (f"parentheses go around what has a `.{member[1]}`, as in `(x**2).{member[1]}`",)
    if re.fullmatch(r"[0-9]*(\.[0-9]+){2,}", text):
        return ("a number has one point",)
    if suffixed := re.fullmatch(r"([0-9]+)([fFdDlLuU])", text):
        told = f"write `{suffixed[1]}`: numbers have no suffix"
        return (f"{told}; a product is `{suffixed[1]} * {suffixed[2]}`",)
    if factors := re.fullmatch(r"([0-9]+)([A-Za-z]\w*)", text):
        return (f"a product is written `{factors[1]} * {factors[2]}`",)
    if suffixed := re.fullmatch(r"([0-9_]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)[fFdDlL.]", text):
        return (f"write `{suffixed[1]}`: numbers have no suffix",)
    if "_" in text:
        return ("`_` stands between two digits",)
    return ()


_GROUPS = pattern(r"(?<![\w.,])[1-9]\d{0,2}(?:,\d{3})+(?![\w.]|,\d)")


def grouped(line: str, column: int) -> tuple[int, tuple[str, ...]] | None:
    """For a number with commas, `1,000`, around a column: where its first comma is, and helps."""
    for match in _GROUPS.finditer(line):
        comma = match.start() + match[0].index(",")
        if comma <= column < match.end():
            plain, shown = match[0].replace(",", ""), match[0].replace(",", "_")
            help_ = f"write `{shown}` or `{plain}`"
            if match[0].count(",") == 1:
                help_ += f"; a decimal is `{match[0].replace(',', '.')}`"
            return comma, (help_,)
    return None
