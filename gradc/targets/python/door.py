"""The door of a module: arguments checked and converted, dimensions bound, sizes settled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from gradc.ir.positions import Position
from gradc.ir.sizes import Size, alone, dimensions_of, size_text
from gradc.ir.solving import given_by, is_exact, solution
from gradc.ir.types import Check, Type
from gradc.records import dataclass
from gradc.targets.python.document import WIDTH
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.identifiers import comment, string
from gradc.targets.python.statements import statement


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name in the graph, its variable, where it comes from, its type."""

    name: str
    variable: str
    given: str  # the expression that is checked: the variable itself, or `params["w"]`
    type: Type


def element_type(dtype: str) -> str:
    """What a module calls an element type that its doors expect."""
    return f"_{dtype}"


def array_call(name: str, given: str, kind: Type, sizes: Sequence[str | None]) -> Call:
    """The call that checks an argument; sizes that are plain numbers say the declaration too."""
    expected = Items([Atom(s if s is not None else "None") for s in sizes])
    call: list[Expr] = [Atom(string(name)), Atom(given), Atom(element_type(kind.dtype)), expected]
    if any(not isinstance(s, int) for s in kind.shape):
        call.append(Atom(string(str(kind))))
    return Call(Atom("_array"), call)


def scalar_call(name: str, given: str, kind: Type) -> Call:
    """The call that checks a scalar."""
    dtype = Atom(element_type(kind.dtype))
    return Call(Atom("_scalar"), [Atom(string(name)), Atom(given), dtype])


def float_lines(name: str, variable: str, given: str) -> list[str]:
    """The statements that let a number in as a float of Python's."""
    lines = [f"    {variable} = {given}"] if variable != given else []
    call = Call(Atom("_float"), [Atom(string(name)), Atom(variable)])
    lines.append(f"    if type({variable}) is not float:")
    return lines + statement(f"{variable} = ", call, indent=8)


def number_lines(argument: Argument) -> list[str]:
    """The statements that let an f64 in as a float of Python's, where a module knows NumPy."""
    variable = argument.variable
    lines = [f"    {variable} = {argument.given}"] if variable != argument.given else []
    lines.append(f"    if type({variable}) is not float:")
    call = Call(Atom("float"), [scalar_call(argument.name, variable, argument.type)])
    return lines + statement(f"{variable} = ", call, indent=8)


def look_lines(argument: Argument, sizes: Sequence[str | None]) -> list[str]:
    """`if type(x) is not np.ndarray or …:` with a check below it; empty where one look says
    nothing, since a size in the middle is free."""
    x, known = argument.variable, [s for s in sizes if s is not None]
    free = len(sizes) - len(known)
    if None in sizes[free:]:
        return []
    unlike = f"{x}.ndim != {free}"
    if known:
        shape = text(Items([Atom(s) for s in known]))
        unlike = f"{x}.shape{f'[{free}:]' * bool(free)} != {shape}"
    conditions = [
        f"type({x}) is not np.ndarray",
        f"{x}.dtype is not {element_type(argument.type.dtype)}",
        unlike,
    ]
    lines = [f"    {x} = {argument.given}"] if x != argument.given else []
    one = f"    if {' or '.join(conditions)}:"
    if len(one) <= WIDTH:
        lines.append(one)
    else:
        broken = [f"        {'or ' * bool(i)}{c}" for i, c in enumerate(conditions)]
        lines += ["    if (", *broken, "    ):"]
    call = array_call(argument.name, x, argument.type, sizes)
    return lines + statement(f"{x} = ", call, indent=8)


def shape_lines(found: Mapping[str, int], array: str, rank: int) -> list[str]:
    """`n = x.shape[0]` for each dimension and its axis; `b, n = x.shape` where these are all,
    and `b, n = x.shape[:2]` where they are the first."""
    if len(found) > 1 and [*found.values()] == [*range(len(found))]:
        first = "" if len(found) == rank else f"[:{len(found)}]"
        return [f"    {', '.join(found)} = {array}.shape{first}"]
    return [f"    {name} = {array}.shape[{axis}]" for name, axis in found.items()]


def check_of(position: Position) -> str:
    """The function that checks a position."""
    return "_labels" if position.is_label else "_indices"


class Door:
    """Writes the statements that let arguments in, and knows which dimensions they bind."""

    def __init__(
        self,
        dims: dict[str, str],
        needed: Callable[[str], bool],
        solving: Collection[str] = (),
        *,
        is_plain: bool = False,
        is_fast: bool = False,
        has_floats: bool = False,
    ):
        """`dims` are the variables of dimensions; `needed` says which are used later.

        Those that are to be solved for are `solving`.

        Where a module `is_plain`, or `has_floats`, numbers are Python's floats. A door that
        `is_fast` looks at arrays itself, and calls for what it is not sure of.
        """
        self.is_plain, self.is_fast, self.has_floats = is_plain, is_fast, has_floats
        self.dims, self.needed, self.solving = dims, needed, solving
        self.bound: dict[str, str] = {}  # dimension -> the argument that gave it

    def admit(self, arguments: Sequence[Argument], *, bind: bool = True) -> list[str]:
        """Checks each argument; with `bind`, dimensions get their variables at once."""
        lines: list[str] = []
        wanted = self._wanted(arguments)
        late: list[Argument] = []
        for argument in arguments:
            sizes = [self._expected(s) for s in argument.type.shape]
            open_sizes = [s for s, e in zip(argument.type.shape, sizes, strict=True) if e is None]
            if self.is_plain:
                lines += float_lines(argument.name, argument.variable, argument.given)
                continue
            lines += self._let_in(argument, sizes)
            lines += self.bind(argument, lambda n: n in wanted or self.needed(n))
            if not all(self._is_first(s, argument) for s in open_sizes):
                late.append(argument)
        for argument in late:
            lines += self.agree(argument, self._left(argument))
        return lines

    def _let_in(self, argument: Argument, sizes: Sequence[str | None]) -> list[str]:
        """An argument checked, and its variable."""
        lines: list[str] = []
        if self.has_floats and argument.type == Type("f64"):
            lines = number_lines(argument)
        elif self.is_fast and argument.type.shape:
            lines = look_lines(argument, sizes)
        return lines or statement(f"{argument.variable} = ", self.checked(argument))

    def bind(self, argument: Argument, wanted: Callable[[str], bool]) -> list[str]:
        """The dimensions that an argument gives; those that are wanted get their variables."""
        found: dict[str, int] = {}
        lines: list[str] = []
        for axis, size in enumerate(argument.type.shape):
            name = given_by(size, self.solving)
            if name is None or name in self.bound:
                continue
            self.bound[name] = argument.name
            if alone(size) is None:
                shown = solution(size, f"{argument.variable}.shape[{axis}]")
                lines += [f"    {self.dims[name]} = {shown}"] if wanted(name) else []
            elif wanted(name):
                found[self.dims[name]] = axis
        return [*shape_lines(found, argument.variable, len(argument.type.shape)), *lines]

    def _is_first(self, size: Size, argument: Argument) -> bool:
        """Whether a size needs no check: an integer, or a dimension that this argument gives."""
        if isinstance(size, int):
            return True
        name = given_by(size, self.solving)
        return (
            name is not None
            and is_exact(size)
            and self.bound.get(name) == argument.name
            and argument.type.shape.count(size) == 1
        )

    def _left(self, argument: Argument) -> list[Size]:
        """The sizes that other arguments, or other axes, have to agree with."""
        sizes = [s for s in argument.type.shape if not isinstance(s, int)]
        return [s for s in sizes if not self._is_given(s, argument)]

    def _is_given(self, size: Size, argument: Argument) -> bool:
        """Whether a size is a dimension that this argument itself gives, and no other checks."""
        return not isinstance(size, int) and self._is_first(size, argument)

    def _wanted(self, arguments: Iterable[Argument]) -> set[str]:
        """The dimensions that later checks of arguments refer to."""
        arguments = list(arguments)
        seen: set[str] = set(self.bound)
        given = [given_by(s, self.solving) for a in arguments for s in a.type.shape]
        known = seen | {n for n in given if n is not None}
        wanted: set[str] = set()
        for argument in arguments:
            for size in argument.type.shape:
                name = alone(size)
                if name is None:
                    wanted |= dimensions_of(size) if dimensions_of(size) <= known else set()
                elif name in seen:
                    wanted.add(name)
                else:
                    seen.add(name)
        return wanted

    def _expected(self, size: Size) -> str | None:
        """A size as the check sees it; None where it is not known yet."""
        if isinstance(size, int):
            return str(size)
        if dimensions_of(size) <= self.bound.keys():
            return size_text(size, self.dims.__getitem__)
        return None

    def checked(self, argument: Argument) -> Call:
        """The call that checks an argument against the sizes that are known."""
        if not argument.type.shape:
            return scalar_call(argument.name, argument.given, argument.type)
        sizes = [self._expected(s) for s in argument.type.shape]
        return array_call(argument.name, argument.given, argument.type, sizes)

    def agree(self, argument: Argument, sizes: Collection[Size]) -> list[str]:
        """A second look at sizes that were not known when the argument came in."""
        texts = [
            self._expected(s) if isinstance(s, int) or s in sizes else None
            for s in argument.type.shape
        ]
        if all(t is None for s, t in zip(argument.type.shape, texts, strict=True) if s in sizes):
            return []
        return statement("", array_call(argument.name, argument.variable, argument.type, texts))

    def place(self, argument: Argument, positions: Iterable[Position]) -> list[str]:
        """What an argument may be as a position, where the sizes are known."""
        lines: dict[str, None] = {}
        for position in positions:
            size = self._expected(position.size)
            if size is not None:
                parts = [string(argument.name), argument.variable, size]
                call = Call(Atom(check_of(position)), [Atom(part) for part in parts])
                lines |= dict.fromkeys(statement("", call))
        return list(lines)

    def settle(self, checks: Iterable[Check]) -> list[str]:
        """What only sizes at run time can settle."""
        lines: list[str] = []
        for check in checks:
            names = sorted(check.dimensions)
            left = size_text(check.left, self.dims.__getitem__)
            right = size_text(check.right, self.dims.__getitem__)
            condition = {
                "at_most": f"{left} > {right}",
                "equal": f"{left} != {right}",
                "divides": f"{_operand(right)} % {_operand(left)}",
                "differs": f"training and {right} == {left}" if names else "training",
            }[check.relation]
            culprits = ", ".join(dict.fromkeys(self.bound[n] for n in names if n in self.bound))
            values = ", ".join(f"{n} = {{{self.dims[n]}}}" for n in names)
            message = comment(check.text)
            if names:
                message = f"{comment(culprits)}: {message} ({values})"
            lines.append(f"    if {condition}:")
            literal = ("f" if names else "") + string(message)
            lines += statement("raise ", Call(Atom("ValueError"), [Atom(literal)]), indent=8)
        return lines


def _operand(text: str) -> str:
    return text if text.isidentifier() or text.isdigit() else f"({text})"
