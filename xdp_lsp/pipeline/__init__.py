"""From a file to its report: clang, objects, analysis, in the order in which a user wants the answers.

Knows nothing of editors; what it returns can be sent from process to process.
"""

from typing import TYPE_CHECKING

from xdp_lsp.on_demand import exported
from xdp_lsp.pipeline.flags import configurations_of
from xdp_lsp.pipeline.report import Compiled, FileReport, SourceSnapshot, Timings
from xdp_lsp.pipeline.surroundings import with_surroundings
from xdp_lsp.pipeline.toolchains import toolchain_of

if TYPE_CHECKING:
    from xdp_lsp.pipeline.check import analyse_built, analyse_path, analyse_source
    from xdp_lsp.pipeline.insight import with_insight

__all__ = [
    "Compiled",
    "FileReport",
    "SourceSnapshot",
    "Timings",
    "analyse_built",
    "analyse_path",
    "analyse_source",
    "configurations_of",
    "toolchain_of",
    "with_insight",
    "with_surroundings",
]


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("check", "insight"))
