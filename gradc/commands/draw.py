"""Draws a graph: values above and derivatives below the arrows, from left to right.

The format is that of the output's suffix, or of `--format`: svg (made by gradc itself), html (a
worksheet to fill in, which needs no network), dot and mermaid (text for other programs), png and
pdf (need the extra `gradc[draw]`). `--curve J --wrt w` draws a value over an argument instead, with
a tangent for each `--set w=3`, and `--descend 0.1` the steps of gradient descent.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.assignment import assignment
from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Choice, Parser, Whole
from gradc.commands.output import check_imports, check_target, write_file
from gradc.commands.runs import add_partial, add_point_options, run_of, subject_of
from gradc.commands.streams import write_bytes
from gradc.commands.units import each_file

if TYPE_CHECKING:
    from gradc.lessons.draw.picture import Picture
    from gradc.lessons.run.subject import Run, Subject

FORMATS = ("svg", "html", "png", "pdf", "dot", "mermaid")
_STEPS, _MOST_STEPS = 8, 1000
_SUFFIXES = {".htm": "html", ".gv": "dot", ".mmd": "mermaid"} | {f".{f}": f for f in FORMATS}


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    parser.add_output("standard output")
    add = parser.add_argument
    add(
        "--format", type=Choice(*FORMATS), metavar="FORMAT",
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: by the suffix, else svg)",
    )  # fmt: skip
    add("--column", action="store_true", help="under each box, its derivatives and the chain rule")
    add("--bump", metavar="NAME", help="follow a bump of this value to the loss")
    add("--curve", metavar="NAME", help="draw this value as a curve over the one of `--wrt`")
    add(
        "--descend",
        type=float,
        metavar="RATE",
        help="draw gradient descent with this rate: the loss as it falls, with `--curve` on it too",
    )
    add("--steps", type=Whole(), metavar="NUMBER", help="of the descent (default: 8)")
    add("--epsilon", type=float, default=0.001, metavar="NUMBER",
        help="the bump (default: 0.001)")  # fmt: skip
    add("--detail", type=Choice("statements", "operations"), default="statements",
        metavar="statements|operations", help="what a box is (default: statements)")  # fmt: skip
    add("--groups", type=Choice("auto", "open", "closed"), default="auto",
        metavar="auto|open|closed",
        help="functions and layers as frames or as single boxes (default: what is readable)",
    )  # fmt: skip
    add(
        "--open",
        action="append",
        default=[],
        metavar="NAME",
        help="open this function, layer or loop alone; it goes by the value that it makes",
    )
    add("--values", type=Choice("auto", "on", "off"), default="auto", metavar="auto|on|off",
        help="numbers at the arrows (default: where the file or `--set` gives all inputs)",
    )  # fmt: skip
    add("--theme", type=Choice("auto", "light", "dark"), default="auto",
        metavar="auto|light|dark", help="colours (default: what the reader's system prefers)",
    )  # fmt: skip
    add("--answers", action="store_true", help="a worksheet is printed empty and filled")
    add("--scale", type=float, default=2.0, metavar="NUMBER",
        help="pixels of a png for each unit (default: 2)")  # fmt: skip
    add_partial(parser)
    add_point_options(parser)


def run(arguments: Any, console: Console) -> int:
    target = None if arguments.output in (None, "-") else Path(arguments.output)
    if target is not None:
        check_target(target, arguments.files, suffix=".svg")
    kind = _format(arguments, target)
    _check(arguments, kind)

    def draw(name: str) -> int:
        subject = subject_of(name, arguments)
        data = _drawn(subject, name, kind, arguments)
        if target is not None:
            check_imports(target, subject.compilation.imported)
            write_file(target, data)
        elif isinstance(data, bytes):
            write_bytes(data)
        else:
            console.write(data)
        return 0

    return each_file(arguments.files, console, draw)


def _format(arguments: Any, target: Path | None) -> str:
    if arguments.format is not None:
        return str(arguments.format)
    if target is None:
        return "svg"
    kind = _SUFFIXES.get(target.suffix.lower())
    if kind is None:
        raise UsageError(
            f"cannot tell the format of {target}",
            [f"end its name in {', '.join(f'.{f}' for f in FORMATS)}, or say `--format svg`"],
        )
    return kind


def _check(arguments: Any, kind: str) -> None:
    if arguments.epsilon == 0:
        raise UsageError("`--epsilon` cannot be 0")
    if not 0 < arguments.scale <= 20:
        raise UsageError("`--scale` is more than 0 and at most 20")
    _check_descent(arguments, kind)
    if arguments.curve is not None:
        if kind in ("html", "dot", "mermaid"):
            raise UsageError(f"a curve cannot be drawn as {kind}", ["svg, png and pdf can"])
        if arguments.wrt is None or len(arguments.wrt) > 1 or "," in arguments.wrt[0]:
            raise UsageError("`--curve` needs one argument to draw over", ["`--curve J --wrt w`"])
    elif kind == "html" and (arguments.column or arguments.bump):
        raise UsageError("the worksheet shows `--column` and `--bump` as hints by itself")
    if arguments.answers and kind != "html":
        raise UsageError(
            "`--answers` is for a worksheet", ["`gradc draw net.graph --answers -o net.html`"]
        )


def _check_descent(arguments: Any, kind: str) -> None:
    if arguments.descend is None:
        if arguments.steps is not None:
            raise UsageError("`--steps` counts those of `--descend`", ["`--descend 0.1 --steps 8`"])
        return
    if kind in ("html", "dot", "mermaid"):
        raise UsageError(f"a descent cannot be drawn as {kind}", ["svg, png and pdf can"])
    if not math.isfinite(arguments.descend) or arguments.descend == 0:
        raise UsageError("`--descend` is the rate, a number other than 0", ["`--descend 0.1`"])
    if arguments.steps is not None and not 0 < arguments.steps <= _MOST_STEPS:
        raise UsageError(f"`--steps` is at least 1 and at most {_MOST_STEPS}")


def _drawn(subject: Subject, name: str, kind: str, arguments: Any) -> str | bytes:
    """The picture in its format."""
    from gradc.lessons.draw.chain import BumpError
    from gradc.lessons.draw.compose import OpenError
    from gradc.lessons.draw.curve import CurveError
    from gradc.lessons.draw.raster import NoRasterError, pdf, png
    from gradc.lessons.worksheet.table import UnsupportedError

    try:
        text = _text(subject, name, kind, arguments)
        if kind == "png":
            return png(text, arguments.scale)
        return pdf(text) if kind == "pdf" else text
    except BumpError as failure:
        raise UsageError(f"`--bump`: {failure}") from None
    except OpenError as failure:
        raise UsageError(f"`--open`: {failure}", failure.helps) from None
    except CurveError as failure:
        raise UsageError(f"`--curve`: {failure}", failure.helps) from None
    except UnsupportedError as failure:
        raise UsageError(f"no worksheet: {failure}", failure.helps) from None
    except NoRasterError:
        raise UsageError(
            f"{kind} needs the package cairosvg and the library cairo, which are not installed",
            ["`pip install 'gradc[draw]'`, or draw an svg, which needs nothing"],
        ) from None


def _text(subject: Subject, name: str, kind: str, arguments: Any) -> str:
    from gradc.lessons.draw import compose, texts
    from gradc.lessons.draw.svg import svg

    theme = "light" if kind in ("png", "pdf") and arguments.theme == "auto" else arguments.theme
    if arguments.descend is not None:
        return _descent(subject, arguments, theme)
    if arguments.curve is not None:
        return _curve(subject, arguments, theme)
    if kind == "html":
        from gradc.lessons.worksheet.sheet import worksheet

        return worksheet(run_of(subject, arguments), name, answers=arguments.answers)
    wants = arguments.column or arguments.bump is not None
    found = None if arguments.values == "off" and not wants else run_of(subject, arguments)
    if found is not None and found.arguments.drawn and arguments.values == "auto" and not wants:
        found = None  # numbers that nobody asked for would only be in the way
    shut = (wants or arguments.open) and arguments.groups == "auto"
    groups = "closed" if shut else arguments.groups
    operations = arguments.detail == "operations" and not wants
    look = compose.Look(operations, groups, not wants, tuple(arguments.open))
    graph = subject.graph if found is None else found.graph
    picture = compose.picture_of(graph, name, found, look)
    if found is not None and wants:
        _explain(picture, found, arguments)
    if kind == "dot":
        return texts.dot(picture)
    return texts.mermaid(picture) if kind == "mermaid" else svg(picture, theme)


def _curve(subject: Subject, arguments: Any, theme: str) -> str:
    """A curve with a tangent at each value that its argument is given."""
    from gradc.lessons.draw.curve import CurveError, curve_of
    from gradc.lessons.draw.tangents import curve_svg

    by = arguments.wrt[0].strip()
    places = [t for t in arguments.given if assignment(t)[0] == by]
    others = [t for t in arguments.given if assignment(t)[0] != by]
    arguments.given = [*others, *places[:1]]
    numbers = [assignment(text)[1] for text in places]
    if len(numbers) > 1 and not all(isinstance(x, int | float) for x in numbers):
        raise CurveError(f"each `--set {by}` is a number")
    run = run_of(subject, arguments)
    return curve_svg(curve_of(run, arguments.curve, by, arguments.epsilon, numbers[1:]), theme)


def _descent(subject: Subject, arguments: Any, theme: str) -> str:
    """Gradient descent: the loss as it falls, and its curve where that is asked for."""
    from gradc.lessons.draw.curve import CurveError, curve_of
    from gradc.lessons.draw.descent import descent, descent_svg, loss_of, place_of
    from gradc.lessons.draw.squared import FAR

    loss, name = subject.graph.loss, arguments.curve
    if loss is None or not subject.graph.wrt:
        raise UsageError("`--descend`: the graph has no loss that depends on a parameter")
    if name not in (None, loss):
        raise UsageError(f"`--descend` goes down the loss, on `--curve {loss}`")
    start = run_of(subject, arguments)
    if not abs(loss_of(start)) <= FAR:
        raise UsageError(f"`--descend`: it starts where {loss} is {loss_of(start):g}")
    runs = descent(start, arguments.descend, arguments.steps or _STEPS)
    curve = None
    if name is not None:
        by = arguments.wrt[0].strip()
        if by in subject.graph.arguments and subject.graph.arguments[by].type.shape:
            raise CurveError(f"a curve is drawn over numbers, and `{by}` is an array")
        places = [place_of(run, by) for run in runs]
        curve = curve_of(runs[0], name, by, arguments.epsilon, seen=places)
    return descent_svg(runs, arguments.descend, curve, theme)


def _explain(picture: Picture, run: Run, arguments: Any) -> None:
    """The column under each box, or the chain of bumps."""
    from gradc.diagnostics import near_miss
    from gradc.lessons.draw.chain import follow
    from gradc.lessons.draw.column import add_columns
    from gradc.lessons.draw.compose import named_values
    from gradc.lessons.run.steps import steps_of

    steps = steps_of(run.subject)
    if arguments.bump is not None:
        values = named_values(run.graph)
        if arguments.bump not in values:
            helps = near_miss(arguments.bump, values)
            raise UsageError(f"`--bump`: the graph has no value `{arguments.bump}`", helps)
        follow(picture, run, steps, values[arguments.bump], arguments.epsilon)
    else:
        add_columns(picture, run, steps)
