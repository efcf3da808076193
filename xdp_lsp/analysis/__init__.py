"""Object bytes and targets in, a `FileAnalysis` out. Pure: touches no file and no process."""

from typing import TYPE_CHECKING

from xdp_lsp.analysis.result import (
    CallAnalysis,
    FileAnalysis,
    ProgramAnalysis,
    RedirectAnalysis,
    Status,
    TargetVerdict,
    Verdict,
)
from xdp_lsp.on_demand import exported

if TYPE_CHECKING:
    from xdp_lsp.analysis.analyse import Question, analyse_object
    from xdp_lsp.analysis.chain import Link

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


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("analyse", "chain"))
