"""The running kernel's verifier and our values do not rule each other out.

Its ranges are of the paths that it walked: it leaves out those that differ in nothing that it thinks matters, and walks
some that no run takes. So the two need only meet; `tests.cases.kernel_values` counts which of them knows more.
"""

from __future__ import annotations

import pytest

from tests.cases.building import CASES, USUAL, built, object_of
from tests.cases.kernel_values import compared
from tests.cases.test_proofs import LIMITS
from xdp_lsp.kernel import why_unavailable

# A million instructions are a log of gigabytes.
_COSTLY = {case for (case, _), limit in LIMITS.items() if limit.is_costly and limit.build == USUAL}


@pytest.mark.parametrize("case", [case for case in CASES if case not in _COSTLY])
def test_values_meet_the_kernels(case: str) -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    outcomes, apart = compared(built(case, USUAL), object_of(case, USUAL))
    assert not apart
    assert outcomes["equal"] > sum(outcomes.values()) / 4
