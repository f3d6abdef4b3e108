"""Short loops that stay loops.

GCC makes short loops straight at -O3 (up to 16 steps), and then vectors of what the loop around
them does. GCC 11 and 12 do that wrongly: where steps choose between two values, or read elements
backwards, numbers change places. So these compilers are told to leave such loops as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.patterns import pattern

WORD = "ROLLED"
"""What stands before such a loop."""

DEFINED = [
    "/* What GCC 11 and 12 make of short loops, once they are unrolled, is wrong at -O3. */",
    "#if defined __GNUC__ && !defined __clang__ && __GNUC__ < 13",
    f'#define {WORD} _Pragma("GCC unroll 1")',
    "#else",
    f"#define {WORD}",
    "#endif",
]

_MOST = 16  # steps, of GCC's own `max-completely-peel-times`
_LOOP = pattern(r"( *)(for \(int64_t \w+ = (?:0; \w+ < (\d+);|(\d+) - 1; \w+ >= 0;).*)")

_SEVERAL = pattern(r"collapse\((\d+)\)")


def rolled(lines: Sequence[str]) -> list[str]:
    """The lines of a function, whose short loops say so. Those that have a pragma are left."""
    found: list[str] = []
    goes_on, told = False, 0  # a pragma, which may take several lines; the loops that it is of
    for line in lines:
        if goes_on or "#pragma" in line:
            goes_on = line.endswith("\\")
            several = _SEVERAL.search(line)
            told = int(several[1]) if several is not None else max(told, 1)
        elif told:
            told -= 1
        else:
            loop = _LOOP.fullmatch(line)
            if loop is not None and int(loop[3] or loop[4]) <= _MOST:
                line = f"{loop[1]}{WORD} {loop[2]}"
        found.append(line)
    return found
