"""Operations of the library in ONNX, by their own examples, against NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.verification.emitted import Point
from tests.library.cases import LIBRARY, OPS, Case, cases_of
from tests.library.running import Running
from tests.targets_c.agreement import agree_on
from tests.targets_c.test_operations import special
from tests.targets_onnx.agreement import ROUGH, agree, content, outputs_of, session

REFUSED = {
    "random_uniform", "random_normal",
    "erfc", "erfcx", "erfinv", "lgamma", "polygamma", "sinc_derivative",
    "solve", "inv", "inverse", "pinv", "cofactors", "slogdet", "cholesky", "eigh", "svd", "qr",
    "expm", "expm_slope",
}  # fmt: skip
"""What there are no operators for."""

REFUSED_BACKWARD = {"det": "cofactors", "sinc": "sinc_derivative"}
"""What goes backward through one of those."""

WITHOUT_KERNEL = {
    "tan": "Tan", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "arctan2": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh",
    "erf": "Erf", "conv2d_output": "Conv", "conv2d_weight": "Conv", "convolve": "Conv",
    "correlate": "Conv", "conv2d_input": "ConvTranspose", "det": "Det",
}  # fmt: skip
"""What onnxruntime has no kernel for in f64; it is compared in f32."""

SUPPOSED = {"max_pool2d_adjoint", "max_pool2d_pick"}
"""These are told the largest elements, which the examples make up. `max_pool2d` uses them."""


def point_of(running: Running) -> Point:
    """The point of a case; what is searched has to ascend."""
    is_searched = running.case.name == "searchsorted"
    point = running.point
    return point.moved("a", np.sort(point.value("a"))) if is_searched else point


COMPARED = [n for n in OPS if n not in REFUSED | SUPPOSED]


@pytest.mark.parametrize("name", COMPARED)
def test_an_example_gives_what_numpy_gives(name: str) -> None:
    for case in cases_of(name):
        point = point_of(Running(case, 0))
        backward = REFUSED_BACKWARD.get(name)
        missing = agree(Source("case.graph", case.source), None, point, LIBRARY, refused=backward)
        assert missing == ([WITHOUT_KERNEL[name]] if name in WITHOUT_KERNEL else [])


@pytest.mark.parametrize("name", [n for n in COMPARED if n not in REFUSED_BACKWARD])
def test_sizes_may_be_free(name: str) -> None:
    """With a free dimension in place of the leading size everything stays the same."""
    for fixed in [*cases_of(name), *(cases_of("diff") if name == "concatenate" else ())]:
        free = fixed.with_leading("B")
        try:
            free.compile()
        except DiagnosticError:
            continue  # this size has to be known
        point = point_of(Running(free, 0, arrays=Running(fixed, 0).arrays))
        agree(Source("case.graph", free.source), None, point, LIBRARY)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_there_is_no_operator_for_is_refused(name: str) -> None:
    for case in cases_of(name):
        with pytest.raises(DiagnosticError) as failure:
            compile_source(Source("case.graph", case.source), library=LIBRARY, target=Onnx())
        (diagnostic,) = failure.value.diagnostics
        assert diagnostic.code == "E0502"
        assert diagnostic.message.startswith(f"`{name}` ")
        assert diagnostic.span is not None


ELEMENTWISE = [n for n in OPS if LIBRARY.operation(n).traits.elementwise and n not in REFUSED]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_at_the_edges(name: str) -> None:
    """NaN, infinities, zeros, and numbers far from 1: each met with each."""
    case = cases_of(name)[0]
    if name in WITHOUT_KERNEL:
        case = replace(case, dtype="f32")
    _at_the_edges(case)


def _at_the_edges(case: Case) -> None:
    running = Running(case, 0)
    arrays = {n: special(a, n) for n, a in running.params.items()}
    point = Point({}, running.point.inputs, arrays, running.point.cotangents)
    wanted, _ = running.module.forward(point)
    compilation = compile_source(Source("case.graph", case.source), library=LIBRARY, target=Onnx())
    found = outputs_of(session(content(compilation)), running.module, point)
    for name, value in wanted._asdict().items():
        agree_on(found[name], value, f"{case.label} at the edges", rtol=ROUGH)
