"""What one call may cost, whatever it is given."""

from __future__ import annotations

from gradc.records import dataclass

MAX_BYTES = 16_000_000
"""How long a text may be."""

MAX_NODES = 200_000
"""How many nodes a graph may expand into."""

MAX_WRITTEN_OUT = 50_000
"""Nodes that the loops and functions of a model from elsewhere may be written out as."""

MAX_ARRAY = 1 << 40
"""The bytes of an array that a model from elsewhere may make."""

DATA_FACTOR = 16
"""Arrays are larger than texts: how many times as many bytes a file of data may hold."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a compilation; each is an option of the command line."""

    bytes: int = MAX_BYTES  # `--max-bytes`
    nodes: int = MAX_NODES  # `--max-nodes`
