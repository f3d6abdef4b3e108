"""The machine: one core of it, and what it is, without its name."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gradc.version import __version__

_ONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def pin() -> None:
    """One core and one thread, for this process and those that it starts; before NumPy is there."""
    os.environ.update(dict.fromkeys(_ONE, "1"))
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def processor() -> str:
    """The model of the processor, as it names itself."""
    described = Path("/proc/cpuinfo")
    text = described.read_text() if described.exists() else ""
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def cores() -> int:
    """How many there are; the benchmarks use one."""
    return os.cpu_count() or 1


def kernels() -> str:
    """The BLAS that NumPy multiplies by, where that can be found out."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown"
    import numpy  # noqa: F401  it loads its BLAS

    found = [i for i in threadpool_info() if "numpy" in i["filepath"]]
    parts = [f"{i['internal_api']} {i['version']} {i.get('architecture', '')}" for i in found]
    return ", ".join(p.strip() for p in parts) or "unknown"


def versions() -> dict[str, str]:
    """What is installed of NumPy and the peers."""
    found = {"Python": platform.python_version(), "gradc": __version__}
    for package in ("numpy", "jax", "torch", "autograd", "casadi"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found
