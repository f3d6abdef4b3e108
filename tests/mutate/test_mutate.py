"""A sample of the mutants: a fault in a rule or in a pass is noticed, or it is known why not."""

from __future__ import annotations

import pytest

from tests.library.cases import LIBRARY
from tests.mutate import proving, trial
from tests.mutate.__main__ import sampled, verdict_of
from tests.mutate.passes import FILES, ROOT, chosen, labels_in, pass_mutants
from tests.mutate.rules import rule_mutants
from tests.mutate.survivors import explained, files, gone
from tests.seldom import seldom


@pytest.mark.parametrize("count", seldom([40, 100], lambda count: count > 40))
def test_faults_in_rules_are_noticed_by_their_operations_own_proofs(count: int) -> None:
    fates = {m.label: proving.is_killed(m) for m in sampled(rule_mutants(), count, seed=1)}
    verdict = verdict_of("rules", fates)
    assert verdict.is_right, verdict.text()
    assert len(verdict.killed) > 0.8 * count


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_a_fault_in_a_pass_is_noticed(number: int) -> None:
    mutant = chosen(4, seed=0)[number]
    verdict = verdict_of("passes", {mutant.label: trial.is_killed(mutant)})
    assert verdict.is_right, verdict.text()


@pytest.mark.parametrize("kind", ["rules", "passes"])
def test_the_table_knows_mutants_and_reasons(kind: str) -> None:
    rules = kind == "rules"
    labels = [m.label for m in rule_mutants()] if rules else labels_in(files())
    assert gone(kind, labels) == []
    assert all(explained(kind).values())


def test_a_mutant_differs_in_one_rule() -> None:
    (mutant,) = [m for m in rule_mutants() if m.label == "exp: dx = -(dy * y)"]
    assert "vjp dx = -(dy * y)\n" in mutant.library().texts["elementwise"]


def test_a_mutant_of_a_pass_leaves_the_checkout_alone() -> None:
    mutant = chosen(1, seed=0, under="gradc/passes/slots.py")[0]
    before = (ROOT / mutant.file).read_bytes()
    compile(mutant.text(), mutant.file, "exec")
    assert (ROOT / mutant.file).read_bytes() == before


def test_mutants_are_of_the_folder_that_is_asked_for() -> None:
    files = {m.file for m in chosen(30, seed=0, under="gradc/passes/loops")}
    assert files == {f for f in FILES if f.startswith("gradc/passes/loops/")}


@pytest.mark.slow
@pytest.mark.parametrize("file", ["slots.py", "blocks/__init__.py"])
def test_the_right_pass_passes_what_its_mutants_fail(file: str) -> None:
    (mutant, *_) = pass_mutants(f"gradc/passes/{file}")
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert not trial.fails(mutant.module, text, trial.stages_of(mutant.file)[:1])


def test_the_right_rule_passes_what_its_mutants_fail() -> None:
    for name in ("exp", "matmul", "eigh", "cumprod", "index_add", "max_pool2d_adjoint"):
        for proof in proving.proofs_of(name):
            proof(LIBRARY)
