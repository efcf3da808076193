"""Runs tests on one changed module: in a process of its own, so that nothing of the change is left."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

import pytest
from hypothesis import Phase, settings

from tests.mutation.mutant import ROOT, Mutant

# The parent process must not have imported the product: each child imports it anew, with one module changed.
_FORK = multiprocessing.get_context("fork")

# None of the project's settings, and no plugins that cost time: one run after another has to be quick.
_ARGUMENTS = (
    "-x", "-q", "-c", os.devnull, "--rootdir", str(ROOT), "--disable-plugin-autoload", "-p", "no:cacheprovider",
    "-p", "pytest_timeout", "--timeout", "60",
)  # fmt: skip

# Hypothesis without chance, without memory, and without time spent on small examples.
settings.register_profile("mutation", derandomize=True, database=None, deadline=None, phases=[Phase.generate])


class _Changed(SourceFileLoader):
    """Finds and loads one module, from another source than its file's."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module_name, str(mutant.path))
        self._source = mutant.source()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")


Job = tuple[Mutant | None, tuple[str, ...]]  # what to change, and the tests to run then
Outcome = tuple[str, int, str]  # the mutant's name, pytest's exit status, and what it printed


def _outcome(job: Job) -> Outcome:
    mutant, tests = job
    if mutant is not None:
        sys.meta_path.insert(0, _Changed(mutant))  # type: ignore[arg-type]
    settings.load_profile("mutation")
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = pytest.main([*_ARGUMENTS, *(f"{ROOT}/tests/{test}" for test in tests)])
    return "" if mutant is None else mutant.name, int(status), output.getvalue()


def outcomes(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """The outcomes of `jobs` as they come in; each stops at the first test that fails."""
    with _FORK.Pool(processes, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_outcome, jobs)
