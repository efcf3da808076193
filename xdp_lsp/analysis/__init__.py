"""Object bytes and targets in, a `FileAnalysis` out. Pure: touches no file and no process."""

from xdp_lsp.analysis.analyse import Question, analyse_object
from xdp_lsp.analysis.chain import Link
from xdp_lsp.analysis.result import (
    CallAnalysis,
    FileAnalysis,
    ProgramAnalysis,
    RedirectAnalysis,
    Status,
    TargetVerdict,
    Verdict,
)

__all__ = [
    "CallAnalysis",
    "FileAnalysis",
    "Link",
    "ProgramAnalysis",
    "Question",
    "RedirectAnalysis",
    "Status",
    "TargetVerdict",
    "Verdict",
    "analyse_object",
]
