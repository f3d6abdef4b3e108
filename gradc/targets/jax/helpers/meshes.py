"""Where arguments go on a mesh of devices."""

from __future__ import annotations

from typing import Any

from jax.sharding import Mesh, NamedSharding, PartitionSpec


def _placed(mesh: Mesh, batch: str | None, graph: Any) -> dict[str, NamedSharding]:
    """A place for each argument: what has a batch is split over `data`, parameters over `model`.

    Of a parameter the largest axis is split that can be; what cannot is on all devices.
    """
    if batch is not None and batch not in graph["dims"]:
        raise ValueError(f"batch: no dimension is called {batch!r}")
    mesh = Mesh(mesh.devices, mesh.axis_names)  # how the rest is split is left to the compiler
    found = {}
    for name, argument in graph["params"].items():
        axes: list[str | None] = [None] * len(argument["shape"])
        parts = mesh.shape.get("model", 0)
        fit = [(n, -i) for i, n in enumerate(argument["shape"]) if parts and isinstance(n, int)]
        fit = [(n, i) for n, i in fit if n and n % parts == 0]
        if fit:
            axes[-max(fit)[1]] = "model"
        found[name] = NamedSharding(mesh, PartitionSpec(*axes))
    for name, argument in graph["inputs"].items():
        split = "data" if "data" in mesh.shape else None
        axes = [split if n == batch else None for n in argument["shape"]]
        if axes.count("data") > 1:  # an axis of a mesh splits one axis of an array
            first = axes.index("data")
            axes = [a if i == first else None for i, a in enumerate(axes)]
        found[name] = NamedSharding(mesh, PartitionSpec(*axes))
    return found
