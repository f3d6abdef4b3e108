"""What a module of JAX's may hold: its imports, functions that the library names, methods."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.operation import Operation
from gradc.targets.jax.copied import HELPERS
from gradc.targets.python.inspection import Allowed, inspect_module
from gradc.targets.python.joining import functions_in

_IMPORTS = frozenset(
    {
        "from typing import Any, NamedTuple, TypedDict",
        "import jax",
        "import jax.numpy as jnp",
        "import numpy as np",
        "from jax.sharding import Mesh, NamedSharding, PartitionSpec",
        "from jax.typing import ArrayLike",
    }
)
_STATIC = "jax.tree_util.register_static"
_METHODS = frozenset(
    """keys sum max min prod mean any all argmax argmin cumsum cumprod reshape transpose astype
    copy diagonal take at set add default_rng normal uniform""".split()
)
_NAMES = frozenset(
    """np.random np.random.default_rng np.random.Generator np.dtype np.float32 np.float64 np.int32
    np.int64 np.bool_ np.inf np.nan np.sqrt np.zeros np.ones np.full np.eye np.array np.broadcast_to
    jnp.asarray jnp.zeros jnp.reshape jnp.broadcast_to jnp.einsum jnp.arange jnp.moveaxis
    jnp.concatenate jnp.pi jnp.inf jnp.nan jnp.float32 jnp.float64 jnp.int32 jnp.int64 jnp.bool_
    jax.Array jax.lax jax.lax.scan jax.random jax.random.fold_in jax.random.key
    jax.tree_util jax.tree_util.register_static""".split()
)


def inspect(text: str, operations: Iterable[Operation]) -> None:
    """Raises Refused where the module is not what gradc means to write.

    It may call what the clauses of these operations name.
    """
    names = _NAMES.union(*map(_named, operations))
    modules = frozenset({"np", "jnp", "jax"})
    may = Allowed(
        _IMPORTS, frozenset({_STATIC}), _METHODS, modules, names, HELPERS.names(),
        HELPERS.source_of, frozenset({"__graph__"}),
    )  # fmt: skip
    inspect_module(text, may)


def _named(op: Operation) -> frozenset[str]:
    """The functions that clauses name, with the modules on the way."""
    texts = (*op.spellings.get("numpy", ()), *op.spellings.get("jax", ()))
    names = functions_in(texts, ("np", "jnp", "jax"))
    return names | {f"j{name}" for name in names if name.startswith("np.")}
