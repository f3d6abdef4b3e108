"""Proves the gradients of the module as emitted, at random points and those that the graph states.

Central differences of `forward` judge `backward`; where every operation allows it, the complex
step judges it too. What the compiler holds after each pass is interpreted as well: a pass that
changes a number is named. What `--also` adds is held to differences of `forward` and `backward`,
and to what else says the same. A module in f32 is also run with f64 in its text: its differences
judge the gradients in f64, and those judge the ones in f32. `--symbolic` proves the gradients of a
graph of scalars as formulas too.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.assignment import assignments
from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import read_bytes
from gradc.commands.folders import graphs_of
from gradc.commands.options import Count, Parser, Whole
from gradc.commands.units import compile_file, each_file, is_file, limits_of, shown_name
from gradc.report.snippet import harmless

if TYPE_CHECKING:
    from gradc.commands.settings import Settings
    from gradc.compiler import Compilation
    from gradc.verification.emitted import Point
    from gradc.verification.formulas import Proof
    from gradc.verification.prove import Finding, Verdict
    from gradc.verification.translation import Stages


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_argument(
        "--module",
        metavar="FILE",
        help="judge this module, or extension, which is run, instead of what would be emitted",
    )
    parser.add_argument(
        "--provenance",
        action="store_true",
        help="say of modules whether they are exactly what their graphs give; runs nothing",
    )
    parser.add_argument(
        "--symbolic",
        action="store_true",
        help="prove the formulas of a graph of scalars by SymPy (extra `gradc[symbolic]`)",
    )
    parser.add_argument(
        "--precision",
        action="store_true",
        help="say how many digits f32 keeps of each gradient and output, and which statement"
        " loses them first",
    )
    parser.add_argument(
        "--digits",
        type=Count(),
        metavar="NUMBER",
        help="that `--precision` asks for: fewer are a failure (default: 3)",
    )
    parser.add_argument(
        "--seed",
        type=Whole(),
        default=0,
        metavar="NUMBER",
        help="of the random points (default: 0)",
    )
    parser.add_argument(
        "--points", type=Whole(), default=3, metavar="NUMBER", help="how many points (default: 3)"
    )
    parser.add_argument(
        "--set",
        dest="given",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="fix an input or parameter: `--set x=3`, `--set 'x=[1, 2]'`",
    )
    parser.add_compile_options()


def run(arguments: Any, console: Console) -> int:
    given = assignments(arguments.given)
    if arguments.provenance:
        from gradc.commands.provenance import judge_modules

        return judge_modules(arguments.files, arguments, console)
    if arguments.points < 1 or arguments.seed < 0:
        raise UsageError("`--points` is at least 1, and `--seed` at least 0")
    if arguments.symbolic and arguments.module is not None:
        raise UsageError(
            "`--symbolic` proves the formulas of graphs; `--module` is judged by numbers"
        )
    if arguments.digits is not None and not arguments.precision:
        raise UsageError("`--digits` says what `--precision` asks for")
    if arguments.precision and (arguments.module is not None or arguments.symbolic):
        other = "--symbolic" if arguments.symbolic else "--module"
        raise UsageError(
            f"`--precision` runs a graph in f32 and in f64; `{other}` is another proof"
        )
    if arguments.precision and (arguments.also or arguments.sparse):
        other = "--also" if arguments.also else "--sparse"
        raise UsageError(f"`--precision` looks at gradients; `{other}` adds none", ["leave it out"])
    names, code = graphs_of(arguments, console)
    if arguments.module is not None and len(names) > 1:
        raise UsageError("`--module` is one module, and there are several graphs")
    judge = _verify
    if arguments.precision:
        from gradc.commands.precision import judge_precision as judge
    return max(code, each_file(names, console, lambda name: judge(name, given, arguments, console)))


def _verify(name: str, given: dict[str, Any], arguments: Any, console: Console) -> int:
    from gradc.verification.emitted import Module, ModuleError, built_module, is_built
    from gradc.verification.prove import each_loss, prove
    from gradc.verification.sample import SampleError
    from gradc.verification.translation import Stages

    stages = Stages()
    compilation, settings = compile_file(name, arguments, stages)
    graphs = [(loss, graph) for loss, graph in each_loss(compilation.graph) if graph.wrt]
    if not graphs:
        console.write(f"{harmless(name)}: nothing to differentiate by\n")
        return 0
    text, shown = compilation.text, f"{Path(name).stem}.py" if is_file(name) else "the module"
    built = None
    verdicts = []
    try:
        if arguments.module is not None:
            shown = arguments.module
            if is_built(shown):
                built = built_module(_existing(shown))
            else:
                text = _module_text(arguments, settings)
        for loss, graph in graphs:
            module = Module(text, shown, loss, built)
            verdict = prove(graph, module, arguments.seed, given, arguments.points)
            verdicts.append((loss, verdict))
            if arguments.module is None and verdict.first is not None:
                if len(verdicts) == 1:
                    _judge_stages(stages, compilation, verdict.first, verdict)
                if arguments.symbolic:
                    _judge_formulas(compilation, loss, verdict.first, verdict)
    except SampleError as failure:
        raise UsageError(f"`--set`: {failure}", failure.helps) from None
    except ModuleError as failure:
        if arguments.module is None:
            raise
        console.say(f"error: {failure}")
        return 1
    for loss, verdict in verdicts:
        title = shown_name(name) if loss is None else f"{shown_name(name)}, {loss}"
        console.write(_page(title, shown, verdict, arguments.seed, console))
    return 0 if all(verdict.is_right for _, verdict in verdicts) else 1


def _judge_stages(stages: Stages, compilation: Compilation, point: Point, verdict: Verdict) -> None:
    """Whether each pass left the numbers as they were, where an interpreter runs the graph."""
    from gradc.targets.offered import DEFAULT
    from gradc.verification.interpret import CannotInterpretError

    try:
        change = stages.first_change(compilation.program, DEFAULT, point)
    except CannotInterpretError:
        return
    verdict.passes = True
    if change is not None:
        verdict.problems.append(str(change))


def _judge_formulas(
    compilation: Compilation, loss: str | None, point: Point, verdict: Verdict
) -> None:
    """Whether the gradients are what SymPy makes of the formulas. Raises UsageError.

    `loss` says of which loss they are, where there are several.
    """
    from gradc.verification.interpret import CannotInterpretError
    from gradc.verification.prove import each_loss

    try:
        from gradc.verification.formulas import prove_formulas
    except ImportError:
        raise UsageError(
            "`--symbolic` needs the package sympy, which is not installed",
            ["`pip install 'gradc[symbolic]'`"],
        ) from None
    try:
        joint = dict(each_loss(compilation.joint))[loss]
        verdict.proofs = prove_formulas(joint, {**point.params, **point.inputs})
    except CannotInterpretError as failure:
        raise UsageError(f"`--symbolic` is for graphs of scalars: {failure}") from None
    verdict.problems += [
        f"SymPy disagrees: {p.name} is {p.wrong}" for p in verdict.proofs if p.wrong
    ]


def _existing(name: str) -> str:
    """The name of a file that is there. Raises UsageError."""
    if not Path(name).is_file():
        raise UsageError(f"cannot read {name}: {os.strerror(errno.ENOENT)}")
    return name


def _module_text(arguments: Any, settings: Settings) -> str:
    data = read_bytes(arguments.module, limits_of(arguments, settings).bytes)
    return data.decode("utf-8", "replace")


def _page(name: str, shown: str, verdict: Verdict, seed: int, console: Console) -> str:
    paint = console.paint()
    methods = "central differences" + (", complex step" if verdict.complex_step else "")
    if verdict.dual:
        methods += ", forward mode"
    if verdict.single:
        methods += ", f32 against f64"
    if verdict.passes:
        methods += ", each pass"
    if verdict.proofs:
        methods += ", SymPy"
    points = f"{verdict.points} point{'s' * (verdict.points != 1)}"
    lines = [paint(f"{harmless(name)}: {points}, seed {seed}, {methods}", "bold")]
    rows = [("parameter", "type", "checked", "worst error", "")]
    rows += [(f.name, f.type, str(f.checked), _error(f), _remark(f)) for f in verdict.findings]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), row[1].ljust(widths[1])]
        cells += [row[2].rjust(widths[2]), row[3].rjust(widths[3])]
        good = number == 0 or verdict.findings[number - 1].is_right
        remark = paint(row[4], "good" if good else "error") if row[4] else ""
        lines.append(("  " + "  ".join([*cells, remark])).rstrip())
    if verdict.offered and not verdict.problems:
        lines.append(f"  also right: {', '.join(verdict.offered)}")
    lines += [f"  {_proven(proof)}" for proof in verdict.proofs if not proof.wrong]
    lines += [paint(f"  {problem}", "error") for problem in verdict.problems]
    lines += _blame(shown, verdict)
    wrong = sum(not f.is_right for f in verdict.findings)
    if verdict.is_right:
        lines.append(paint("all gradients are right", "good"))
    elif wrong:
        lines.append(paint(f"{wrong} of {len(verdict.findings)} gradients wrong", "error"))
    return "\n".join(lines) + "\n"


def _proven(proof: Proof) -> str:
    how = "by algebra" if proof.is_exact else "to 50 digits at the first point"
    return harmless(f"SymPy, {how}: {proof.name} = {proof.formula}".removesuffix(" = "))


def _error(finding: Finding) -> str:
    worst = max([finding.worst, *([min(finding.single)] if finding.single else [])])
    return f"{worst:.1e}" if finding.checked or finding.wrong else "-"


def _remark(finding: Finding) -> str:
    if finding.wrong:
        return f"wrong: {finding.wrong}"
    kinks = f", {finding.at_kinks} left out at a kink" if finding.at_kinks else ""
    return ("right" if finding.checked else "not checked") + kinks


def _blame(shown: str, verdict: Verdict) -> list[str]:
    """Where a wrong gradient comes from: the first wrong adjoint, and the statements behind it."""
    blame = verdict.blame
    if blame is None:
        return []
    lines = [
        f"  the first wrong adjoint is {blame.adjoint}, line {blame.line} of {harmless(shown)}:"
        f" {blame.got:.8g} where differences give {blame.expected:.8g}"
    ]
    for span in blame.used_by:
        statement = " ".join(harmless(span.text).split())
        lines.append(f"    it comes from `{statement}` ({harmless(span.source.name)}:{span.line})")
    return lines
