"""Plans read back, and what the verifier refuses: each fault is planted in a plan that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.plan_text import print_plan, read_plan
from gradc.ir.verify import Invalid
from gradc.ir.verify_plan import verify_plan
from gradc.library.loader import standard_library
from gradc.passes.plan.overlay import aliases_of, handed_on
from gradc.source import Source
from gradc.syntax.parser import read_text
from tests.derived import golden_cases

LIBRARY = standard_library()


@pytest.mark.parametrize("graph", golden_cases(), ids=lambda p: p.stem)
@pytest.mark.parametrize("level", [0, 1])
def test_a_plan_reads_back(graph: Path, level: int) -> None:
    source = read_text(str(graph), graph.read_bytes())
    options = Options(level=level, root=graph.parents[2])
    text = print_plan(compile_source(source, options).plan.blocks)
    blocks = read_plan(text, LIBRARY)
    verify_plan(blocks)
    assert print_plan(blocks) == text


@pytest.mark.parametrize("level", [0, 1])
def test_what_is_summed_up_is_one_variable(level: int) -> None:
    text = "param w: [3]\nloss J = sum(w**3) + sum(w * w) + sum(sin(w))\n"
    emitted = compile_source(Source("sum.graph", text), Options(level=level)).text
    assert 'return {"w": dJ_dw}' in emitted


@pytest.mark.parametrize("level", [0, 1])
def test_what_a_loop_starts_from_is_overwritten_from_level_1_on(level: int) -> None:
    text = "input x: [3]\nscan h = exp(x) times 3 {\n    next h = sin(h)\n}\noutput h\n"
    blocks = compile_source(Source("loop.graph", text), Options(level=level)).plan.blocks.values()
    loops = [s.repetition for b in blocks for s in b.statements if s.repetition is not None]
    assert loops
    assert any(loop.handed for loop in loops) == bool(level)


STRAIGHT = """
f(%x: f64[4], %m: f64[3, 3]) {
    %a: f64[4] = exp(%x)
    %b: f64[4] = tanh(%a)
    %c: f64[4] = add(%a, %b) into %b
    %q: f64[3, 3] = exp(%m)
    %t: f64[3, 3] = transpose(%q) {axes=[1, 0]}
    %r: f64[3, 3] = tanh(%q)
    %s: f64[3, 3] = multiply(%t, %r) into %r frees %q, %t
    %one: f64 = sum(%s) {axis=none, keepdims=false}
    %w: f64[4] = broadcast_to(%one) {shape=[4]}
    %z: f64[4] = add(%w, %c) into %c
    return %z, %a
}
"""

LOOPS = """
f(%h0: f64[4], %v: f64[4], %xs: f64[5, 4]) {
    %h1: f64[4] = exp(%h0)
    %g1: f64[4] = exp(%v)
    %h: f64[4], %g: f64[4], %hs: f64[5, 4] = scan(%h1, %g1, %xs, %v) {carried=2, axes=[0], stacked=[0], count=5, reverse=false} do (%p: f64[4], %q: f64[4], %x: f64[4], %k: f64[4]) owns %p
        %n: f64[4] = multiply(%p, %x) into %p
        %u: f64[4] = add(%n, %q) into %n
        yield %u, %k, %u
    end handed 0, 1 copied 1
    %last: f64[4] = add(%h, %g) into %h
    return %last, %hs
}
"""  # noqa: E501

NESTED = """
f(%h0: f64[4]) {
    %h1: f64[4] = exp(%h0)
    %h: f64[4], %o: f64[5, 4] = scan(%h1, %h0) {carried=1, axes=[], stacked=[0], count=5, reverse=false} do (%p: f64[4], %k: f64[4]) owns %p
        %e: f64[4] = exp(%p)
        %y: f64[4] = scan(%e, %p) {carried=1, axes=[], stacked=[], count=3, reverse=false} do (%i: f64[4], %c: f64[4]) owns %i
            %j: f64[4] = add(%i, %c) into %i
            yield %j
        end handed 0
        %n: f64[4] = add(%p, %y) into %p frees %y
        yield %n, %n
    end handed 0
    return %h, %o
}
"""  # noqa: E501


KEPT = """
f(%h0: f64[4]) {
    %h1: f64[4] = exp(%h0)
    %h: f64[4], %o: f64[5, 4] = scan(%h1) {carried=1, axes=[], stacked=[0], count=5, reverse=false} do (%p: f64[4]) owns %p
        %a: f64[4] = tanh(%p)
        %b: f64[4] = exp(%a)
        %n: f64[4] = multiply(%b, %a) into %b
        yield %n, %a
    end handed 0 kept 1
    return %h, %o
}
"""  # noqa: E501


@pytest.mark.parametrize("text", [STRAIGHT, LOOPS, NESTED, KEPT])
def test_a_right_plan_is_accepted(text: str) -> None:
    verify_plan(read_plan(text, LIBRARY))


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (STRAIGHT, "= exp(%x)", "= exp(%x) into %x"),  # an argument
        (STRAIGHT, "= tanh(%a)", "= tanh(%a) into %a"),  # it is read later
        (STRAIGHT, "= tanh(%q)", "= tanh(%q) into %q"),  # a view of it is read later
        (STRAIGHT, "add(%w, %c) into %c", "add(%w, %c) into %w"),  # all elements are one
        (STRAIGHT, "= tanh(%a)", "= tanh(%a) frees %a"),
        (STRAIGHT, "frees %q, %t", "frees %q, %t, %s"),
        (STRAIGHT, "{axis=none, keepdims=false}", "{axis=none, keepdims=false} into %s"),
        (STRAIGHT, "multiply(%t, %r) into %r", "matmul(%t, %r) into %r"),
        (STRAIGHT, "return %z, %a", "return %z, %b"),
        (LOOPS, "return %last, %hs", "return %last, %hs, %h1"),  # handed over, and read after
        (LOOPS, "scan(%h1, %g1, %xs, %v)", "scan(%h1, %h1, %xs, %v)"),  # handed over twice
        (LOOPS, "scan(%h1, %g1, %xs, %v)", "scan(%h0, %g1, %xs, %v)"),  # an argument
        (LOOPS, "scan(%h1, %g1, %xs, %v)", "scan(%h1, %g1, %xs, %h1)"),  # the body reads it too
        (LOOPS, "end handed 0, 1", "end handed 1"),
        (LOOPS, "add(%n, %q) into %n", "add(%n, %q) into %q"),  # it was not to be overwritten
        (LOOPS, "yield %u, %k, %u", "yield %u, %p, %u"),  # overwritten, and carried on
        (LOOPS, "yield %u, %k, %u", "yield %k, %u, %u"),  # the next step writes into it
        (NESTED, "= exp(%p)", "= exp(%p) into %p"),  # the inner loop reads it
        (NESTED, "scan(%e, %p)", "scan(%p, %e)"),  # the inner loop overwrites it
        (NESTED, "= add(%i, %c) into %i", "= add(%i, %c) into %c"),
        (NESTED, "yield %n, %n", "yield %n, %y"),  # the stack takes what was freed
        (KEPT, "= tanh(%p)", "= tanh(%p) into %p"),  # it lies in the stack, not there
        (KEPT, "multiply(%b, %a) into %b", "multiply(%b, %a) into %a"),  # the stack's memory
        (KEPT, "yield %n, %a", "yield %a, %a"),  # the next step could write into it
    ],
)  # fmt: skip
def test_a_planted_fault_is_caught(text: str, right: str, wrong: str) -> None:
    assert right in text
    with pytest.raises(Invalid):
        verify_plan(read_plan(text.replace(right, wrong), LIBRARY))


@pytest.mark.parametrize(
    ("right", "wrong", "given"),
    [
        ("return %z, %a", "return %z, %a, %a", 3),  # twice the same
        ("return %z, %a", "return %z, %x", 2),  # an argument
        ("return %z, %a", "return %z, %w", 2),  # cannot be written to
        ("return %z, %a", "return %z, %a, %a", 2),  # one is kept by the module
    ],
)
def test_what_is_handed_out_is_the_callers_alone(right: str, wrong: str, given: int) -> None:
    verify_plan(read_plan(STRAIGHT, LIBRARY), {"f": 2})
    faulty = STRAIGHT.replace(right, wrong)
    with pytest.raises(Invalid, match="not the caller's alone"):
        verify_plan(read_plan(faulty, LIBRARY), {"f": given})
    verify_plan(read_plan(faulty.replace(wrong, f"{wrong} copied 1"), LIBRARY), {"f": given})


WALKED = """\
dim T, B
input x: [T, B, 8]
param W: [8, 8]
param U: [8, 8]
z = x @ W
scan h = zeros([B, 8]) over z_t in z {
    gate = tanh(z_t + h @ U)
    next h = tanh(z_t + gate @ U)
}
loss J = mean(square(h))
"""


def test_a_stack_takes_the_memory_that_a_loop_walks_along_where_that_was_read_before() -> None:
    """`z_t` is read once more when `gate` is made; that is not so of what goes backward, where
    slopes are in the memory of `z`."""
    compilation = compile_source(Source("net.graph", WALKED), Options(level=2))
    block = compilation.plan.blocks["value_and_grad"]
    pairs = {(one.name, other.name) for one, other in handed_on(block, aliases_of(block))}
    assert ("dJ_dgate.total.rule.product_steps", "dJ_dgate.total_steps") in pairs
    assert ("z", "dJ_dz_t_steps") in pairs
    assert ("z", "gate_steps") not in pairs
