"""Doubts: what is legal in a file, and probably not meant."""

from __future__ import annotations

from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.namesakes import namesakes
from gradc.elaborate.shadowed import shadowed
from gradc.elaborate.unread import unchanged_states, unread_numbers, unread_parameters
from gradc.syntax import tree


def note_doubts(context: Context, module: tree.Module, scope: Scope) -> None:
    """Warns of what nothing reads or updates, and of names that stand for two things."""
    for doubt in (
        *unread_numbers(module.statements, scope),
        *unread_parameters(module.statements),
        *unchanged_states(module.statements),
        *namesakes(context, module.statements, scope),
        *shadowed(module.statements),
    ):
        context.note(doubt)
