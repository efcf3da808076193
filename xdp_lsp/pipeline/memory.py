"""Reports kept from run to run, each as long as a fresh one would say the same.

What could change a report, and what sees to it:

- the question: path, configuration and every setting that bears on the answer are the name of what is kept;
- our code, Python, libclang, pyelftools, the kernel: `circumstances`;
- the compiler: it is asked anew in every run; its files, links and scripts followed, and what steers the loader count
  (`identity_of`). Variables such as CPATH it never sees (`toolchain.process`);
- flags, the files that give them (databases, settings) and what is guessed of them from folders: found out anew in
  every run, and compared; makefiles and their kin as long as they are as they were (`build_memory`);
- what is guessed while compiling: the names of all files of the repository are compared;
- contents of sources and headers, the system's as well: compared by digest, whatever clocks and times say;
- a header that comes to be found first, or one that was missing: `Evidence.found`;
- a file that is written to while it is being compiled: what was changed since the compile began, to the tick of the
  clock, is not kept, but for headers of our own cache, which are written whole and named by what is in them;
- sources that come out otherwise by themselves (`__DATE__`), or have the assembler read files: not kept;
- what the machine did (a limit of time or memory, a compiler that crashed, a file that cannot be read), what the
  running kernel says, parts of a chain: not kept.

Nothing notices that two names of one file become two files of the same contents (`#pragma once`), or a disk whose
clock is behind ours and that is written to in the very moment of the compile.

A folder of the user's own holds what is kept; what is read from there makes records of ours and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from xdp_lsp.analysis import Status
from xdp_lsp.pipeline.build_memory import recall_build_files
from xdp_lsp.pipeline.circumstances import circumstances
from xdp_lsp.pipeline.evidence import Disk, Evidence, Search, gather
from xdp_lsp.pipeline.files import Reads, digest_of, is_object, noting_reads
from xdp_lsp.pipeline.flags import FileFlags, flags_of
from xdp_lsp.pipeline.records import read, written
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.pipeline.toolchains import toolchain_of
from xdp_lsp.project import DEFAULT, Way
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import Store, ToolchainError, derived_folder, files_named, user_cache

_FOLDER = "reports"
# Settings that no report depends on.
_IRRELEVANT = ("run", "fail_on", "strict", "inlay_hints", "code_lens")
_DEFAULTS = Settings()
# By which two clocks may go apart while one file is looked at.
_STEADY = 10_000_000  # ns
# The part of the time limit from which on it may have had a say.
_HURRIED = 0.8
# Those have folders looked into that are known to the compiler alone.
_ROOTS = ("-isysroot", "--sysroot")


def usual_store() -> Store:
    return Store(user_cache() / _FOLDER)


class Question(NamedTuple):
    """What is to be found out of one file. `path` is absolute."""

    path: str
    settings: Settings
    configuration: str = DEFAULT

    @property
    def name(self) -> str:
        """What the answer is kept by."""
        bearing = tuple(
            (field, value)
            for field, value in zip(Settings._fields, self.settings, strict=True)
            if field not in _IRRELEVANT and field != "origins"
        )
        origins = [one for one in self.settings.origins if one[0].replace("-", "_") not in _IRRELEVANT]
        words = repr((self.path, self.configuration, bearing, origins))
        return digest_of(words.encode("utf-8", "surrogateescape")).hex()

    @property
    def can_be_kept(self) -> bool:
        return not (self.settings.kernel_check or self.settings.untrusted)


class Kept(NamedTuple):
    """What stands in front of a kept report. `flags` are None for an object."""

    circumstances: bytes
    flags: FileFlags | None
    evidence: Evidence


class Memory:
    """What earlier runs found out. Each file is looked at once: it is for one run of a command."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._disk = Disk()

    def recall(self, question: Question) -> FileReport | None:
        """The report that a fresh look would give; None where it is not known."""
        entry = self._store.get(question.name) if question.can_be_kept else None
        if entry is None:
            return None
        records = read(entry)
        kept = next(records, None)
        if not isinstance(kept, Kept) or not self._holds(kept, question):
            return None
        report = next(records, None)
        return report if isinstance(report, FileReport) else None

    def _holds(self, kept: Kept, question: Question) -> bool:
        return (kept.circumstances, kept.flags) == _surroundings(question) and self._disk.bears_out(
            kept.evidence
        )


def answered(question: Question, store: Store, answer: Callable[[], FileReport]) -> FileReport:
    """What `answer` gives, compact, and kept in `store` for other runs where it can be."""
    recall_build_files(store, question.path)
    around, flags = _surroundings(question) if question.can_be_kept else (None, None)
    began = _Moment.now()
    with noting_reads() as reads:
        report = answer().compact()
    if around is not None and _is_settled(report, flags, question.settings) and began.is_on_steady_clock:
        evidence = _evidence(question, report, flags, began.time, reads)
        if evidence is not None:
            kept = Kept(around, flags, evidence)
            store.put(question.name, written(kept, report))
    return report


def _surroundings(question: Question) -> tuple[bytes | None, FileFlags | None]:
    """The circumstances and the flags of today; no circumstances where there is no compiler."""
    if is_object(question.path):
        return _circumstances(None), None
    try:
        return _circumstances(question.settings), flags_of(
            question.path, question.settings, question.configuration
        )
    except ToolchainError:
        return None, None


@cache
def _circumstances(settings: Settings | None) -> bytes:
    """Raises ToolchainError."""
    return circumstances(toolchain_of(settings) if settings is not None else None)


class _Moment(NamedTuple):
    time: int  # ns
    steady: int  # ns, by a clock that is not set

    @classmethod
    def now(cls) -> _Moment:
        return cls(time.time_ns(), time.monotonic_ns())

    @property
    def is_on_steady_clock(self) -> bool:
        """Whether the clock was not set since: it could not tell what was changed since."""
        now = self.now()
        return abs((now.time - self.time) - (now.steady - self.steady)) < _STEADY


def _is_settled(report: FileReport, flags: FileFlags | None, settings: Settings) -> bool:
    """Whether it says what follows from the files, and which those are: clang's own verdict or ours."""
    if report.analysis.status is Status.UNREADABLE:
        return False
    if flags is None:
        return True
    # All tries of a compile share its limit.
    return bool(report.dependencies) and report.timings.compile < _HURRIED * settings.time_limit


def _evidence(
    question: Question, report: FileReport, flags: FileFlags | None, since: int, reads: Reads
) -> Evidence | None:
    if flags is None:
        return gather(since, reads, Search())
    given = Way(layers=report.layers).kept
    if any(flag.startswith(_ROOTS) for flag in given):
        return None
    named = files_named(given)
    # Guesses while compiling go by the names in the repository; those before it are made again.
    is_guessed = report.layers != flags.layers or report.analysis.status is Status.COMPILE_ERROR
    toolchain = toolchain_of(question.settings)
    search = Search(
        report.dependencies,
        named,
        (*named, *toolchain.headers.search),
        flags.root if is_guessed else "",
        str(derived_folder(toolchain.settings.cache_directory)),
    )
    return gather(since, reads, search)
