"""Running a graph where a call says: the options that name the point, and the run there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradc.commands.assignment import assignments
from gradc.commands.failure import UsageError
from gradc.commands.files import read_data
from gradc.commands.options import Parser, Whole
from gradc.commands.settings import settings_for
from gradc.commands.units import check_options, limits_of, source_of

if TYPE_CHECKING:
    from gradc.lessons.run.subject import Run, Subject


def add_point_options(parser: Parser) -> None:
    """Where a graph is run. How it is compiled is not for a lesson to choose."""
    parser.set_defaults(
        level=None, unroll=False, checkpoint=None, also=None, max_memory=None, sparse=False
    )
    parser.add_argument(
        "--set",
        dest="given",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of an input or parameter: `--set x=3`, `--set 'x=[1, 2]'`",
    )
    parser.add_argument(
        "--data", metavar="FILE.npz", help="values of inputs and parameters by their names"
    )
    parser.add_argument(
        "--seed", type=Whole(), default=0, metavar="NUMBER", help="of `init_params` (default: 0)"
    )
    parser.add_argument(
        "--training", action="store_true", help="as in training: dropout drops, and the like"
    )
    parser.add_argument(
        "--loss", metavar="NAME", help="the loss that is told, of several (default: the first)"
    )
    parser.add_graph_options()


def add_partial(parser: Parser) -> None:
    """How derivatives are written."""
    parser.add_argument(
        "--partial",
        action="store_true",
        help="write ∂J/∂w where J depends on several variables (default: dJ/dw everywhere)",
    )


def subject_of(name: str, arguments: Any) -> Subject:
    """The graph of a file. Raises DiagnosticError."""
    limits = limits_of(arguments, settings_for(name))
    source = source_of(name, arguments, limits)
    from gradc.compiler import Options
    from gradc.lessons.run.subject import LossError, Subject

    wrt, dims, root = check_options(arguments)
    options = Options(wrt=wrt, dims=dims, root=root, limits=limits)
    try:
        return Subject.of(source, options, arguments.loss)
    except LossError as failure:
        raise UsageError(f"`--loss`: {failure}", failure.helps) from None


def run_of(subject: Subject, arguments: Any) -> Run:
    """The graph at the point that the call names."""
    from gradc.lessons.run.point import ArgumentError
    from gradc.lessons.run.steps import with_partial
    from gradc.lessons.run.subject import CannotInterpretError

    if arguments.seed < 0:
        raise UsageError("`--seed` is at least 0")
    given: dict[str, Any] = {}
    if arguments.data is not None:
        limits = limits_of(arguments, settings_for(arguments.files[0]))
        given = read_data(arguments.data, limits)
    from_data = set(given)
    given |= assignments(arguments.given)
    try:
        run = subject.run(subject.arguments(given, arguments.seed, arguments.training))
    except ArgumentError as failure:
        option = "`--data`" if from_data and not arguments.given else "`--set`"
        raise UsageError(f"{option}: {failure.message}", failure.helps) from None
    except CannotInterpretError as failure:
        raise UsageError(f"this graph cannot be run step by step: {failure}") from None
    except (ValueError, IndexError) as failure:
        raise UsageError(f"the graph cannot be run at these values: {failure}") from None
    return with_partial(run) if getattr(arguments, "partial", False) else run
