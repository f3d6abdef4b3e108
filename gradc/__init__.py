"""gradc compiles a graph description into the backpropagation code an engineer would write.

    net = gradc.compile("param w = 3\\nloss J = w**2\\n")
    net.value_and_grad({"w": 3.0})

`__all__` is the public interface. It is imported when it is first used.
"""

from gradc.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gradc import hook
    from gradc.python.errors import GraphError, Problem
    from gradc.python.net import Net, check, compile, compile_file, load

__all__ = [
    "GraphError",
    "Net",
    "Problem",
    "__version__",
    "check",
    "compile",
    "compile_file",
    "hook",
    "load",
]

_HOMES = {
    "GraphError": "gradc.python.errors",
    "Net": "gradc.python.net",
    "Problem": "gradc.python.errors",
    "check": "gradc.python.net",
    "compile": "gradc.python.net",
    "compile_file": "gradc.python.net",
    "load": "gradc.python.net",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "hook":
        return import_module("gradc.hook")
    if name not in _HOMES:
        raise AttributeError(f"module 'gradc' has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: object) -> None:
    """Called by `%load_ext gradc`: brings the cell magic `%%graph`."""
    from gradc.python.magic import register

    register(shell)
