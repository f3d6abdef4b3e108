"""What the library has for its own bodies and rules is out of the reach of graphs."""

from __future__ import annotations

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.library.catalogue import catalogue, page, public_stanzas
from gradc.library.loader import standard_library
from gradc.source import Source

LIBRARY = standard_library()
INTERNAL = sorted(n for (role, n), s in LIBRARY.stanzas.items() if s[0].internal)
PUBLIC = {s.name for s in public_stanzas(LIBRARY)}


def refused(text: str) -> Diagnostic:
    with pytest.raises(DiagnosticError) as failure:
        compile_source(Source("g.graph", text))
    return failure.value.diagnostics[0]


def test_some_are_internal() -> None:
    helpers = {"rows", "keep", "channels", "reduce_loss", "each_loss", "index_add", "guard"}
    assert helpers <= set(INTERNAL)
    assert PUBLIC.isdisjoint(INTERNAL)


@pytest.mark.parametrize("name", INTERNAL)
def test_a_graph_cannot_call_it(name: str) -> None:
    found = refused(f"param x: [2, 3]\noutput y = {name}(x)\n")
    assert found.code == "E0203"
    assert found.message == f"there is no function or operation `{name}`"


@pytest.mark.parametrize("name", INTERNAL)
def test_a_near_miss_does_not_name_it(name: str) -> None:
    found = refused(f"param x: [2, 3]\noutput y = {name}{name[-1]}(x)\n")
    assert not any(f"`{name}`" in text or f" {name}?" in text for text in found.helps)


@pytest.mark.parametrize("name", INTERNAL)
def test_a_graph_may_have_its_own(name: str) -> None:
    """Beside operations whose bodies and rules call the library's."""
    text = (
        f"fn {name}(a) = 2 * a\nparam x: [2, 3]\n"
        f"y = sum({name}(x), axis=0) + max(x) + norm(x) + mse_loss(x, 1)\nloss J = sum(y)\n"
    )
    assert "2 * x" in compile_source(Source("g.graph", text)).text


def test_a_file_of_layers_does_not_offer_it() -> None:
    found = refused("from nn import keep\nparam x: [2]\noutput y = keep(x, x, 0)\n")
    assert found.code == "E0201"


@pytest.mark.parametrize("name", INTERNAL)
def test_the_catalogue_leaves_it_out(name: str) -> None:
    """Rules name it, though, so it has a page, which says what it is."""
    assert f"\n  {name} " not in catalogue(LIBRARY)
    text = page(LIBRARY, name)
    assert text is not None
    assert "internal" in text
