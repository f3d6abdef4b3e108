"""ONNX as a target: a model of operators, which need no Python and no gradc to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.plan import Plan
from gradc.passes.target import MakesNew, ResultsAlone
from gradc.records import dataclass
from gradc.targets.target import Described, Missing, Refused


@dataclass(frozen=True, slots=True)
class Onnx(MakesNew):
    """Writes a model of what `forward` makes; with `gradients`, of what goes backward too.

    Parameters are inputs of the model. Where `params` has arrays for them by name, those are
    written into it.
    """

    gradients: bool = False
    params: Mapping[str, Any] | None = None

    clause = "onnx"
    nests = True
    memory = ResultsAlone()

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        return False

    def lower(self, plan: Plan, described: Described) -> dict[str, bytes]:
        from gradc.targets.onnx.exported import exported  # noqa: PLC0415 - for those who ask for it

        try:
            from gradc.targets.onnx.proto import file_of  # noqa: PLC0415
        except ModuleNotFoundError:
            raise Missing("onnx") from None
        return {".onnx": file_of(exported(plan, described, self.params, gradients=self.gradients))}

    def inspect(self, files: Mapping[str, str | bytes], plan: Plan) -> None:
        from gradc.targets.onnx.proto import problem_of  # noqa: PLC0415

        data = files[".onnx"]
        assert isinstance(data, bytes)
        if (problem := problem_of(data)) is not None:
            raise Refused(f"a model that ONNX refuses: {problem}")
