"""Round the length of metadata up to what the kernel takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xdp_lsp.checks.metadata_unsupported import CODE
from xdp_lsp.checks.view import ADJUST_META
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.trial import Change, Trier

# include/net/xdp.h xdp_metalen_invalid(): a multiple of four, Linux 4.15 to 7.3.
_STEP = 4


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    """Where it is written as a number."""
    call, text = problem.call, problem.text
    if problem.finding.code != CODE or problem.finding.subject != "alignment" or call.name != ADJUST_META:
        return
    delta = call.children[-1]
    match = re.fullmatch(r"-\s*(\d+)", text[delta.begin : delta.end])
    if match is not None:
        rounded = -(-int(match[1]) // _STEP) * _STEP
        change = Replacement(delta.begin + match.start(1), delta.end, str(rounded))
        title = f"Round the metadata up to {rounded} bytes"
        yield from trier.offer(Change(title, (change,), problem.finding, is_preferred=True))
