"""What the verbs print, as objects that notebooks show."""

from __future__ import annotations

from html import escape

from gradc.lessons.pages.html import html
from gradc.lessons.pages.page import Block, rendered


class Page:
    """A page of a lesson: text, HTML, Markdown or LaTeX."""

    def __init__(self, blocks: list[Block]):
        self._blocks = blocks

    def __str__(self) -> str:
        return rendered(self._blocks, "text")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return rendered(self._blocks, "markdown")

    def _repr_html_(self) -> str:
        return html(self._blocks)

    def _repr_latex_(self) -> str:
        return rendered(self._blocks, "latex")


class Picture(str):
    """A picture, as the text of an SVG."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


class Sheet(str):
    """A worksheet, as the text of an HTML file."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """In a frame of its own, so that its programs and styles stay with it."""
        style = "width: 100%; height: 40em; border: 0"
        return f'<iframe srcdoc="{escape(str(self))}" style="{style}"></iframe>'
