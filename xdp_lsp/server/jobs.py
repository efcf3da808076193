"""What worker processes do for the server: a request of one kind or another in, its results out.

A worker starts with what a check takes; the rest is imported by the first request of its kind.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.jobs import CheckRequest, check
from xdp_lsp.pipeline.workspace import Batch, IndexRequest, answer
from xdp_lsp.server.worker_process import Control

if TYPE_CHECKING:
    from xdp_lsp.ide.actions import Action, ActionsRequest
    from xdp_lsp.pipeline.logs import LogReport, LogRequest


def run(
    request: CheckRequest | ActionsRequest | LogRequest | IndexRequest, control: Control
) -> Generator[FileReport | Action | LogReport | Batch, None, None]:
    """The reports of a check, the actions that are found one by one, what a log says, or what a folder holds."""
    if isinstance(request, CheckRequest):
        yield from check(request, control)
    elif isinstance(request, IndexRequest):
        yield from answer(request)
    else:
        yield from _rare(request, control)


def _rare(
    request: ActionsRequest | LogRequest, control: Control
) -> Generator[Action | LogReport, None, None]:
    from xdp_lsp.ide.actions import ActionsRequest, find_actions  # noqa: PLC0415 - see above
    from xdp_lsp.pipeline.logs import explain_log  # noqa: PLC0415

    if isinstance(request, ActionsRequest):
        yield from find_actions(request, control)
    else:
        yield explain_log(request, control.runs)
