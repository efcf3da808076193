"""What stands above each program: what it is, what it needs, and where it fits, in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.analysis.words import count, is_relative
from xdp_lsp.headroom import portable
from xdp_lsp.ide.definitions import definitions
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.result import NeedKind


class Lens(NamedTuple):
    """`range` is the beginning of the program's definition."""

    range: SourceRange
    program: str
    text: str


def lenses(report: FileReport, path: str, line: Callable[[int], bytes | None]) -> tuple[Lens, ...]:
    """The lenses in the file `path`, whose lines `line` gives, numbered from 1."""
    return tuple(
        Lens(definition.start, definition.program.name, lens_text(definition.program))
        for definition in definitions(report.analysis.programs, path, line)
    )


def lens_text(program: ProgramAnalysis) -> str:
    """`xdp · 143 insns · needs 84 of 152 B · fits 41 of 43 targets`."""
    parts = [program.section, count(program.instructions, "insn"), *_verdict(program)]
    return " · ".join(filter(None, parts))


def prepends_nothing(program: ProgramAnalysis) -> bool:
    """Whether that is all there is to say of `program`."""
    found = program.exploration
    return (
        program.verdict is Verdict.FITS and not any(site.reachable for site in found.calls) and not found.need
    )


def _verdict(program: ProgramAnalysis) -> tuple[str, ...]:
    if prepends_nothing(program):
        return ("prepends nothing",)
    return _need(program), _fits(program)


def _need(program: ProgramAnalysis) -> str:
    found = program.exploration
    if found.need_kind is NeedKind.UNBOUNDED:
        return "nothing bounds what it prepends"
    if found.need is None:
        return "need not known"
    if is_relative(program):
        return f"needs {found.need} B on top of what ran before"
    least = "at least " if any(not gap.is_sound for gap in found.gaps) else ""
    targets = [verdict.target for verdict in program.targets]
    of = f" of {portable(targets).usable}" if targets else ""
    return f"needs {least}{found.need}{of} B"


def _fits(program: ProgramAnalysis) -> str:
    targets = program.targets
    if not targets:
        return ""
    if program.verdict is Verdict.UNKNOWN:
        return "fit not known"
    fits = [verdict.fits for verdict in targets]
    if len(targets) == 1:
        return f"{'fits' if all(fits) else 'does not fit'} {targets[0].target.spec}"
    if all(fits):
        return f"fits all {len(targets)} targets"
    if None in fits:  # of those that are not refused it is not known
        return f"does not fit {fits.count(False)} of {len(targets)} targets"
    return f"fits {fits.count(True)} of {len(targets)} targets"
