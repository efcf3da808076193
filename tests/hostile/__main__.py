"""Takes one guard at a time out of a copy of the product, and shows that the test of its attack fails then.

`python -m tests.hostile [WORD ...]` takes out those that have one of the words in their module or name, or all. Exit
status 1 says that a test passed without its guard, or that one fails with all of them in place.
"""

from __future__ import annotations

import os
import shutil
import subprocess  # noqa: TID251 - pytest, in a process that may be left hanging
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytest import ExitCode

from tests.hostile.guards import GUARDS
from tests.mutation.mutant import ROOT, Mutant

# Where a guard against waiting is gone, a test waits: not for as long as on a busy machine.
_BOUND = "15"  # seconds


def main(words: Sequence[str]) -> int:
    chosen = [one for one in GUARDS if not words or any(word in f"{one.module} {one.name}" for word in words)]
    for guard in GUARDS:
        guard.source()  # says so where one no longer fits the product
    tests = sorted({guard.killer for guard in chosen})
    survivors = 0
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        [status, output] = pool.submit(_outcome, None, tests).result()
        if status != ExitCode.OK:
            print(f"{output}\nThe tests fail with every guard in place.")
            return 1
        for guard, (status, output) in zip(
            chosen, pool.map(lambda guard: _outcome(guard, [guard.killer]), chosen), strict=True
        ):
            if status == ExitCode.TESTS_FAILED:
                why = next((line[2:].strip() for line in output.splitlines() if line.startswith("E ")), "")
                print(f"{guard.name}: {why[:200]}", flush=True)
            else:
                survivors += 1
                print(f"{output if status != ExitCode.OK else ''}not missed: {guard.name}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} guards missed by a test when they were gone")
    return 1 if survivors else 0


def _outcome(guard: Mutant | None, tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit status and what it printed, for a copy of the project without `guard`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "project")
        for name in ("xdp_lsp", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "docs", "examples"):
            (copy / name).symlink_to(ROOT / name)
        if guard is not None:
            (copy / "xdp_lsp" / guard.module).write_text(guard.source())
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--basetemp", f"{folder}/tmp"]
            + [f"tests/{test}" for test in tests],
            cwd=copy,
            env={**os.environ, "XDP_LSP_HOSTILE_BOUND": _BOUND},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
