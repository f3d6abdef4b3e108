"""Classes that are their fields: `dataclass`, made in a fraction of the time.

`dataclasses` writes the source of up to six methods for each class and compiles it, which was a
third of the time that gradc takes to start. Here `__init__` is compiled where the first record is
made, once for all classes that have as many fields, and the other methods are shared. To the
checker of types it is the same decorator, `frozen` included, which is not looked after at run
time; and what asks `dataclasses` for the fields of such a class is told them. A `repr` is short: it
names records that fields point to, since a node that showed all of its graph would fill the memory
of who prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from itertools import islice
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["brief", "dataclass", "field", "field_names", "is_record", "replace"]


class _Missing:
    """Says that nothing is given."""


_MISSING: Any = _Missing()
_FEW, _LONG, _LONGEST = 3, 60, 400  # things of many; characters of a thing, and of a record
_ATOMS = frozenset({bool, int, float, str, type(None)})


class _Field(NamedTuple):
    default: Any = _MISSING
    default_factory: Any = _MISSING
    init: bool = True
    repr: bool = True
    compare: bool = True
    name: str = ""
    type: Any = None


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:

    def dataclass(*, frozen=False, slots=False, eq=True):
        """As `dataclasses.dataclass`."""

        def made(cls):
            return _made(cls, frozen, slots, eq)

        return made

    def field(**stated):
        """As `dataclasses.field`."""
        return _Field(**stated)

    def replace(record, /, **changes):
        """As `dataclasses.replace`."""
        for name in record.__class__.__given__:
            if name not in changes:
                changes[name] = getattr(record, name)
        return record.__class__(**changes)


def field_names(record: Any) -> tuple[str, ...]:
    """The names of the fields of a class, or of an instance."""
    return tuple(record.__fields__)


def is_record(thing: Any) -> bool:
    """Whether it is a class with fields, or an instance of one."""
    return hasattr(thing, "__fields__")


def _made(cls: Any, frozen: bool, slots: bool, eq: bool) -> Any:
    fields = _fields(cls)
    if slots:
        cls = _with_slots(cls, fields)
    cls.__fields__ = fields
    cls.__dataclass_fields__ = _Standard()
    given = [f for f in fields.values() if f.init]
    cls.__given__ = tuple([f.name for f in given])
    cls.__match_args__ = cls.__given__  # type: ignore[misc]
    cls.__init__ = _init(cls, given)
    cls.__shown__ = tuple([f.name for f in fields.values() if f.repr])
    if cls.__repr__ is object.__repr__:
        cls.__repr__ = _repr
    if eq:
        get = attrgetter(*names) if (names := _compared(fields)) else _nothing
        cls.__eq__ = _eq(get)
        cls.__hash__ = _hash(get) if frozen else None
    return cls


def _nothing(_: Any) -> tuple[()]:
    return ()


def _compared(fields: dict[str, _Field]) -> list[str]:
    return [f.name for f in fields.values() if f.compare]


def _fields(cls: Any) -> dict[str, _Field]:
    """The fields of a class by their names, those of its bases first."""
    found: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found.update(base.__dict__.get("__fields__", ()))
    for name, kind in cls.__annotations__.items():
        if "ClassVar[" in str(kind):
            continue
        default = cls.__dict__.get(name, _MISSING)
        if type(default) is not _Field:
            found[name] = _Field(default, name=name, type=kind)
            continue
        found[name] = default._replace(name=name, type=kind)
        if default.default is _MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, default.default)
    return found


def _with_slots(cls: Any, fields: dict[str, _Field]) -> Any:
    """The class once more, with a slot for each field that is its own."""
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    left_out = {*fields, "__dict__", "__weakref__"}
    members = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    members["__slots__"] = tuple([name for name in fields if name not in inherited])
    made = type(cls)(cls.__name__, cls.__bases__, members)
    made.__qualname__ = cls.__qualname__
    return made


# --- methods ---------------------------------------------------------------------------------


def _init(cls: Any, given: list[_Field]) -> Any:
    """An `__init__` that has its place taken when it is first called: many never are."""

    def __init__(self: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = made = _compiled(cls, given)
        made(self, *values, **named)

    return __init__


def _compiled(cls: Any, given: list[_Field]) -> Any:
    shape = "".join("v" if f.default_factory is _MISSING else "f" for f in given)
    code = _assigning(shape, hasattr(cls, "__post_init__"))
    named = {f"a{i}": f.name for i, f in enumerate(given)}
    name = f"{cls.__qualname__}.__init__"
    code = code.replace(
        co_varnames=tuple([named.get(name, name) for name in code.co_varnames]),
        co_names=tuple([named.get(name, name) for name in code.co_names]),
        co_qualname=name,
    )
    factories = {f"make{i}": f.default_factory for i, f in enumerate(given)}
    defaults = [
        f.default if f.default_factory is _MISSING else _MISSING
        for f in given
        if f.default is not _MISSING or f.default_factory is not _MISSING
    ]
    init = FunctionType(code, {"MISSING": _MISSING, **factories}, "__init__", tuple(defaults))
    init.__qualname__ = name
    return init


@cache
def _assigning(shape: str, has_more: bool) -> CodeType:
    """The code that keeps its arguments: `v` is a value, `f` one that is made where it is missing.

    Arguments and attributes are called `a0`, `a1`…, until the code is given to a class.
    """
    lines = [f"def __init__({', '.join(['self', *[f'a{i}' for i in range(len(shape))]])}):"]
    for i, kind in enumerate(shape):
        value = f"a{i}" if kind == "v" else f"make{i}() if a{i} is MISSING else a{i}"
        lines.append(f"    self.a{i} = {value}")
    lines.append("    self.__post_init__()" if has_more else "    return None")
    module = compile("\n".join(lines), __file__, "exec")
    (code,) = [c for c in module.co_consts if isinstance(c, CodeType)]
    return code


def _repr(self: Any) -> str:
    shown = [f"{name}={_named(getattr(self, name))}" for name in self.__shown__]
    return f"{self.__class__.__qualname__}({_cut(', '.join(shown), _LONGEST)})"


def _named(thing: Any) -> str:
    """What a field holds. Records in it are named, for what they point to may be a whole graph."""
    if isinstance(thing, tuple | list | set | frozenset | dict) and thing:
        return f"[{brief(thing)}]" if _is_long(thing) else repr(thing)
    kind = thing.__class__
    if kind.__repr__ is _repr:
        name = getattr(thing, "name", None)
        return f"{kind.__qualname__}({_cut(name, _LONG) if isinstance(name, str) else '…'})"
    return _cut(repr(thing), _LONG)


def brief(things: Collection[Any]) -> str:
    """The first things of many, for a `__repr__`, and how many more there are."""
    shown = [_named(thing) for thing in islice(things, _FEW)]
    more = len(things) - len(shown)
    return ", ".join(shown + [f"and {more:,} more"] * (more > 0))


def _is_long(things: Collection[Any]) -> bool:
    """Whether it holds many things, or what is more than a number or a word."""
    if isinstance(things, dict):
        things = [*things, *things.values()]
    return len(things) > _FEW or any([type(thing) not in _ATOMS for thing in things])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _eq(get: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def __eq__(self: Any, other: Any) -> Any:
        if self is other:
            return True
        return get(self) == get(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(get: Callable[[Any], Any]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:
        return hash(get(self))

    return __hash__


class _Standard:
    """What `dataclasses` looks for: its own description of the fields, made when asked for."""

    def __get__(self, record: Any, owner: Any) -> Any:
        import dataclasses  # noqa: PLC0415

        def standard(f: _Field) -> Any:
            names = ("init", "repr", "compare")
            given = {name: getattr(f, name) for name in names}
            for name in ("default", "default_factory"):
                if getattr(f, name) is not _MISSING:
                    given[name] = getattr(f, name)
            return (f.name, f.type, dataclasses.field(**given))

        made = dataclasses.make_dataclass(
            owner.__name__, map(standard, owner.__fields__.values()), kw_only=True, eq=False
        )
        found = made.__dataclass_fields__  # type: ignore[attr-defined]
        owner.__dataclass_fields__ = found
        return found
