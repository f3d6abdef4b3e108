"""Writes the graph of a model from elsewhere, and its weights beside it.

MODEL is an ONNX file (`pip install 'gradc[onnx]'`) or a program that `torch.export.save` wrote
(`pip install 'gradc[torch]'`). The weights are written as `net.npz` beside `net.graph`, by the
names of the graph's parameters. To load a program of torch may run code that it holds: import files
of people whom you trust.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradc.commands.assignment import assignments
from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import reason
from gradc.commands.options import Choice, Parser
from gradc.commands.output import check_target, write_file
from gradc.commands.status import working
from gradc.diagnostics import DiagnosticError
from gradc.patterns import pattern

_NAME = pattern(r"[A-Za-z][A-Za-z0-9_]*")


def configure(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="an .onnx or a .pt2 file")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the graph (default: the model's name with .graph); - prints it and no weights",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an input that is a constant, such as a sampling rate",
    )
    parser.add_argument(
        "--batch", metavar="NAME", help="the first axis of all inputs as a free dimension"
    )
    parser.add_argument(
        "--loss",
        type=Choice("cross_entropy"),
        metavar="LOSS",
        help="`cross_entropy` of the first output, taken as logits, and the input `label`",
    )


def run(arguments: Any, console: Console) -> int:
    from gradc.importing.importer import EXTRAS, import_file

    model = Path(arguments.model)
    if not model.name:  # `.`, `/` and the like
        raise UsageError(f"cannot read {model}: it is a folder")
    graph = model.with_suffix(".graph") if arguments.output is None else Path(arguments.output)
    prints = arguments.output == "-"
    if not prints:
        if graph.suffix != ".graph":
            raise UsageError(f"cannot write {graph}: a graph ends in .graph", ["`-o net.graph`"])
        for path in (graph, graph.with_suffix(".npz")):
            check_target(path, [arguments.model], graphs=True)
    if arguments.batch is not None and not _NAME.fullmatch(arguments.batch):
        raise UsageError(f"`--batch {arguments.batch}`: that is no name", ["`--batch N`"])
    settings = assignments(arguments.set)
    try:
        with working() as at:
            at(arguments.model)
            found = import_file(
                model,
                settings,
                arguments.batch or "",
                arguments.loss or "",
                lambda done, of: at(f"{arguments.model}, node {done} of {of}"),
            )
    except DiagnosticError as failure:
        console.report(failure.diagnostics, arguments.model)
        return 1
    except ModuleNotFoundError as missing:
        extra = EXTRAS.get(model.suffix.lower(), "")
        if (missing.name or "").partition(".")[0] != extra:
            raise
        helps = [f"`pip install 'gradc[{extra}]'`"]
        raise UsageError(f"{model.suffix} files need the package {extra}", helps) from None
    except OSError as failure:
        raise UsageError(f"cannot read {model}: {reason(failure)}") from None
    if prints:
        console.write(found.text)
        return 0
    write_file(graph.with_suffix(".npz"), found.weights())
    write_file(graph, found.text)
    return 0
