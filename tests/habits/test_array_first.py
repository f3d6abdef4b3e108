"""Whatever takes an array and something known: exchanged, the call that was meant is said."""

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.source import Source
from tests.library.cases import LIBRARY, Case, cases_of

LEFT = {
    "greater": "both sides may be numbers",
    "maximum": "both sides may be numbers",
    "power": "both sides may be numbers",
    "max": "the larger of two is meant, `maximum`",
    "min": "the smaller of two is meant, `minimum`",
    "gradient": "the derivative by a value is meant, `grad`",
}


def told(text: str) -> list[Diagnostic]:
    try:
        return list(compile_source(Source("call.graph", text)).warnings)
    except DiagnosticError as failure:
        return list(failure.diagnostics)


def literal(known: object) -> str | None:
    match known:
        case bool():
            return str(known).lower()
        case str():
            return f'"{known}"'
        case list() | tuple():
            items = [literal(item) for item in known]
            return None if None in items else f"[{', '.join(map(str, items))}]"
        case None:
            return None
        case _:
            return repr(known)


def calls() -> dict[str, tuple[str, str, str]]:
    """For each callable: declarations, a call of an array and what is known, and the array."""
    found: dict[str, tuple[str, str, str]] = {}
    for name in sorted({*LIBRARY.callable_names()}):
        for case in _of(name):
            text = literal(case.known[case.order[1]])
            declared = "".join(f"{o.declare()}\n" for o in case.operands)
            if text is not None and not any(
                d.is_error for d in told(f"{declared}output o = {name}({case.order[0]}, {text})\n")
            ):
                found[name] = declared, text, case.order[0]
                break
    return found


def _cases(name: str) -> list[Case]:
    try:
        return cases_of(name)
    except (KeyError, DiagnosticError):
        return []


def _of(name: str) -> list[Case]:
    return [
        c
        for c in _cases(name)
        if len(c.order) > 1
        and not c.grouped
        and [o.name for o in c.operands] == [c.order[0]]
        and c.order[1] in c.known
    ]


CALLS = calls()


def test_there_are_many() -> None:
    assert len(CALLS) >= 60
    assert LEFT.keys() <= CALLS.keys()


@pytest.mark.parametrize("name", sorted(CALLS.keys() - LEFT.keys()))
def test_what_is_meant_is_said(name: str) -> None:
    declared, known, array = CALLS[name]
    found = told(f"{declared}output o = {name}({known}, {array})\n")
    helps = " | ".join(help_ for d in found for help_ in d.helps)
    assert f"`{name}({array}, {known})`" in helps


@pytest.mark.parametrize("name", sorted(CALLS))
def test_what_is_right_is_left_alone(name: str) -> None:
    declared, known, array = CALLS[name]
    found = told(f"{declared}output o = {name}({array}, {known})\n")
    assert not [d for d in found if d.is_error or d.code == "W910"]


BEHIND = {
    "index_put": "the positions may be the number",
    "put_along_axis": "the positions may be the number",
    "lerp": "each of the three may be a number",
    "where": "each of the three may be a number",
    "trapezoid": "the positions may be the number",
}


def pairs() -> dict[str, tuple[str, str, str, str]]:
    """For each callable of two arrays: declarations, the arrays, and what is known behind them."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for name in sorted({*LIBRARY.callable_names()}):
        for case in _of_two(name):
            text = literal(case.known[case.order[2]])
            declared = "".join(f"{o.declare()}\n" for o in case.operands)
            a, b, _ = case.order[:3]
            if text is not None and not any(
                d.is_error for d in told(f"{declared}output o = {name}({a}, {b}, {text})\n")
            ):
                found[name] = declared, a, b, text
                break
    return found


def _of_two(name: str) -> list[Case]:
    return [
        c
        for c in _cases(name)
        if len(c.order) > 2
        and not c.grouped
        and [o.name for o in c.operands] == [*c.order[:2]]
        and c.order[2] in c.known
    ]


PAIRS = pairs()


def test_there_are_pairs() -> None:
    assert len(PAIRS) >= 20
    assert BEHIND.keys() <= PAIRS.keys()


@pytest.mark.parametrize("name", sorted(PAIRS.keys() - BEHIND.keys()))
def test_what_is_known_stands_behind_both(name: str) -> None:
    declared, a, b, known = PAIRS[name]
    found = told(f"{declared}output o = {name}({a}, {known}, {b})\n")
    helps = " | ".join(help_ for d in found for help_ in d.helps)
    assert f"`{name}({a}, {b}, {known})`" in helps
