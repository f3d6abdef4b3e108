"""The statements of a body as text: names are given, what is read once stands in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gradc.importing.constants import Constants
from gradc.importing.foreign import Operand, SizeOf, Step, Tensor, Unsupported
from gradc.importing.held import members
from gradc.importing.naming import Naming, joined
from gradc.importing.nn_layers import cell_members
from gradc.importing.parts import Body, Call, Item, Kind, Path, Repeat, operands_of, owner, read_by
from gradc.importing.recurrent import CARRIED, LOOPS
from gradc.importing.signatures import Layers
from gradc.importing.spelled import CALL, expression, operand_text

_LONGEST = 60
"""Characters of an expression that stands where its value is read."""


class Written:
    """The text of a body.

    `lines` are its statements, `declared` the weights of its own, `inputs` and `outputs` what
    stands for those, `names` of the instances and of the weights by what they are.
    """

    def __init__(
        self,
        body: Body,
        layers: Layers,
        constants: Constants,
        formals: Sequence[Tensor] = (),
        outputs: Mapping[str, Tensor] | None = None,
        taken: Iterable[str] = (),
        loss: str = "",
    ):
        """`outputs` are those of the file, of which `loss` is one; a layer has none."""
        self._body, self._layers, self._constants = body, layers, constants
        self._naming = Naming([*taken, *layers.names()])
        self._texts: dict[Tensor, tuple[str, int]] = {}
        self._uses = Counter(t for item in body.items for t in _reads(item))
        self._uses.update(body.outputs)
        self._kept = {t for item in body.items if isinstance(item, Repeat) for t in read_by(item)}
        self._instances: dict[object, str] = {}
        self._cells: dict[object, str] = {}
        """The cells of loops, by their weights."""
        self._cells_again: set[Step] = set()
        self._again = _called_again(body)
        self._functions = {item.op for item in body.items if isinstance(item, Step)}
        self._first: dict[Path, Call] = {}
        """The first call of each instance."""
        self._told: set[Tensor] = set()
        self.outputs: list[str] = []
        self.lines: list[str] = []
        self.names: dict[object, str] = {}
        self.inputs = [self._input(t, outputs is not None) for t in body.inputs]
        self.formals = [self._give(t, t.name) for t in formals]
        self._given = [(self._naming.give(n), t) for n, t in (outputs or {}).items()]
        """The outputs of the file: what they are called, and the tensors, which may be the same."""
        self._named = {t: n for n, t in reversed(self._given)}
        self._losses = {t: n == loss for n, t in (outputs or {}).items()}
        makers = [i for i in body.items if any(t in self._named for t in i.results)]
        made = [t for item in makers for t in item.results if t in self._named]
        is_each_alone = all(len(i.results) == 1 for i in makers)
        self._in_order = made == [t for _, t in self._given] and is_each_alone
        """Whether outputs can be said where they are made; else they are at the end."""
        self.declared = [self._declared(own.tensor, own.sizes) for own in body.own]
        for item in body.items:
            self._name_instance(item)
        for item in body.items:
            self._item(item)
        if outputs is None:
            self.outputs = [self._name(t)[0] for t in body.outputs]
        else:
            self._give_out()

    def _give_out(self) -> None:
        """The outputs that no statement has said, in their order."""
        if self._in_order:
            rest = [t for t in self._named if t not in self._told]
            self.lines += [f"{self._role(t)} {self._named[t]} = {self._name(t)[0]}" for t in rest]
            return
        for name, tensor in self._given:
            if tensor not in self._told or name != self._named[tensor]:
                self.lines.append(f"{name} = {self._name(tensor)[0]}")
        said = [n for n, t in self._given if self._role(t) == "output"]
        self.lines.append(f"output {', '.join(said)}")
        self.lines += [f"loss {n}" for n, _ in self._given if n not in said]

    def _role(self, tensor: Tensor) -> str:
        return "loss" if self._losses.get(tensor) else "output"

    def _input(self, tensor: Tensor, is_file: bool) -> str:
        wish = tensor.name if is_file or len(self._body.inputs) > 1 else "x"
        return self._give(tensor, wish.rpartition(".")[2] if not is_file else wish, "x")

    def _give(self, tensor: Tensor, *wishes: str) -> str:
        name = self._naming.give(*wishes)
        self._texts[tensor] = (name, CALL)
        return name

    def _declared(self, tensor: Tensor, sizes: Sequence[Operand]) -> str:
        parts = tensor.name.split(".")[len(self._body.path) :]
        name = self.names[tensor] = self._give(tensor, joined(parts, "w"))
        shape = operand_text(tuple(sizes), self._name) if sizes else ""
        dtype = "" if tensor.dtype == self._layers.dtype else tensor.dtype
        role = "state" if tensor.role == "state" else "param"
        return f"{role} {name}" + (f": {dtype}{shape}" if dtype or shape else "")

    def _name(self, tensor: Tensor) -> tuple[str, int]:
        found = self._texts.get(tensor)
        if found is None and tensor.is_known:
            return self._constants.text(tensor)
        if found is None:
            found = self._texts[tensor] = (self._member(tensor), CALL)
        return found

    def _member(self, tensor: Tensor) -> str:
        """A weight of a layer that stands here: `embed.table`."""
        for name, held in members(self._body, self._body, self, self._layers):
            if held is tensor:
                return name
        helps = "give each block weights of its own, or hand this one to them"
        raise Unsupported(f"the weight `{tensor.name}` of one of several blocks is shared", helps)

    def _name_instance(self, item: Item) -> None:
        """Instances have their names before statements, which may read their weights."""
        if isinstance(item, Step):
            if item.op not in LOOPS:
                return
            weights = cell_members(item)
            if weights is None:
                raise Unsupported(f"the weights of `{item.where}` are of several modules")
            key: object = tuple(weights.values())
            path = owner(next(iter(weights.values())))
            if key in self._cells:
                self.names[item] = self._cells[key]
                self._cells_again.add(item)
                return
            layer: str | Kind = LOOPS[item.op]
        elif isinstance(item, Call):
            if item.is_again:
                return
            key, path, layer = item.path, item.path, item.layer
            self._first[path] = item
        else:
            key, path, layer = item.path, item.path, item.calls[0].layer
        word = self._layers.name(layer).lower()
        wish = joined(path[len(self._body.path) :], word)
        name = self._naming.give(wish, is_called=key in self._again or wish in self._functions)
        self.names[item] = name
        (self._cells if isinstance(item, Step) else self._instances)[key] = name

    # --- statements ---

    def _item(self, item: Item) -> None:
        match item:
            case Step(op=op) if op in LOOPS:
                self._loop(item)
            case Step():
                self._step(item)
            case Call():
                self._call(item)
            case Repeat():
                self._repeat(item)

    def _step(self, step: Step) -> None:
        text, strength = expression(step, self._name)
        if len(step.results) > 1:
            targets = [
                self._target(t, t.name or step.op) if self._uses[t] else "_" for t in step.results
            ]
            self.lines.append(f"{', '.join(targets)} = {text}")
            return
        result = step.result
        is_short = len(text) <= _LONGEST and result not in self._kept
        if self._uses[result] == 1 and is_short and result not in self._named:
            self._texts[result] = (text, strength)
        elif self._uses[result]:
            self.lines.append(f"{self._target(result, result.name)} = {text}")

    def _target(self, tensor: Tensor, *wishes: str) -> str:
        """What a statement binds: an output of the file says so."""
        if tensor in self._named:
            name = self._named[tensor]
            self._texts[tensor] = (name, CALL)
            self._told.add(tensor)
            return f"{self._role(tensor)} {name}" if self._in_order else name
        return self._give(tensor, *wishes)

    def _call(self, call: Call) -> None:
        arguments = self._arguments(call)
        if call.is_again:
            words = list(map(self._text, call.operands))
            words += self._layers.told_again(call, self._first[call.path], self._text)
            text = f"{self._instances[call.path]}({', '.join(words)})"
            name = ""
        else:
            text = f"{self._layers.name(call.layer)}({arguments})"
            name = self.names[call]
        (first, *others) = call.results
        if not others and name and first not in self._named:
            self._texts[first] = (name, CALL)
            self.lines.append(f"{name} = {text}")
            return
        targets = ", ".join(self._target(t, t.name, name) for t in call.results)
        self.lines.append(f"{targets} = {text}" + (f" as {name}" if name else ""))

    def _arguments(self, call: Call) -> str:
        words = [self._text(o) for o in call.operands]
        words += self._layers.told(call, self._text)
        return ", ".join(words)

    def _text(self, operand: Operand) -> str:
        return operand_text(operand, self._name)

    def _repeat(self, repeat: Repeat) -> None:
        first = repeat.calls[0]
        initial = self._text(first.operands[repeat.carried])
        (result,) = repeat.results
        name = self.names[repeat]
        carried = self._naming.give("h")
        operands = list(map(self._text, first.operands))
        operands[repeat.carried] = carried
        words = ", ".join([*operands, *self._layers.told(first, self._text)])
        body = f"next {carried} = {self._layers.name(first.layer)}({words}) as {name}"
        self.lines += [
            f"scan {carried} = {initial} times {len(repeat.calls)} unshared {{",
            body,
            "}",
        ]
        self._texts[result] = (carried, CALL)

    def _loop(self, step: Step) -> None:
        x, *initial = step.operands[: 1 + len(CARRIED[step.op])]
        outputs, *last = step.results
        given = list(map(self._text, initial))
        walked = self._text(x)
        cell = self.names[step]
        carried = [self._give(t, t.name, n) for t, n in zip(last, CARRIED[step.op], strict=True)]
        element = self._naming.give("x_t")
        along = f" axis {step.attrs['axis']}" if step.attrs["axis"] else ""
        names = ", ".join(carried)
        self.lines.append(f"scan {names} = {', '.join(given)} over {element} in {walked}{along} {{")
        called = f"{LOOPS[step.op]}({element}, {names}) as {cell}"
        if step in self._cells_again:
            called = f"{cell}({element}, {names})"
        self.lines.append(f"next {names} = {called}")
        if self._uses[outputs]:
            stacked = self._give(outputs, outputs.name, "ys")
            self.lines.append(f"output {stacked} = next {carried[0]}{along}")
        self.lines.append("}")


def _called_again(body: Body) -> set[object]:
    """The instances of a body that are called more than once: paths, and weights of cells."""
    called: Counter[object] = Counter()
    for item in body.items:
        if isinstance(item, Call):
            called[item.path] += 1
        elif isinstance(item, Step) and item.op in LOOPS:
            called[tuple((cell_members(item) or {}).values())] += 1
    return {key for key, count in called.items() if count > 1}


def _reads(item: Item) -> Iterable[Tensor]:
    """The tensors that the text of an item reads, sizes of theirs included."""
    for operand in operands_of(item):
        yield from _within(operand)


def _within(operand: Operand) -> Iterable[Tensor]:
    match operand:
        case Tensor():
            yield operand
        case SizeOf():
            yield operand.tensor
        case tuple():
            for inner in operand:
                yield from _within(inner)
        case slice():
            yield from _within((operand.start, operand.stop, operand.step))
