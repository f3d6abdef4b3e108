"""Functions alone: the comparison of two files that only others use, by what they write."""

from __future__ import annotations

from gradc.comparison.aligned import edits
from gradc.comparison.change import Change, Comparison
from gradc.syntax import tree


def compare_definitions(old: tree.Module, new: tree.Module) -> Comparison:
    """The functions, layers, rules and numbers that are new, gone, renamed or edited.

    What they compute is known where they are called: nothing is said of values and gradients.
    """
    changes = []
    for edit in edits([old], [new], {}, all_of=True):
        places = edit.text.before or edit.before, edit.text.after or edit.after
        changes.append(Change("definition", edit.name, edit.what, edit.told(), *places))
    return Comparison(tuple(changes), ())
