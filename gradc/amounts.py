"""Amounts of memory: `2GB`, `512 MiB`, `100000`."""

from __future__ import annotations

from gradc.patterns import pattern

_DECIMAL = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
UNITS = _DECIMAL | _BINARY
_AMOUNT = pattern(r"([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+))?\s*([A-Za-z]*)")
_UNITS = {unit.lower(): size for unit, size in UNITS.items()}
_LONGEST = 40  # characters of an amount that makes sense


def amount(text: str) -> int:
    """The bytes of an amount. Raises ValueError with what is wrong with it."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or len(text) > _LONGEST:
        raise ValueError("this is no amount of memory")
    whole, part, unit = match[1], match[2] or "", match[3].lower()
    if unit not in _UNITS:
        raise ValueError(f"`{match[3]}` is no unit of memory")
    found: int = int(whole + part) * _UNITS[unit] // int(10 ** len(part))
    if not found:
        raise ValueError("this is less than a byte")
    return found


def exactly(count: int) -> str:
    """An amount in the largest unit that it is a whole number of."""
    wholes = [unit for unit, size in UNITS.items() if unit != "B" and not count % size]
    unit = max(wholes, key=UNITS.__getitem__)
    return f"{count // UNITS[unit]}{unit}"


def about(count: int) -> str:
    """An amount in three digits, for people: `1.23 GB`."""
    for unit in ("TB", "GB", "MB", "KB"):
        if count >= UNITS[unit]:
            return f"{float(f'{count / UNITS[unit]:.3g}'):,g} {unit}"
    return f"{count} bytes"
