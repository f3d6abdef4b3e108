"""How tightly the operators bind; the larger number binds tighter.

Two facts are not in the numbers: `**` is right associative, and comparisons do not chain.
"""

from __future__ import annotations

NOT = 3
COMPARISON = 4
NEGATION = 7
RIGHT_ASSOCIATIVE = 8

BINDING = {
    "or": 1,
    "and": 2,
    # `not` stands here
    **dict.fromkeys(["<", "<=", ">", ">=", "==", "!="], COMPARISON),
    **dict.fromkeys(["+", "-"], 5),
    **dict.fromkeys(["*", "/", "//", "%", "@"], 6),
    # unary `-` stands here
    "**": RIGHT_ASSOCIATIVE,
}
