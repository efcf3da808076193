"""workspace/executeCommand: what lenses and actions do that no edit does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from xdp_lsp.headroom import TargetError, groups

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer

CHOOSE_TARGETS = "xdp-lsp.chooseTargets"
SHOW_BYTECODE = "xdp-lsp.showBytecode"

_CONFIGURED = "as configured"


def register(server: XdpServer) -> None:
    async def choose(
        *chosen: Any,
    ) -> None:  # pygls reads the annotations, which cannot name the server's class here
        await choose_targets(server, *chosen)

    server.command(CHOOSE_TARGETS)(choose)


async def choose_targets(ls: XdpServer, *chosen: Any) -> None:
    """Holds the open files against other targets, for this session.

    The arguments are targets, or one list of them, as the setting has them; an empty list goes back to what is
    configured. Without arguments the user is asked for a group.
    """
    if ls.session is None:
        return
    if len(chosen) == 1 and isinstance(chosen[0], list):
        [chosen] = chosen
        answer: tuple[Any, ...] | None = tuple(chosen)
    else:
        answer = chosen or await _ask(ls)
    if answer is None:
        return
    try:
        ls.session.choose_targets([str(spec) for spec in answer])
    except TargetError as error:
        message = f"xdp-lsp: {error}"
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))


async def _ask(ls: XdpServer) -> tuple[str, ...] | None:
    """A group, or () for what is configured; None where the user wants neither."""
    items = [types.MessageActionItem(name) for name in (*groups(), _CONFIGURED)]
    question = "xdp-lsp: the targets that programs must fit"
    answer = await ls.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Info, question, items)
    )
    if answer is None:
        return None
    return () if answer.title == _CONFIGURED else (answer.title,)
