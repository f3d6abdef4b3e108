"""What the template sees of a module: lines and fields, nothing to compute."""

from __future__ import annotations

from gradc.records import dataclass
from gradc.targets.python.view import Field, FunctionView


@dataclass(frozen=True, slots=True)
class JaxView:
    """A whole module. Lists of lines are indented as they are to be printed."""

    doc: tuple[str, ...]
    constants: tuple[str, ...]
    params_type: tuple[str, ...]
    gradients_type: tuple[str, ...]
    state_type: tuple[str, ...]
    outputs: tuple[Field, ...]
    prediction: tuple[Field, ...]
    saved: tuple[Field, ...]
    dims: tuple[str, ...]  # those that `Saved` holds
    functions: tuple[FunctionView, ...]
    admit_params: tuple[str, ...]
    admit_state: tuple[str, ...]
    helpers: tuple[str, ...]
    graph: tuple[str, ...]
