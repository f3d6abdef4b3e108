"""PNG and PDF, by an extra that draws SVG."""

from __future__ import annotations

from typing import Any


class NoRasterError(Exception):
    """The extra is not installed."""


def png(svg: str, scale: float) -> bytes:
    """The picture as pixels, `scale` of them for each unit of the SVG. Raises NoRasterError."""
    result: bytes = _cairosvg().svg2png(bytestring=svg.encode(), scale=scale)
    return result


def pdf(svg: str) -> bytes:
    """The picture as a page. Raises NoRasterError."""
    result: bytes = _cairosvg().svg2pdf(bytestring=svg.encode())
    return result


def _cairosvg() -> Any:
    try:
        import cairosvg  # noqa: PLC0415
    except (ImportError, OSError):  # OSError: the package is there, the library it calls is not
        raise NoRasterError from None
    return cairosvg
