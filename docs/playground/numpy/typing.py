"""The types that an emitted module names. Nothing reads them here."""

from __future__ import annotations

from typing import Any

ArrayLike = Any


class NDArray:
    """An array of whatever."""

    def __class_getitem__(cls, _: Any) -> type[NDArray]:
        return cls
