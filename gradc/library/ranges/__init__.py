"""What numbers operations make of numbers in given ranges. Stanzas call these by name."""

from __future__ import annotations

from gradc.ir.traits import RangeRule
from gradc.library.ranges import chosen, moved, pointwise, sums

FUNCTIONS: dict[str, RangeRule] = {
    **moved.RULES,
    **chosen.RULES,
    **sums.RULES,
    **pointwise.RULES,
}
"""By the word that a stanza says."""
