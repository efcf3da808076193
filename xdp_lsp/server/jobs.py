"""What worker processes do for the server: a request of one kind or another in, its results out."""

from __future__ import annotations

from collections.abc import Generator

from xdp_lsp.ide.actions import Action, ActionsRequest, find_actions
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.jobs import CheckRequest, check
from xdp_lsp.pipeline.logs import LogReport, LogRequest, explain_log
from xdp_lsp.pipeline.workspace import Batch, IndexRequest, answer
from xdp_lsp.server.worker_process import Control


def run(
    request: CheckRequest | ActionsRequest | LogRequest | IndexRequest, control: Control
) -> Generator[FileReport | Action | LogReport | Batch, None, None]:
    """The reports of a check, the actions that are found one by one, what a log says, or what a folder holds."""
    if isinstance(request, ActionsRequest):
        yield from find_actions(request, control)
    elif isinstance(request, LogRequest):
        yield explain_log(request, control.runs)
    elif isinstance(request, IndexRequest):
        yield from answer(request)
    else:
        yield from check(request, control)
