"""Render: a view to text, through a template that computes nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from gradc import resources


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: resources.text(f"templates/{name}")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, view: Any) -> str:
    """The text of a template over the fields of a view."""
    return _environment().get_template(template).render(view=view)
