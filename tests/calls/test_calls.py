"""Calls with fixed seeds. `python -m tests.calls --count 20000` makes longer runs."""

import pytest

from gradc.library import lists
from tests.calls.generate import Argument, Call, callees, generate, single_places
from tests.calls.judge import judge
from tests.calls.shrink import shrink
from tests.seldom import seldom

_CHUNK = 60


def fail_on(call: Call) -> None:
    failure = judge(call)
    if failure is not None:
        small, failure = shrink(call, failure)
        pytest.fail(f"{failure.message}\n{small.text()}")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", seldom(range(0, 480, _CHUNK), lambda first: first >= 240))
def test_random_calls(first):
    for seed in range(first, first + _CHUNK):
        fail_on(generate(seed))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", seldom(range(40), lambda first: first >= 10))
def test_every_kind_of_argument(first):
    """One in many of all pairs of a place and a kind; the long run makes every one."""
    for place in single_places()[first * 17 :: 1009]:
        fail_on(place.call())


def test_everything_public_is_called():
    made = {generate(seed).callee for seed in range(4000)}
    assert made >= {callee.name for callee in callees()}


def test_a_seed_always_gives_the_same_call():
    assert generate(3).text() == generate(3).text()


def test_a_wrong_call_is_made_small(monkeypatch):
    def broken(*_):
        raise AttributeError("rank")

    monkeypatch.setitem(lists.FUNCTIONS, "kron_sizes", broken)
    call = Call("kron", (Argument("matrix"), Argument("[[1, 2], [3, 4]]", "b")))
    failure = judge(call)
    assert failure is not None
    small, _ = shrink(call, failure)
    assert small.expression == "kron(1, b=1)"
