"""What is asked of `jobs.check`: apart from it, for who asks needs none of what answers."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.pipeline.report import SourceSnapshot
from xdp_lsp.settings import Settings


class CheckRequest(NamedTuple):
    """Check a text that an editor holds."""

    snapshot: SourceSnapshot
    settings: Settings
    may_wait: bool = False  # nobody has it open
    generation: int = 0  # of the files that there are: as for `project.renew_trees`
