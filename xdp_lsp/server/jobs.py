"""What worker processes do for the server: a request of one kind or another in, its results out.

The server hands this to them and does none of it: what it takes is imported by `prepare` in a worker, the rare by the
first request of its kind.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.request import CheckRequest
from xdp_lsp.pipeline.workspace import Batch, IndexRequest, answer
from xdp_lsp.server.worker_process import Control

if TYPE_CHECKING:
    from xdp_lsp.ide.actions import Action, ActionsRequest
    from xdp_lsp.pipeline.log_report import LogReport, LogRequest


def prepare() -> None:
    """What a check takes, before the first one."""
    from xdp_lsp.pipeline import jobs  # noqa: F401, PLC0415


def run(
    request: CheckRequest | ActionsRequest | LogRequest | IndexRequest, control: Control
) -> Generator[FileReport | Action | LogReport | Batch, None, None]:
    """The reports of a check, the actions that are found one by one, what a log says, or what a folder holds."""
    if isinstance(request, CheckRequest):
        from xdp_lsp.pipeline.jobs import check  # noqa: PLC0415

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
