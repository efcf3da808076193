"""What is offered for a file, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache

from tests.cases.building import USUAL, toolchain
from xdp_lsp.analysis import Status
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.ide.actions import Action, ActionsRequest, Lines, find_actions
from xdp_lsp.pipeline import FileReport, SourceSnapshot, analyse_source
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import OWN_LIBBPF


class Control:
    def runs(self, group: int) -> None: ...

    def uninterrupted(self) -> AbstractContextManager[None]:
        return nullcontext()


@cache
def settings(*targets: str) -> Settings:
    """The usual build's, so that the same is offered on every machine."""
    compiler = toolchain(USUAL.compiler, USUAL.mcpu).settings.clang
    return Settings(targets=targets or ("mainstream",), clang=compiler, libbpf=OWN_LIBBPF)


def offered(path: str, contents: bytes, *targets: str, lines: Lines | None = None) -> list[Action]:
    request = ActionsRequest(SourceSnapshot(path, contents), settings(*targets), lines)
    return list(find_actions(request, Control()))


def checked(path: str, contents: bytes, *targets: str) -> FileReport:
    """As `xdp-lsp check` does it."""
    compiler = toolchain(USUAL.compiler, USUAL.mcpu)
    return enrich(analyse_source(SourceSnapshot(path, contents), settings(*targets), compiler))


def wrong(report: FileReport) -> Counter[str]:
    """How often each code is shown, and clang's remarks; what fits all that was chosen is not counted."""
    shown = Counter(finding.code for finding in _shown(report.analysis.findings))
    return shown + Counter(one.message for one in report.compiler_diagnostics)


def _shown(findings: Iterable[Finding]) -> Iterable[Finding]:
    for finding in findings:
        fits = finding.code == "headroom-exceeded" and finding.severity is Severity.INFORMATION
        if finding.suppressed is None and not fits:
            yield finding


def is_mended(before: FileReport, after: FileReport, code: str) -> bool:
    """Whether less of `code` is left, and no more of anything else."""
    found, left = wrong(before), wrong(after)
    return (
        after.analysis.status is Status.ANALYSED
        and not left - found
        and (not code or left[code] < found[code])
    )
