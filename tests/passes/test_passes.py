"""Each pass alone: a graph as text before, and the text (or routines, or statements) after.

`python -m tests.bless passes` writes the second half of each case anew; read the change. What the
text of a graph cannot say (calls of functions, values without a name of the user's, paragraphs) is
in a `.graph` beside the case; then both halves are written.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gradc import passes
from gradc.elaborate import elaborate
from gradc.ir.text import print_graph, read_graph
from gradc.ir.verify import verify
from gradc.passes.derive import Deriver
from gradc.source import Source
from gradc.syntax.parser import parse
from tests.passes.printed import LIBRARY, PASSES

CASES = Path(__file__).parent / "cases"

# Files of the folder that are no pass: what the pass here consists of, or is asked.
PARTS = {
    **dict.fromkeys(
        (
            "blocked",
            "late",
            "means",
            "products",
            "rectified",
            "regions",
            "rows",
            "side_by_side",
        ),
        "blocks",
    ),
    **dict.fromkeys(
        (
            "affine",
            "apart",
            "contraction",
            "diagonals",
            "exponentials",
            "over_nothing",
            "planned",
            "readers",
            "regrouped",
            "totals",
        ),
        "contract",
    ),
    **dict.fromkeys(
        (
            "alike",
            "batched",
            "factored",
            "gates",
            "gather",
            "hoist",
            "laid_out",
            "levels",
            "merged",
            "mild",
            "scaled",
            "severed",
            "sink",
            "sliced",
            "twins",
        ),
        "loops",
    ),
    "matrices": "blocks",
    "narrow": "columns",
    "overlay": "workspace",
    "polynomials": "blocks",
    "scales": "blocks",
    "basis": "offer",
    "direction": "offer",
    "restrict": "offer",
    **dict.fromkeys(
        ("colour", "counting", "moving", "pattern", "places", "sparse", "symmetric"), "offer"
    ),
    "derivations": "differentiate",
    "forms": "stabilise",
    "form_table": "stabilise",
    "better": "stabilise",
    "blends": "stabilise",
    "moments": "stabilise",
    "collapsed": "stabilise",
    "stable": "stabilise",
    "guard": "differentiate",
    "joined": "partition",
    "unbroadcast": "differentiate",
    "pieces": "simplify",
    "powers": "simplify",
    "factors": "simplify",
    "rewriter": "simplify",
    "rewrites": "simplify",
    "slots": "simplify",
    "target": "plan",
    "channels": "warn",
    "accidents": "warn",
    "misaligned": "warn",
    "bracketed": "warn",
    "copying": "warn",
    "precisions": "warn",
    "spelling": "warn",
    "unneeded": "warn",
    "unreached": "warn",
    "unstable": "warn",
    "stuck": "warn",
    **dict.fromkeys(
        (
            "block",
            "free",
            "group",
            "hand_out",
            "hand_over",
            "order",
            "reuse",
            "sequences",
            "share",
        ),
        "plan",
    ),
}
# Files that measure programs and choose among them, which `tests/memory` holds to.
MEASURED = {"candidates", "choose", "fit", "frame", "machine", "peak", "views"}


def cases() -> list[Path]:
    """The texts of all cases, those that are yet to be written from a `.graph` too."""
    written = CASES.glob("*/*.ir")
    return sorted({*written, *(p.with_suffix(".ir") for p in CASES.glob("*/*.graph"))})


def expected(case: Path) -> str:
    """The text of a case, its second half worked out anew."""
    written = case.with_suffix(".graph")
    if written.exists():
        source = Source(written.name, written.read_text(encoding="utf-8"))
        graph, _ = elaborate(parse(source), LIBRARY, derivatives=Deriver(LIBRARY))
        before = print_graph(graph)
    else:
        before, _, _ = case.read_text(encoding="utf-8").partition("---\n")
        graph = read_graph(before, LIBRARY)
    verify(graph)
    return f"{before}---\n{PASSES[case.parent.name](graph)}"


@pytest.mark.parametrize("case", cases(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_pass(case: Path) -> None:
    assert expected(case) == case.read_text(encoding="utf-8")


def test_every_pass_has_cases() -> None:
    """A file of the folder is a pass, or is known as a part of one."""
    files = {p.stem for p in Path(passes.__file__).parent.rglob("*.py")} - {"__init__"}
    assert files | {"blocks", "contract", "loops", "offer", "plan"} == {*PASSES, *PARTS, *MEASURED}
    assert {p.parent.name for p in cases()} == set(PASSES) >= set(PARTS.values())
