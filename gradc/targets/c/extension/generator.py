"""How a generator of NumPy's lends its state to C. The functions are copied into an extension."""

from typing import Any

import numpy as np


def _lent(rng: Any) -> bytes:
    """The state of a generator as C has it. Nobody else draws from it until it is given back."""
    bits = rng.bit_generator
    if type(bits) is not np.random.PCG64:
        kind = type(bits).__name__
        raise TypeError(f"rng: expected a seed or a Generator of PCG64, got one of {kind}")
    bits.lock.acquire()
    found = bits.state
    state, own = found["state"]["state"], found["state"]["inc"]
    mask = 2**64 - 1
    numbers = [state >> 64, state & mask, own >> 64, own & mask]
    half = [found["uinteger"], found["has_uint32"]]
    return np.array(numbers, np.uint64).tobytes() + np.array(half, np.uint32).tobytes()


def _taken_back(rng: Any, data: bytes) -> None:
    """Gives a generator the state that C left."""
    high, low, own_high, own_low = map(int, np.frombuffer(data[:32], np.uint64))
    half, has_half = map(int, np.frombuffer(data[32:40], np.uint32))
    bits = rng.bit_generator
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": own_high << 64 | own_low},
        "has_uint32": has_half,
        "uinteger": half,
    }
    bits.lock.release()
