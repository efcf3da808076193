"""The guards that `python -m tests.hostile` takes away are those of the product; it takes minutes to do so."""

from __future__ import annotations

import pytest

from tests.hostile.guards import GUARDS
from tests.mutation.mutant import ROOT, Mutant


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_that_can_be_taken_away_is_there_and_has_its_test(guard: Mutant) -> None:
    compile(guard.source(), str(guard.path), "exec")
    file, _, test = guard.killer.partition("::")
    assert f"def {test.partition('[')[0]}" in (ROOT / "tests" / file).read_text()
