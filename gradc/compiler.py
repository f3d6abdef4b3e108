"""The pipeline, from a source to the texts that a target writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gradc.also import also_of
from gradc.amounts import exactly
from gradc.budget import Budget, bounded
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate import elaborate
from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.ir.plan import Plan
from gradc.ir.program import Offered, Program
from gradc.ir.verify_plan import verify_plan
from gradc.library.loader import StandardLibrary, standard_library
from gradc.limits import MAX_BYTES, Limits
from gradc.passes.derive import Deriver
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.passes.joined import Joined
from gradc.passes.matvec import matvec
from gradc.passes.multiples import multiples
from gradc.passes.partition import partition
from gradc.passes.plan import plan
from gradc.passes.separate import each, separate
from gradc.passes.simplify import simplify
from gradc.passes.stabilise import stabilise
from gradc.passes.warn import together, warn
from gradc.reading import read_file, read_stream
from gradc.records import dataclass, field
from gradc.source import Source
from gradc.syntax.characters import mask
from gradc.syntax.imports import Imports
from gradc.syntax.parser import collector_paused, parse, read_text
from gradc.targets.offered import DEFAULT
from gradc.targets.target import Content, Described, Target
from gradc.version import __version__

if TYPE_CHECKING:
    from gradc.passes.memory.choose import Choice

# What only some options ask for is imported where they do: a start has to load the rest alone.

_TRIED = 50_000  # nodes of all texts that are read to try helps


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the result of a compilation."""

    level: int = 1
    wrt: tuple[str, ...] | None = None
    dims: Mapping[str, int] = field(default_factory=dict)
    checkpoint: int | None = None  # steps of a scan that are run again rather than saved
    unroll: bool = False  # scans become copies of their bodies
    also: tuple[str, ...] = ()  # functions that the module offers only where they are asked for
    sparse: bool = False  # matrices that `also` asks for come out as their entries
    max_memory: int | None = None  # bytes that `value_and_grad` may hold
    blas: str | None = None  # what large products of matrices in C are left to
    root: Path | None = None  # the folder that imports are confined to; the file's own by default
    called: str | None = None  # what the files are called, where not as the source is
    limits: Limits = field(default_factory=Limits)  # these change no result

    def spelled(self) -> tuple[str, ...]:
        """The options as the command line has them."""
        words = [f"-O{self.level}"]
        if self.checkpoint is not None:
            words.append(f"--checkpoint {self.checkpoint}")
        if self.unroll:
            words.append("--unroll")
        if self.max_memory is not None:
            words.append(f"--max-memory {exactly(self.max_memory)}")
        if self.blas is not None:
            words.append(f"--blas {self.blas}")
        if self.also:
            words.append(f"--also {','.join(also_of(self.also))}")
        if self.sparse:
            words.append("--sparse")
        if self.wrt is not None:
            words.append(f"--wrt {','.join(self.wrt)}")
        words += [f"-D {name}={value}" for name, value in sorted(self.dims.items())]
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Compilation:
    """A compiled graph at its stages, and the warnings met on the way."""

    source: Source
    written: Graph  # before formulas were given their stable form
    graph: Graph
    joint: Graph
    program: Program
    plan: Plan
    target: Target
    files: Mapping[str, Content]  # by their suffixes
    warnings: tuple[Diagnostic, ...]
    imported: tuple[Path, ...]  # the files that were read, besides the source
    choice: Choice | None = None  # what was chosen to keep a budget of memory

    @property
    def text(self) -> str:
        """The text of the only file."""
        (text,) = self.files.values()
        assert isinstance(text, str)
        return text


Observer: TypeAlias = Callable[[str, Graph], None]


def _no_one(stage: str, graph: Graph) -> None:
    pass


def read(path: str) -> Source:
    """The source of a file, or of standard input for `-`. Raises OSError, DiagnosticError."""
    if path == "-":
        return read_text(path, read_stream(sys.stdin.buffer, MAX_BYTES))
    return read_text(path, read_file(Path(path), MAX_BYTES))


def compile_source(
    source: Source,
    options: Options | None = None,
    library: StandardLibrary | None = None,
    target: Target = DEFAULT,
    observe: Observer | None = None,
) -> Compilation:
    """A source, compiled for a target. Raises DiagnosticError with everything that was found.

    `observe` is shown the graph after each pass, with the name of that.
    """
    options = options or Options()
    with helps_tried(source, options), bounded(source), collector_paused():
        return _compile(source, options, library or standard_library(), target, observe or _no_one)


def check_source(source: Source, options: Options | None = None) -> tuple[Diagnostic, ...]:
    """The warnings of a source that is read but not differentiated, as fast as one types.

    Raises DiagnosticError with everything that was found; errors of derivatives are not.
    """
    options = options or Options()
    with bounded(source), collector_paused():
        return _elaborated(source, options, standard_library(), Budget(options.limits.nodes))[1]


@contextmanager
def helps_tried(source: Source, options: Options | None = None) -> Iterator[None]:
    """What helps show to write is tried before they leave with a failure."""
    try:
        yield
    except DiagnosticError as failure:
        from gradc.remedies.tries import tried  # noqa: PLC0415  what is right needs none

        left = _TRIED

        def errors(text: Source) -> tuple[Diagnostic, ...] | None:
            """The errors of a text; None where it is too large to be read once more."""
            nonlocal left
            budget = Budget(left)
            try:
                with bounded(text), collector_paused():
                    _elaborated(text, options or Options(), standard_library(), budget)
            except DiagnosticError as found:
                return tuple(d for d in found.diagnostics if d.is_error) if budget.left else None
            except Exception:  # nobody wrote this text: what the user is told of is another
                return None
            finally:
                left = budget.left
            return ()

        raise DiagnosticError(tried(source, failure.diagnostics, errors)) from None


def _elaborated(
    source: Source, options: Options, library: StandardLibrary, budget: Budget
) -> tuple[Graph, tuple[Diagnostic, ...], Imports]:
    """The graph as it is written, warnings, and what was imported."""
    budget.read(source, mask(source.text))
    tree = parse(source)
    imports = Imports(source, options.root, options.limits.bytes)
    graph, warnings = elaborate(
        tree, library, imports, options.dims, options.wrt, budget, Deriver(library)
    )
    return graph, together(warnings, warn(graph)), imports


def _compile(
    source: Source,
    options: Options,
    library: StandardLibrary,
    target: Target,
    observe: Observer,
) -> Compilation:
    budget = Budget(options.limits.nodes)
    graph, warnings, imports = _elaborated(source, options, library, budget)
    observe("elaborate", graph)
    if options.sparse:
        from gradc.passes.offer.pattern import refuse_free_sizes  # noqa: PLC0415

        refuse_free_sizes(graph)
    written, graph = graph, stabilise(graph, library)
    observe("stabilise", graph)
    if options.checkpoint is not None:
        from gradc.passes.segment import segment  # noqa: PLC0415

        graph = segment(graph, options.checkpoint, library)
        observe("segment", graph)
    if options.unroll:
        from gradc.passes.unroll import unroll  # noqa: PLC0415

        graph = unroll(graph, library, budget)
        observe("unroll", graph)
    joined, planned, choice = _planned(graph, options, library, target, observe)
    graph, joint, program = joined.graph, joined.joint, planned.program
    verify_plan(planned.blocks, {r.name: r.given for r in program.routines})
    # A name that is not UTF-8 has no other way into a text.
    name = Path(source.name).name.encode(errors="backslashreplace").decode()
    described = Described(
        __version__, name, imports.sha256(), options.spelled(), also_of(options.also),
        options.called or ("net" if name == "-" else Path(name).stem),
    )  # fmt: skip
    files = target.lower(planned, described)
    target.inspect(files, planned)
    return Compilation(
        source, written, graph, joint, program, planned, target, files, warnings, imports.paths,
        choice,
    )  # fmt: skip


def _planned(
    graph: Graph,
    options: Options,
    library: StandardLibrary,
    target: Target,
    observe: Observer,
) -> tuple[Joined, Plan, Choice | None]:
    """The graph differentiated, and its plan: what the budget of memory demands is chosen."""

    def make(joined: Joined, dropped: frozenset[Value], shorter: int = 1) -> Plan:
        program = partition(
            joined.joint, options.level, library, joined.wholes, dropped, joined.offered
        )
        if options.level > 1:
            from gradc.passes.blocks import blocks  # noqa: PLC0415
            from gradc.passes.blocks.regions import BLOCK  # noqa: PLC0415
            from gradc.passes.loops import loops  # noqa: PLC0415

            program = loops(program, library, target)
            if not target.nests:
                program = blocks(program, library, target, BLOCK // shorter)
        return plan(program, target)

    if options.max_memory is None:
        joined = _joined(graph, options, library, target, observe)
        return joined, make(joined, frozenset()), None
    from gradc.passes.memory.choose import choose  # noqa: PLC0415
    from gradc.passes.segment import segment  # noqa: PLC0415

    stages: dict[Joined, list[tuple[str, Graph]]] = {}

    def join(cuts: Mapping[Node, int]) -> Joined:
        seen: list[tuple[str, Graph]] = []
        cut = segment(graph, cuts, library) if cuts else graph
        joined = _joined(cut, options, library, target, lambda *stage: seen.append(stage))
        stages[joined] = [("segment", cut), *seen] if cuts else seen
        return joined

    choice = choose(graph, options.max_memory, join, make, target)
    for stage in stages[choice.fitted.joined]:
        observe(*stage)
    fitted = choice.fitted
    return fitted.joined, make(fitted.joined, fitted.values, fitted.shorter), choice


def _joined(
    graph: Graph,
    options: Options,
    library: StandardLibrary,
    target: Target,
    observe: Observer,
) -> Joined:
    """The graph, differentiated and improved."""

    def simplified(graph: Graph) -> Graph:
        return simplify(graph, library) if options.level else graph

    primal = simplified(graph)
    if options.level and any([n.origin.is_derived for n in primal.nodes]):
        from gradc.passes.like_terms import like_terms  # noqa: PLC0415
        from gradc.passes.separable import separable  # noqa: PLC0415

        for rewrites in (separable, like_terms, separable):
            primal = simplify(primal, library, primal.nodes, first=rewrites(primal))
    if options.level > 1:
        from gradc.passes.picked_first import picked_first  # noqa: PLC0415

        primal = picked_first(primal, library)
    observe("simplify", primal)
    joint = differentiate(primal, library, lambda body: simplified(inline(body)))
    observe("differentiate", joint)
    offered: tuple[Offered, ...] = ()
    if options.also:
        from gradc.passes.offer import offer  # noqa: PLC0415

        offered = offer(
            also_of(options.also), primal, joint, library, options.level, is_sparse=options.sparse
        )
    joint = inline(joint)
    observe("inline", joint)
    if options.level:
        joint = simplify(joint, library, primal.nodes, is_last=True, first=matvec(joint))
        joint = multiples(joint, library)
    observe("simplify", joint)
    if joint.further:
        joint = separate(joint)
        observe("separate", joint)
    wholes: list[Graph] = []
    if (options.level > 1 or target.nests) and joint.loss:
        from gradc.passes.contract import contract  # noqa: PLC0415
        from gradc.passes.whole import whole  # noqa: PLC0415

        wholes = [whole(part, library) for part in each(joint)]
        if options.level:
            wholes = [simplify(part, library, is_last=True) for part in wholes]
        if options.level > 1:
            wholes = [contract(part, library) for part in wholes]
    return Joined(graph, joint, tuple(wholes), offered)
