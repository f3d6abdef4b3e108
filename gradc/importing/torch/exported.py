"""From a program of `torch.export` to a model."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import ConstantArgument, InputKind, OutputKind

from gradc.diagnostics import error, near_miss
from gradc.importing.foreign import (
    Frame,
    NoCounterpart,
    Tensor,
    Unsupported,
    first_line,
    language_type,
)
from gradc.importing.torch import (  # noqa: F401 - each fills the table of operations
    aten_cells,
    aten_elementwise,
    aten_filled,
    aten_layers,
    aten_linalg,
    aten_pairs,
    aten_picking,
    aten_pieces,
    aten_reductions,
    aten_shapes,
    aten_special,
    aten_statistics,
    aten_writing,
)
from gradc.importing.torch.as_torch import Precision, array_of, as_torch, bound, numpy_of
from gradc.importing.torch.aten import Handler, TorchMaking
from gradc.importing.torch.attention_modules import Attention, attend, attentions, feeds
from gradc.importing.torch.frames import frames_of
from gradc.importing.torch.free_sizes import Symbols
from gradc.importing.torch.inner_programs import Gradients, handed, handler_of
from gradc.importing.torch.inplace import functional
from gradc.importing.torch.source_names import named, output_names, own_path

_ARITHMETIC: dict[Any, Callable[..., Any]] = {
    operator.add: operator.add, operator.sub: operator.sub, operator.mul: operator.mul,
    operator.floordiv: operator.floordiv, operator.neg: operator.neg,
    operator.getitem: lambda values, i: values[i],
}  # fmt: skip
_PASSED = ("_assert", "sym_constrain", "_check")
"""What a program says of its sizes and types, which are known here."""

_FREE = (
    "export the model with the first axis free (`dynamic_shapes`), and import it without `--batch`"
)
_BUFFERS = {"running_mean": "mean", "running_var": "var"}


def making_of(
    program: ExportedProgram,
    settings: Mapping[str, Any],
    batch: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> TorchMaking:
    """The model of a program, made step by step; what is unsupported is in its `missing`.

    `settings` are inputs that are constants, `batch` names the first axis of all inputs as a free
    dimension, `progress` is told how many nodes of how many are done. Raises DiagnosticError.
    """
    return Program(program, settings, batch).read(progress)


class Stop(Exception):
    """What others need could not be made: it has been told of."""


class Program:
    """A program that is being read, node by node."""

    def __init__(self, program: ExportedProgram, settings: Mapping[str, Any], batch: str):
        specs = program.graph_signature.input_specs
        arguments = [s.arg for s in specs if s.kind is InputKind.USER_INPUT]
        given = [argument.name for argument in arguments]
        written = {a.name: a.value for a in arguments if isinstance(a, ConstantArgument)}
        for name in settings:
            if name in written and settings[name] != written[name]:
                text = f"`--set {name}`: the program was exported for {written[name]!r}"
                raise error("E0603", text, None, helps=["export the model for another value"])
            if name not in given:
                raise error(
                    "E0603",
                    f"the program has no input `{name}`",
                    None,
                    helps=near_miss(name, given) or [f"it has {', '.join(given)}"],
                )
        self.settings = settings
        self.program = functional(program)
        self.symbols = Symbols(self.program, batch)
        self.precision = Precision(self.program)
        self.making = TorchMaking(self.symbols.batch)
        self.values: dict[torch.fx.Node, Any] = {}
        self.missing: set[torch.fx.Node] = set()
        self.gradients = Gradients()
        for name in self.symbols.names():
            self.making.dim(name)

    def read(self, progress: Callable[[int, int], None] | None) -> TorchMaking:
        """The model."""
        signature = self.program.graph_signature
        specs = {spec.arg.name: spec for spec in signature.input_specs}
        nodes = list(self.program.graph.nodes)
        calls = {call.nodes[0]: call for call in attentions(nodes)}
        for done, node in enumerate(nodes):
            if progress is not None:
                progress(done, len(nodes))
            if node.op == "placeholder":
                self._enter(node, specs[node.name])
            elif node in self.values:
                continue  # it was said with others
            elif node in calls and self._attend(calls[node]):
                continue
            elif node.op == "call_function":
                self._call(node)
            elif node.op == "output":
                self._outputs(node)
            elif node.op == "get_attr":
                self.values[node] = getattr(node.graph.owning_module, str(node.target))
        return self.making

    def _run(self, program: torch.fx.GraphModule, given: Sequence[Any]) -> Sequence[Any]:
        """Says a program within the program. Raises Stop where a part of it is missing."""
        rest = iter(given)
        for node in program.graph.nodes:
            if node.op == "placeholder":
                self.values[node] = next(rest)
            elif node.op == "get_attr":
                self.values[node] = getattr(program, str(node.target))
            elif node.op == "call_function":
                self._call(node)
            elif any(n in self.missing for n in node.all_input_nodes):
                break
            else:
                (results,) = node.args
                found: Sequence[Any] = self._value(results)
                return found
        raise Stop

    # --- what goes in and out ---

    def _enter(self, node: torch.fx.Node, spec: Any) -> None:
        try:
            self.values[node] = self._placeholder(node, spec)
        except Unsupported as failure:
            self._note(node, failure)

    def _placeholder(self, node: torch.fx.Node, spec: Any) -> Any:
        if spec.kind is InputKind.USER_INPUT:
            return self._input(node)
        data = self._data(spec)
        if data is None:
            return None
        path = own_path(node) or spec.target
        if spec.kind is InputKind.PARAMETER:
            if node.users and all(_is_linear_weight(user, node) for user in node.users):
                return self.making.turned_param(path, data)
            return self.making.param(path, data)
        above, _, name = path.rpartition(".")
        if name in _BUFFERS:
            return self.making.state(f"{above}.{_BUFFERS[name]}".lstrip("."), data)
        return self.making.known(data, path)

    def _data(self, spec: Any) -> np.ndarray[Any, Any] | None:
        held = {**self.program.state_dict, **self.program.constants}
        tensor = held.get(spec.target)
        if not isinstance(tensor, torch.Tensor):
            return None
        return array_of(tensor)

    def _input(self, node: torch.fx.Node) -> Any:
        value = node.meta.get("val")
        if node.name in self.settings:
            return self._setting(node, value)
        if not isinstance(value, torch.Tensor):
            return value  # a number that the program was made for
        dtype = language_type(numpy_of(value.dtype))
        shape = self.symbols.shape(value.shape)
        return self.making.input(node.name, dtype, shape)

    def _setting(self, node: torch.fx.Node, value: Any) -> Any:
        """An input that is a constant. Raises DiagnosticError where it does not fit."""
        array = np.asarray(self.settings[node.name])
        if not isinstance(value, torch.Tensor):
            return array.item()
        shape = self.symbols.shape(value.shape)
        if len(shape) != array.ndim or any(
            isinstance(s, int) and s != n for s, n in zip(shape, array.shape, strict=True)
        ):
            message = f"`--set {node.name}`: the input is {list(shape)}, not {list(array.shape)}"
            raise error("E0603", message, None)
        return self.making.known(array.astype(numpy_of(value.dtype)), node.name)

    def _outputs(self, node: torch.fx.Node) -> None:
        specs = self.program.graph_signature.output_specs
        (values,) = node.args
        assert isinstance(values, Sequence)
        wanted = [
            (n, s) for n, s in zip(values, specs, strict=True) if s.kind is OutputKind.USER_OUTPUT
        ]
        moved = [s for s in specs if s.kind is OutputKind.BUFFER_MUTATION and not _is_norm(s)]
        for spec in moved:
            text = f"the buffer `{spec.target}` is moved"
            self.making.cannot(spec.target, Unsupported(text, "a `state` with an `update` does it"))
        names = output_names(self.program, len(wanted))
        for (value, _), name in zip(wanted, names, strict=True):
            found = self.values.get(value) if isinstance(value, torch.fx.Node) else None
            if isinstance(found, Tensor):
                self.making.output(name, found)

    # --- nodes ---

    def _call(self, node: torch.fx.Node) -> None:
        is_missing = any(n in self.missing for n in node.all_input_nodes)
        try:
            operation = self._operation(node)
            if is_missing:
                raise Stop
            with self.making.at(self._where(node), frames_of(node)):
                self.values[node] = operation(node)
        except Stop:
            self.missing.add(node)
        except Unsupported as failure:
            if is_missing and not isinstance(failure, NoCounterpart):
                self.missing.add(node)
            else:
                self._note(node, failure)
        except Exception as failure:  # a use that is not foreseen is told as what is missing
            self._note(node, Unsupported(f"its arguments cannot be read: {first_line(failure)}"))

    def _operation(self, node: torch.fx.Node) -> Callable[[torch.fx.Node], Any]:
        """What gives the result of a node. Raises NoCounterpart."""
        if node.target in _ARITHMETIC:
            arithmetic = _ARITHMETIC[node.target]
            return lambda n: arithmetic(*[self._value(a) for a in n.args])
        if isinstance(node.target, torch._ops.OpOverload):
            name = node.target._schema.name.rpartition("::")[2]
            if name == "sym_size":
                return lambda n: self._value(n.args[0]).shape[n.args[1]]
            if name.startswith(_PASSED):
                return lambda _: None
            handler = handler_of(name)
            return lambda n: self._result(n, name, handler)
        if not isinstance(node.target, torch._ops.HigherOrderOperator):
            called = getattr(node.target, "__name__", node.target)
            helps = "`gradc ops` has the operations that there are"
            raise Unsupported(f"`{called}` of Python is called", helps)
        handed(node.target)
        return lambda n: self.gradients.said(self.making, self._value(n.args), self._run)

    def _attend(self, call: Attention) -> bool:
        """Whether a call of attention is said as one."""
        inside = set(call.nodes)
        if not self.missing.isdisjoint(call.sources):
            return False
        for node in call.nodes:  # what makes the mask
            if call.mask is not None and node < call.mask and feeds(node, call.mask, inside):
                self._call(node)
        if call.mask in inside and call.mask is not None:
            self._call(call.mask)
        mask = self.values.get(call.mask) if call.mask is not None else None
        held = self.program.state_dict
        names = {s.arg.name: s.target for s in self.program.graph_signature.input_specs}
        weights = {n: held[names[p.name]].detach().cpu().numpy() for n, p in call.weights.items()}
        *around, own = call.frames
        kind = "SelfAttention" if len(set(call.sources)) == 1 else "CrossAttention"
        frames = (*around, Frame(own.path, kind, own.call))
        with self.making.at(self._where(call.nodes[0]), frames):
            sources = [self.values[s] for s in call.sources]
            result = attend(self.making, call, sources, mask, weights)
        if result is None:
            return False
        for node in call.nodes:
            self.values.setdefault(node, None)
        self.values[call.result] = result
        return True

    def _note(self, node: torch.fx.Node, failure: Unsupported) -> None:
        self.missing.add(node)
        batch = self.symbols.batch
        if batch is not None and str(batch[1]) in failure.message:
            failure.helps = (*failure.helps, _FREE)
        self.making.cannot(self._where(node), failure)

    def _where(self, node: torch.fx.Node) -> str:
        frames = frames_of(node)
        inside = f" in {'.'.join(frames[-1].path)}" if frames else ""
        return f"{node.name}{inside}"

    def _result(self, node: torch.fx.Node, name: str, handler: Handler) -> Any:
        args = [self._value(a) for a in node.args]
        kwargs = {n: self._value(a) for n, a in node.kwargs.items()}
        schema = node.target._schema
        arguments = bound(name.removesuffix("_"), schema, args, kwargs)
        self.precision.hold(node)
        result = handler(self.making, arguments)
        arguments.all_are_used()
        result = as_torch(self.making, result, node, has_sizes=self.symbols.batch is None)
        if name.endswith("_") and not name.startswith("__"):
            target = node.args[0]
            assert isinstance(target, torch.fx.Node)
            self.values[target] = result
        return named(result, node)

    def _value(self, argument: Any) -> Any:
        if isinstance(argument, torch.fx.Node):
            return self.values[argument]
        if isinstance(argument, list | tuple):
            return [self._value(a) for a in argument]
        if isinstance(argument, torch.SymInt):
            return self.symbols.size(argument)
        return argument


def _is_linear_weight(user: torch.fx.Node, node: torch.fx.Node) -> bool:
    return (
        str(user.target) == "aten.linear.default"
        and len(user.args) > 1
        and user.args[1] is node
        and user.args[0] is not node
    )


def _is_norm(spec: Any) -> bool:
    """Whether a buffer that moves is one of batch norm's, which moves its own."""
    name = spec.target.rpartition(".")[2]
    return name in _BUFFERS or name == "num_batches_tracked"
