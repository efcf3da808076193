"""From a file to its report: clang, objects, analysis, in the order in which a user wants the answers.

Knows nothing of editors; what it returns can be sent from process to process.
"""

from xdp_lsp.pipeline.check import analyse_built, analyse_path, analyse_source, toolchain_of
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.pipeline.flags import configurations_of
from xdp_lsp.pipeline.insight import with_insight
from xdp_lsp.pipeline.report import Compiled, FileReport, SourceSnapshot, Timings
from xdp_lsp.pipeline.surroundings import with_surroundings

__all__ = [
    "Compiled",
    "FileReport",
    "SourceSnapshot",
    "Timings",
    "analyse_built",
    "analyse_path",
    "analyse_source",
    "configurations_of",
    "enrich",
    "toolchain_of",
    "with_insight",
    "with_surroundings",
]
