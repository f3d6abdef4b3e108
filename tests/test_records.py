"""The classes of `records` are what `dataclasses` would make of them."""

import copy
import dataclasses
import inspect
import pickle
from typing import Any, ClassVar

import pytest

from benchmarks.compiling import scalar_graph
from gradc import records
from gradc.compiler import Options, compile_source
from gradc.ir.node import Apply
from gradc.limits import Limits
from gradc.source import Source

SCAN = """\
dim T, N
input xs: [T, N]
param w: [N]
scan s = w over x in xs {
    next s = tanh(s + x)
    output states = next s
}
loss J = sum(states * s)
"""


def twice(make: Any) -> tuple[Any, Any]:
    """The same classes, of `records` and of `dataclasses`."""
    return make(records), make(dataclasses)


def plain(m: Any) -> Any:
    @m.dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: float = 2.0
        seen: list[int] = m.field(default_factory=list, compare=False)
        hidden: str = m.field(default="h", repr=False)
        kinds: ClassVar[int] = 3

        def norm(self) -> float:
            return self.x + self.y

    return Point


def derived(m: Any) -> Any:
    @m.dataclass(slots=True)
    class Base:
        make0: int  # called as what the code of records calls its own

    @m.dataclass(slots=True)
    class Derived(Base):
        MISSING: Any = m.field(default_factory=dict)
        total: int = m.field(init=False)

        def __post_init__(self) -> None:
            self.total = self.make0 + 1

    return Derived


@pytest.mark.parametrize("given", [(1,), (1, 3.0), (1, 2.0, [4]), (1, 2.0, [], "g")])
def test_what_is_given_is_kept(given: tuple[Any, ...]) -> None:
    ours, theirs = twice(plain)
    made, other = ours(*given), theirs(*given)
    assert repr(made) == repr(other)
    assert [getattr(made, f.name) for f in dataclasses.fields(made)] == list(
        dataclasses.astuple(other)
    )
    assert made.norm() == other.norm()
    assert ours.__match_args__ == theirs.__match_args__
    assert str(inspect.signature(ours)).count(",") == str(inspect.signature(theirs)).count(",")


def test_each_has_a_list_of_its_own() -> None:
    Point, _ = twice(plain)
    assert Point(1).seen is not Point(1).seen


def test_equal_fields_are_equal() -> None:
    Point, _ = twice(plain)
    assert Point(1) == Point(1, 2.0, [5])
    assert hash(Point(1)) == hash(Point(1, 2.0, [5]))
    assert Point(1) != Point(2)
    assert Point(1) != (1, 2.0)
    with pytest.raises(TypeError, match="unhashable"):
        hash(derived(records)(1))


def test_identity_is_kept_where_it_is_asked_for() -> None:
    @records.dataclass(eq=False, slots=True)
    class Value:
        name: str

    assert Value("a") != Value("a")
    assert len({Value("a"), Value("a")}) == 2


def test_a_call_that_does_not_fit_is_refused() -> None:
    Point, _ = twice(plain)
    with pytest.raises(TypeError, match=r"Point.__init__\(\) missing 1 required .* 'x'"):
        Point()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=2)
    with pytest.raises(AttributeError):
        Point(1).z = 2


def test_a_class_has_the_fields_of_its_base() -> None:
    ours, theirs = twice(derived)
    assert repr(ours(1)) == repr(theirs(1))
    assert repr(ours(1, 7)) == repr(theirs(1, 7))
    assert ours(1).total == 2
    assert not hasattr(ours(1), "__dict__")


def test_one_is_made_of_another() -> None:
    Point, _ = twice(plain)
    assert records.replace(Point(1), x=2) == Point(2)
    assert dataclasses.replace(Point(1), x=2) == Point(2)
    assert copy.copy(Point(1)) == copy.deepcopy(Point(1)) == Point(1)
    assert records.replace(derived(records)(1), make0=4).total == 5


@records.dataclass(frozen=True, slots=True)
class Sent:
    text: str


def test_one_can_be_sent() -> None:
    assert pickle.loads(pickle.dumps(Sent("a"))) == Sent("a")


def test_dataclasses_is_told_the_fields() -> None:
    ours, theirs = twice(plain)
    assert dataclasses.is_dataclass(ours)
    for mine, other in zip(dataclasses.fields(ours), dataclasses.fields(theirs), strict=True):
        assert (mine.name, mine.type, mine.repr, mine.compare) == (
            other.name,
            other.type,
            other.repr,
            other.compare,
        )


def records_in(thing: Any) -> list[Any]:
    """Each record that it leads to, itself included."""
    met: dict[int, Any] = {}
    todo = [thing]
    while todo:
        thing = todo.pop()
        if id(thing) in met or isinstance(thing, str):
            continue
        met[id(thing)] = thing
        if records.is_record(thing):
            todo += [getattr(thing, name) for name in records.field_names(thing)]
        elif isinstance(thing, dict):
            todo += thing.values()
        elif isinstance(thing, tuple | list | set | frozenset):
            todo += thing
    return [thing for thing in met.values() if records.is_record(thing)]


@pytest.mark.parametrize("text", [scalar_graph(2_000), SCAN], ids=["long", "loop"])
def test_a_repr_names_what_it_points_to(text: str) -> None:
    options = Options(limits=Limits(nodes=1_000_000))
    found = records_in(compile_source(Source("a.graph", text), options))
    kinds = {type(thing).__name__ for thing in found}
    assert {"Graph", "Apply", "Value", "Plan", "Block", "Statement", "Program"} <= kinds
    assert ("Scan" in kinds) == (text is SCAN)
    assert max(len(repr(thing)) for thing in found) < 500
    nodes = [thing for thing in found if type(thing) is Apply]
    assert sum(len(n.results) for n in nodes) >= text.count(" = ") // 2
    assert all(n.name in repr(n) and repr(n.result) in repr(n) for n in nodes)


def test_a_repr_tells_how_many_more_there_are() -> None:
    Point, _ = twice(plain)
    many, nested = repr(Point(1, seen=[*range(7)])), repr(Point(1, seen=[Point(2)]))
    assert many == "plain.<locals>.Point(x=1, y=2.0, seen=[0, 1, 2, and 4 more])"
    assert nested == "plain.<locals>.Point(x=1, y=2.0, seen=[plain.<locals>.Point(…)])"
