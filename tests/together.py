"""One test for cases that belong together, each so small that pytest itself takes longer.

All of them are tried, and each that fails is named.
"""

import functools
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
_SHOWN = 3  # failures that are told with the way to them


def together(
    name: str,
    values: Iterable[T],
    *,
    by: Callable[[T], str],
    ids: Callable[[T], str],
    every: int = 1,
    first: int = 0,
) -> Callable[[Callable[..., None]], pytest.MarkDecorator]:
    """Like `pytest.mark.parametrize`, but a test takes all values that `by` calls the same.

    What the test takes besides is shared by these values. `ids` names each where it fails. Of
    `every` such tests one is run by `make test`, from the `first` on, and the others by
    `make slow`.
    """
    groups: dict[str, list[T]] = {}
    for value in values:
        groups.setdefault(by(value), []).append(value)
    parameters = [
        pytest.param(group, id=key, marks=[pytest.mark.slow] if i % every != first else [])
        for i, (key, group) in enumerate(groups.items())
    ]

    def decorated(test: Callable[..., None]) -> Any:
        @functools.wraps(test)
        def each(**given: Any) -> None:
            group = given.pop(name)
            failures: dict[str, tuple[T, Exception]] = {}
            for value in group:
                try:
                    test(**{name: value}, **given)
                except Exception as failure:
                    failures[ids(value)] = value, failure
            if failures:
                pytest.fail(_told(failures, len(group)), pytrace=False)

        return pytest.mark.parametrize(name, parameters)(each)

    return decorated


def _told(failures: dict[str, tuple[Any, Exception]], count: int) -> str:
    lines = [f"{len(failures)} of {count}: {', '.join(failures)}"]
    for label, (value, failure) in list(failures.items())[:_SHOWN]:
        way = traceback.TracebackException.from_exception(failure)
        way.stack = traceback.StackSummary.from_list(way.stack[1:])  # the first frame is `each`
        lines += [f"--- {label}", repr(value), "".join(way.format(chain=False)).rstrip()]
    return "\n".join(lines)
