"""Makes one rule of the analysis unsound at a time, and shows that some test fails each time.

`python -m tests.mutation [WORD ...]` tries the mutants that have one of the words in their module or name, or all.
Exit status 1 says that one survived, which is a hole in the tests, or that the tests fail on what is unchanged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import pytest

from tests.mutation import (
    branches,
    calls,
    code,
    domains,
    forms,
    meetings,
    memory,
    results,
    scalars,
    values,
    variables,
    walks,
)
from tests.mutation.run import outcomes

PARTS = (domains, scalars, forms, branches, memory, meetings, calls, results, walks, code, values, variables)
MUTANTS = [mutant for part in PARTS for mutant in part.MUTANTS]


def main(words: Sequence[str]) -> int:
    chosen = [m for m in MUTANTS if not words or any(word in f"{m.module} {m.name}" for word in words)]
    for mutant in MUTANTS:
        mutant.source()  # says so where one no longer fits the product
    processes = min(2, os.cpu_count() or 1)
    tests = sorted({mutant.killer for mutant in chosen})
    # The unchanged product must pass what the mutants are to fail.
    parts = [(None, tuple(tests[at::processes])) for at in range(min(processes, len(tests)))]
    for _, status, output in outcomes(parts, processes):
        if status != pytest.ExitCode.OK:
            print(f"{output}\nThe tests fail without a mutant.")
            return 1
    survivors = 0
    for name, status, output in outcomes([(mutant, (mutant.killer,)) for mutant in chosen], processes):
        if status != pytest.ExitCode.TESTS_FAILED:
            survivors += 1
            print(f"{output if status != pytest.ExitCode.OK else ''}survived: {name}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
