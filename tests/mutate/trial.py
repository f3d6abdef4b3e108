"""A mutant of a pass, judged by a selection of the tests in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutate import planted
from tests.mutate.passes import PassMutant
from tests.passes.test_passes import PARTS

Stages = Sequence[Sequence[str]]
STAGES: Stages = (
    ("tests/passes/test_passes.py", "tests/passes/test_states.py"),
    (
        "tests/passes/test_derivations.py",
        "tests/passes/test_facts.py",
        "tests/passes/test_checkpoints.py",
        "tests/module/test_also.py",
        "tests/module/test_powers.py",
        "tests/module/test_workspace.py",
        "tests/module/test_losses.py",
        "--deselect",
        "tests/module/test_losses.py::test_types",
    ),
    (
        "tests/loops/test_unrolled.py",
        "tests/loops/test_random.py::test_random_loops[0]",
        "tests/loops/test_random.py::test_random_loops[10]",
        "tests/fuzz/test_fuzz.py::test_random_graphs[0]",
        "tests/fuzz/test_fuzz.py::test_random_graphs[10]",
        "tests/loops/test_checkpoint.py",
        "tests/passes/test_plan.py",
        "tests/derivatives/test_choices.py",
        "tests/derivatives/test_orders.py::test_levels_agree_and_losses_differentiate[0]",
        "tests/derivatives/test_orders.py::test_levels_agree_and_losses_differentiate[10]",
        "tests/state/test_state.py",
    ),
    ("tests/test_derived.py::test_a_module_is_current_and_right",),
)
"""Tests in the order of how likely they notice, and how soon."""
_ROOMS: Mapping[str, Stages] = {
    "multiples": (("tests/module/test_multiples.py",),),
    "blocks": (("tests/module/test_columns.py",),),
    "contract": (("tests/module/test_affine.py", "tests/module/test_reordered.py"),),
    "warn": (("tests/test_errors.py", "-k", "W9"),),
    "stabilise": (("tests/library/test_forms.py",),),
    "offer": (("tests/module/test_sparse.py", "tests/module/test_symmetric.py"),),
    "loops": (
        (
            "tests/loops/test_short.py",
            "tests/loops/test_severed.py",
            "tests/loops/test_handed_out.py",
        ),
    ),
    "picked_first": (("tests/module/test_picked_first.py",),),
    "memory": (
        (
            "tests/memory",
            "-k",
            "view or ways or hundredth or told or ask or say or fits or said"
            " or peak and loop_small",
        ),
        ("tests/memory/test_peak.py", "-k", "-2 and not examples and not programs"),
        ("tests/memory/test_budget.py", "-k", "less and not -0 and not -2"),
    ),
}
"""What is about the parts of one pass, or the passes of a folder, alone."""
_OF_TARGETS: Mapping[str, Stages] = {
    "c": (
        ("tests/targets_c/test_cuts.py",),
        (
            "tests/targets_c/test_headings.py",
            "tests/targets_c/test_random.py",
            "tests/targets_c/test_shared_loops.py",
            "-m",
            "not slow",
        ),
    )
}
"""All that knows of what a target plans."""
SECONDS = 400
"""Of the processor, so that what else is running does not end the tests."""
_FRESH = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload(["pytest", "numpy", "lark", "jinja2", "sympy"])


def is_killed(mutant: PassMutant) -> bool:
    """Whether a test fails, or the tests do not end."""
    return fails(mutant.module, mutant.text(), stages_of(mutant.file))


def stages_of(file: str) -> Stages:
    """The tests that judge the mutants of a file."""
    path = Path(file)
    name, folder = path.stem, path.parent.name
    if folder in _OF_TARGETS:
        return _OF_TARGETS[folder]
    if name == "__init__":
        name = folder
    whole = PARTS.get(name, name)
    cases = (*STAGES[0], "-k", f"test_pass and {whole}-")
    own = _ROOMS.get(whole, _ROOMS.get(folder, ()))
    return (cases, *own, *STAGES)


def fails(module: str, text: str, stages: Stages = STAGES) -> bool:
    """Whether tests fail with this text in the place of a module, or do not end."""
    process = _FRESH.Process(target=planted.run, args=(module, text, stages, SECONDS))
    process.start()
    process.join(10 * SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode != 0
