"""What both scripts use: the modules for NumPy and for JAX, and texts to learn from."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

HERE = Path(__file__).parent
LONG, TEXTS = 16, 8


def load(path: Path) -> ModuleType:
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


plain = load(HERE.parent / "gpt" / "gpt.py")


def batch() -> dict[str, Any]:
    """Some texts, and the character after each of theirs."""
    text = (HERE.parent / "data" / "austen.txt").read_text(encoding="ascii")
    _, ids = np.unique(list(text), return_inverse=True)
    starts = np.random.default_rng(0).integers(len(ids) - LONG, size=(TEXTS, 1))
    rows = starts + np.arange(LONG + 1)
    return {"ids": ids[rows[:, :-1]], "following": ids[rows[:, 1:]]}


def differ(gradients: Any, wanted: Any) -> float:
    """How far gradients are from NumPy's, as a part of the largest of each parameter."""
    return max(
        float(np.abs(np.asarray(gradients[name]) - g).max() / np.abs(g).max())
        for name, g in wanted.items()
    )
