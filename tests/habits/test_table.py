"""The table of foreign names holds to the library."""

import re
from collections import Counter
from itertools import chain

from gradc.elaborate.bindings import PREDEFINED
from gradc.elaborate.initial import INITIALISERS
from gradc.elaborate.names import DERIVATIVES
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.parser import parse

LIBRARY = standard_library()
TABLE = list(LIBRARY.habits.names())
CALLED = [(n, r) for n, r in TABLE if "=" not in n and n[-1] != "." and n[0] != "~"]
SHOWN = {"f", "a", "b", "c", "condition"}  # names that sentences use for anything


def parameters(name: str) -> list[str]:
    found = LIBRARY.find_callable(name, trusted=False)
    layers = LIBRARY.layer_module("nn")
    if found is None and layers is not None:
        found = layers.functions.get(name)
    assert found is not None, f"there is no {name}"
    formals = getattr(found, "formals", None)
    if formals is not None:
        return [f.name for f in formals]
    return [p.name.name for p in found.definition.parameters]  # type: ignore[union-attr]


def calls_in(expression: str) -> list[tree.Call]:
    module = parse(Source("remedy", f"value_ = {expression}\n"))
    (statement,) = module.statements
    assert isinstance(statement, tree.Assign)
    found, pending = [], [statement.value]
    while pending:
        item = pending.pop()
        if isinstance(item, tree.Call):
            found.append(item)
            pending += [item.callee, *(a.value for a in item.args)]
        for part in ("left", "right", "operand", "base"):
            if hasattr(item, part):
                pending.append(getattr(item, part))
        pending += getattr(item, "items", ()) if isinstance(item, tree.ListExpr) else ()
    return found


def test_a_remedy_is_a_call_of_what_there_is() -> None:
    for name, remedy in CALLED:
        for call in calls_in(remedy.expression) if remedy.expression else ():
            assert isinstance(call.callee, tree.Name)
            if call.callee.name in DERIVATIVES:
                assert len(call.args) == {"grad": 2, "jvp": 3}[call.callee.name], name
            elif call.callee.name != "f":
                names = parameters(call.callee.name)
                assert len(call.args) <= len(names) or "arrays" in names, name
                assert all(a.keyword is None or a.keyword.name in names for a in call.args), name


def test_a_sentence_speaks_of_what_there_is() -> None:
    for _, remedy in TABLE:
        for quoted in re.findall(r"`([^`]+)`", remedy.sentence):
            for called in re.findall(r"(\w+)\(", quoted):
                assert called in (*SHOWN, *DERIVATIVES) or parameters(called) is not None


def test_initialisers_and_arguments_are_there() -> None:
    every = set(chain.from_iterable(parameters(n) for n in LIBRARY.callable_names()))
    layers = LIBRARY.layer_module("nn")
    assert layers is not None
    every |= set(chain.from_iterable(parameters(n) for n in layers.functions))
    for name, remedy in TABLE:
        if name[0] == "~":
            assert remedy.expression.partition("(")[0] in INITIALISERS
        if name[-1] == "=":
            assert set(remedy.expression.split()) <= every, name
        elif "=" in name and remedy.expression:  # an argument of this value, and what is written
            assert remedy.expression.partition("=")[0] in every, name


def test_what_stands_here_is_foreign() -> None:
    """A name that gradc has is here only for calls that gradc refuses."""
    for name, remedy in CALLED:
        if name[0] != "." and LIBRARY.find_callable(name, trusted=False) is not None:
            assert remedy.formals is not None, name
            assert remedy.expression, name
        assert name not in KEYWORDS, name
        assert name not in PREDEFINED, name


def test_no_name_has_two_sentences() -> None:
    names = [(name, not r.expression) for name, r in TABLE if r.formals is None]
    assert [n for n, count in Counter(names).items() if count > 1] == []


def test_the_table_is_large() -> None:
    assert len({name for name, _ in TABLE}) >= 700
