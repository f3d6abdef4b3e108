"""What a module of NumPy's may hold: two imports, functions that the library names, methods."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.targets.numpy.copied import source_of
from gradc.targets.numpy.long_rows import SCOPE
from gradc.targets.python.inspection import Allowed, inspect_module

_IMPORTS = frozenset(
    {
        "from typing import Any, NamedTuple, TypedDict",
        "import math",
        "import numpy as np",
        "import numpy.typing as npt",
    }
)
QUIET = "np.errstate(all='ignore')"
"""Keeps NumPy from warning of NaN and infinities."""

_METHODS = frozenset(
    """join values sum max min prod mean any all argmax argmin argsort cumsum cumprod
    reshape transpose astype copy count type diagonal swapaxes ravel take keys replace
    default_rng normal uniform at arrays dot""".split()
)
_MODULE_NUMPY = frozenset(
    """npt.NDArray npt.ArrayLike np.asarray np.array np.full np.zeros np.ones np.eye
    np.empty np.broadcast_to np.concatenate np.ravel np.sqrt np.can_cast np.random
    np.dtype np.float32 np.float64 np.int32 np.int64 np.bool_ np.pi np.inf np.nan
    np.random.default_rng np.random.Generator np.reshape np.ndarray
    np.square np.reciprocal np.dot np.setbufsize math.inf math.nan""".split()
)
_MODULES = frozenset({"np", "npt"})


def inspect(text: str, helpers: Iterable[str], numpy_names: Iterable[str]) -> None:
    """Raises Refused where the module is not what gradc means to write.

    `helpers` are the functions copied into it, `numpy_names` what the library may call (`np.exp`).
    """
    names = frozenset(numpy_names) | _MODULE_NUMPY
    copied = frozenset(helpers)
    modules = _MODULES | {"math"} if "\nimport math\n" in text else _MODULES
    may = Allowed(_IMPORTS, frozenset({QUIET, SCOPE}), _METHODS, modules, names, copied, source_of)
    inspect_module(text, may)
