"""Running the text of an emitted module."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from gradc.records import dataclass, replace
from gradc.targets.numpy import copied

Arrays = dict[str, Any]


class ModuleError(Exception):
    """The text is no module of gradc's, or it does not run."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where derivatives are taken. `cotangents` weight the outputs of a graph without a loss."""

    dims: dict[str, int]
    inputs: Arrays
    params: Arrays
    cotangents: Arrays

    def moved(self, name: str, value: Any) -> Point:
        """The point with another value of one input or parameter."""
        if name in self.params:
            return Point(self.dims, self.inputs, self.params | {name: value}, self.cotangents)
        return Point(self.dims, self.inputs | {name: value}, self.params, self.cotangents)

    def value(self, name: str) -> Any:
        return self.params[name] if name in self.params else self.inputs[name]


class Module:
    """A module's functions, called by the names that the graph uses.

    `one_of` is the loss that is looked at, where the module is to have several. Of one that was
    `built` by a compiler the text is that of the module which it stands for.
    """

    def __init__(
        self,
        text: str,
        name: str,
        one_of: str | None = None,
        built: Mapping[str, Any] | None = None,
    ):
        self.text, self.name, self.one_of, self.is_built = text, name, one_of, built is not None
        suffix = "" if one_of is None else f"_{one_of}"
        self.backward, self.value_and_grad = f"backward{suffix}", f"value_and_grad{suffix}"
        self._namespace: dict[str, Any] = {"__name__": "_gradc_verified"}
        try:
            if built is not None:
                self._namespace = dict(built)
            else:
                # A class statement looks its module up, so the text must not run nameless.
                exec(compile(text, name, "exec"), self._namespace)
            self._graph: Mapping[str, Any] = self._namespace["__graph__"]
            self.loss: str | None = one_of or self._graph["loss"]
            self._forward: Callable[..., Any] = self._namespace["forward"]
            self._backward: Callable[..., Any] = self._namespace[self.backward]
        except KeyError as missing:
            raise ModuleError(f"{name} has no {missing}: it is no module of gradc's") from None
        except (Exception, SystemExit) as failure:
            raise ModuleError(f"{name} cannot be run: {_described(failure)}") from None

    def in_double(self) -> Module:
        """The same text with f64 in place of f32.

        Differences need digits: in f32 they would tell little about a gradient. A helper that
        is exact enough for f32 alone gives way to the one that it stands for. What is built has no
        text: the module that it stands for is judged by differences, and judges it.
        """
        text = re.sub(r"\bfloat32\b", "float64", self.text)
        for single, general in copied.SINGLE.items():
            if re.search(rf"\b{single}\b", text):
                text = re.sub(rf"\b{single}\b", general, text)
                text = f"{text}\n\n{copied.source_of(general)}\n"  # the later definition holds
        return Module(text, self.name, self.one_of)

    @property
    def is_single(self) -> bool:
        return re.search(r"\bfloat32\b", self.text) is not None

    @property
    def draws(self) -> bool:
        """Whether it draws random numbers."""
        return "rng" in inspect.signature(self._forward).parameters

    def forward(self, point: Point) -> tuple[Any, Any]:
        """The outputs and what is saved."""
        outputs, saved, *_ = self._called("forward", point)
        return outputs, saved

    def predict(self, point: Point) -> Any:
        """The outputs that need but some of the inputs; None where there is no such function."""
        if "predict" not in self._namespace:
            return None
        accepted = inspect.signature(self._namespace["predict"]).parameters
        taken = {n: v for n, v in point.inputs.items() if self.argument("inputs", n) in accepted}
        return self._run("predict", replace(point, inputs=taken))

    def at_once(self, point: Point) -> tuple[float, Arrays] | None:
        """What `value_and_grad` gives, where there is one."""
        if self.value_and_grad not in self._namespace:
            return None
        value, gradients, *_ = self._called(self.value_and_grad, point)
        return value, dict(gradients)

    def called(self, kind: str) -> str:
        """What the module calls a derivative: those of a loss by its name, if there are several."""
        of_loss = kind in ("hvp", "hessian") and self.one_of is not None
        return f"{kind}_{self.one_of}" if of_loss else kind

    def has(self, kind: str) -> bool:
        """Whether it offers a derivative."""
        return self.called(kind) in self._namespace

    def derivative(self, kind: str, point: Point, *along: Arrays) -> Any:
        """What `jvp`, `hvp`, `jacobian` or `hessian` gives; None where there is none."""
        return self._run(self.called(kind), point, *along) if self.has(kind) else None

    def _called(self, function: str, point: Point) -> tuple[Any, ...]:
        """What a function with several results makes of a point."""
        return tuple(self._run(function, point))

    def _run(self, function: str, point: Point, *along: Arrays) -> Any:
        """What a function makes of a point."""
        arguments = {self.argument("inputs", n): v for n, v in point.inputs.items()}
        accepted = inspect.signature(self._namespace[function]).parameters
        if "rng" in accepted:
            arguments["rng"] = 0  # the same draws at each call
        if "training" in accepted:
            arguments["training"] = True
        given = [dict(point.params)] if "params" in accepted else []
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                return self._namespace[function](*given, *along, **arguments)
            except (ValueError, IndexError, np.linalg.LinAlgError):
                raise  # the point is not for this graph
            except (Exception, SystemExit) as failure:
                raise ModuleError(
                    f"`{function}` of {self.name} fails: {_described(failure)}"
                ) from None

    def value(self, point: Point) -> float:
        """The loss, or the outputs weighted by the cotangents of the point."""
        outputs, _ = self.forward(point)
        if self.loss is not None:
            return float(self.output(outputs, self.loss))
        return sum(
            float(np.sum(np.asarray(self.output(outputs, name)) * cotangent))
            for name, cotangent in point.cotangents.items()
        )

    def gradients(self, point: Point, weight: float = 1.0) -> Arrays:
        """What `backward` gives. `weight` multiplies the loss: it is the `dJ` of a loss J."""
        _, saved = self.forward(point)
        return self.differentiated(saved, point, weight)

    def differentiated(self, saved: Any, point: Point, weight: float = 1.0) -> Arrays:
        given: Arrays = {}
        if self.loss is not None and weight != 1.0:
            given = {self._cotangents[0]: weight}
        if self.loss is None:
            floats = [
                n for n, o in self._graph["outputs"].items() if o["dtype"].startswith("float")
            ]
            given = {
                keyword: self._fitted(name, point.cotangents[name])
                for name, keyword in zip(floats, self._cotangents, strict=True)
                if name in point.cotangents
            }
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                return dict(self._backward(saved, **given))
            except (Exception, SystemExit) as failure:
                problem = f"`{self.backward}` of {self.name} fails: {_described(failure)}"
                raise ModuleError(problem) from None

    def _fitted(self, output: str, cotangent: Any) -> Any:
        return np.asarray(cotangent, self._graph["outputs"][output]["dtype"])[()]

    @property
    def _cotangents(self) -> list[str]:
        """The keywords of `backward`: a name may be taken, so they are asked for, not made up."""
        found = list(inspect.signature(self._backward).parameters)[1:]
        return [name for name in found if name != "workspace"]

    def argument(self, kind: str, name: str) -> str:
        """What the module calls an input, a parameter or an output of the graph."""
        entry = self._graph[kind].get(name, {})
        return str(entry.get("argument", name))

    def output(self, outputs: Any, name: str) -> Any:
        """An output by its name in the graph."""
        return getattr(outputs, self.argument("outputs", name))

    def adjoints(self, point: Point) -> dict[str, list[tuple[int, Any]]]:
        """Everything that the variables of `backward` held: (line, copy) in order.

        Arrays may be overwritten in place, so each line's changes are looked at as they come.
        """
        if self.is_built:
            return {}
        _, saved = self.forward(point)
        code = self._backward.__code__
        seen: dict[str, list[tuple[int, Any]]] = {}
        last_line = [code.co_firstlineno]

        def look(frame: FrameType, *_: Any) -> Any:
            if frame.f_code is not code:
                return None
            for name, value in frame.f_locals.items():
                if isinstance(value, float | int | np.ndarray | np.generic):
                    held = seen.setdefault(name, [])
                    if not held or not np.array_equal(held[-1][1], value):
                        held.append((last_line[0], np.array(value)))
            last_line[0] = frame.f_lineno
            return look

        before = sys.gettrace()
        sys.settrace(look)
        try:
            self.differentiated(saved, point)
        finally:
            sys.settrace(before)
        return seen


def built_module(path: str) -> dict[str, Any]:
    """What is in an extension. Raises ModuleError."""
    name = Path(path).name.partition(".")[0]
    try:
        loader = ExtensionFileLoader(name, path)
        spec = spec_from_file_location(name, path, loader=loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
    except (Exception, SystemExit) as failure:
        raise ModuleError(f"{path} cannot be imported: {_described(failure)}") from None
    return vars(module)


def is_built(path: str) -> bool:
    """Whether a name is that of an extension."""
    return path.endswith(tuple(EXTENSION_SUFFIXES))


def _described(failure: BaseException) -> str:
    return f"{type(failure).__name__}: {failure}"
