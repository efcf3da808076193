"""Which configuration of a file is looked at, for those that have several.

- `xdp-lsp/configurations`: its parameters are a `textDocument`; null where that is no open C file.
- `xdp-lsp.chooseConfiguration`, a command: a document, and the name of one of its configurations; without a name the
  user is asked.

`docs/clients.md` shows the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from xdp_lsp.ide import State, Summary
from xdp_lsp.server.features.parameters import text_at
from xdp_lsp.server.roots import Root

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer
    from xdp_lsp.server.session import Session

CONFIGURATIONS = "xdp-lsp/configurations"
CHOOSE_CONFIGURATION = "xdp-lsp.chooseConfiguration"


def register(server: XdpServer) -> None:
    async def choose(
        *chosen: Any,
    ) -> None:  # pygls reads the annotations, which cannot name the server's class here
        await choose_configuration(server, *chosen)

    server.command(CHOOSE_CONFIGURATION)(choose)
    server.feature(CONFIGURATIONS)(_configurations)


async def choose_configuration(ls: XdpServer, uri: Any = None, name: Any = None) -> None:
    """Answers questions about the C file `uri` from its configuration `name`, until another is chosen."""
    session = ls.session
    roots = _roots_of(session, uri) if session is not None and isinstance(uri, str) else []
    if session is None or len(roots) < 2:
        _warn(ls, f"{uri or 'no file'} is not open, or has no configurations to choose from")
        return
    names = [session.configurations.name_of(root) for root in roots]
    if name is None:
        items = [types.MessageActionItem(one) for one in names]
        question = "xdp-lsp: the configuration to look at"
        answer = await ls.window_show_message_request_async(
            types.ShowMessageRequestParams(types.MessageType.Info, question, items)
        )
        if answer is None:
            return
        name = answer.title
    document = session.documents.get(uri)
    if document is None or not session.choose_configuration(document, str(name)):
        _warn(ls, f"there is no configuration {name}; there are {', '.join(names)}")


def lens_of(session: Session, uri: str) -> types.Command | None:
    """`configuration mtu9000 (2 of 3); worst: mtu1500, short by 24`: None where there is no choice."""
    roots = _roots_of(session, uri)
    if len(roots) < 2:
        return None
    seen = session.configurations.looked_at(roots[0].file)
    at, name = roots.index(seen) + 1, session.configurations.name_of(seen)
    rest = _rest(session, seen, roots)
    title = f"configuration {name} ({at} of {len(roots)})" + (f"; {rest}" if rest else "")
    return types.Command(title, CHOOSE_CONFIGURATION, arguments=[uri])


def _rest(session: Session, seen: Root, roots: list[Root]) -> str:
    """How the others stand beside the one that is looked at."""
    known = {root: found for root in roots if (found := _summary(session, root)) is not None}
    if len(known) < len(roots):
        return "the others are being checked" if seen in known else ""
    worst = max(roots, key=lambda root: (known[root].state.rank, known[root].weight))
    if (known[worst].state.rank, known[worst].weight) > (known[seen].state.rank, known[seen].weight):
        return f"worst: {session.configurations.name_of(worst)}, {known[worst].text}"
    alike = all((known[root].state, known[root].text) == known[seen][:2] for root in roots)
    return "all the same" if alike else "none is worse"


def _configurations(ls: XdpServer, params: Any) -> dict[str, object] | None:
    uri = text_at(params, "textDocument", "uri")
    roots = _roots_of(ls.session, uri) if ls.session is not None and uri is not None else []
    if ls.session is None or not roots:
        return None
    configurations = ls.session.configurations
    return {
        "chosen": configurations.name_of(configurations.looked_at(roots[0].file)),
        "configurations": [_shown(ls.session, root) for root in roots],
    }


def _shown(session: Session, root: Root) -> dict[str, object]:
    found = _summary(session, root)
    state, text = (State.ANALYSING, "analysing") if found is None else (found.state, found.text)
    return {"name": session.configurations.name_of(root), "state": state.value, "text": text}


def _summary(session: Session, root: Root) -> Summary | None:
    """How a configuration stands by its newest report; None where there is none yet."""
    newest = session.roots[root].newest
    return None if newest is None else session.summaries.of(root, newest.report)


def _roots_of(session: Session, uri: str) -> list[Root]:
    """The roots of the open document `uri`, in the order of its configurations."""
    document = session.documents.get(uri)
    wanted = session.configurations.wanted(document.key) if document is not None else []
    return [root for root in wanted if root in session.roots]


def _warn(ls: XdpServer, message: str) -> None:
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"xdp-lsp: {message}."))
