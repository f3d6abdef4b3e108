"""Writes the derived files again: `python -m tests.bless [SET …] [--check]`.

Without a name all of them. `--check` writes nothing and exits 1 where a file is stale. Nothing is
written where gradc fails, a case does not give its own code, or a module's gradients are wrong.
"""

import argparse
import sys

from tests.derived import SETS, RefusedError, bless


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bless", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="|".join(SETS))
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where stale")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(SETS)
    if unknown:
        parser.error(f"there is no set `{unknown.pop()}`")
    try:
        return bless(arguments.names or list(SETS), check=arguments.check)
    except RefusedError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
