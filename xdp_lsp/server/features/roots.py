"""Headers and parts of unity builds: a lens on their first line that names the roots they are seen through, and the
command behind it, which chooses the one whose hovers, hints and lenses are shown."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

from xdp_lsp.analysis.words import count, some
from xdp_lsp.ide import State
from xdp_lsp.server.background_roots import is_c
from xdp_lsp.server.roots import Freshness, Root, RootState

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer
    from xdp_lsp.server.documents import Document
    from xdp_lsp.server.session import Session

CHOOSE_ROOT = "xdp-lsp.chooseRoot"

_WORST = "the worst of them"
_MOST_NAMES = 4
_START = types.Range(types.Position(0, 0), types.Position(0, 0))


def register(server: XdpServer) -> None:
    async def choose(
        *arguments: Any,
    ) -> None:  # pygls reads the annotations, which cannot name the server's class here
        await choose_root(server, *arguments)

    server.command(CHOOSE_ROOT)(choose)


class _Seen(NamedTuple):
    """The roots that a document is seen through, the nearest first. `known` are known to include it, `coming` are being
    looked at; of what is neither nothing can be said, since it does not compile, say. There are `left_out` more."""

    roots: tuple[Root, ...]
    known: tuple[Root, ...]
    coming: tuple[Root, ...]
    left_out: int


def root_lens(session: Session, uri: str) -> types.CodeLens | None:
    """None where `uri` is a root itself, or is seen through none."""
    document = session.documents.get(uri)
    if document is None or not is_c(document):
        return None
    seen = _seen(session, document)
    if seen is None or not seen.roots:
        return None
    settings = session.roots[seen.roots[0]].settings
    if not settings.code_lens:
        return None
    command = types.Command(_title(session, uri, seen), CHOOSE_ROOT, arguments=[uri])
    return types.CodeLens(_START, command)


def _seen(session: Session, document: Document) -> _Seen | None:
    if any(root.file == document.key for root in session.roots):
        return None
    order = {key: number for number, key in enumerate(session.background.of(document))}
    states = session.roots
    roots = [one for one, state in states.items() if state.is_root_of(document.key) or one.file in order]
    roots.sort(key=lambda root: (order.get(root.file, len(order)), root.file))
    known = tuple(one for one in roots if states[one].is_root_of(document.key))
    coming = tuple(one for one in roots if one not in known and session.checks.is_coming(one))
    return _Seen(tuple(roots), known, coming, session.background.left_out(document))


def _title(session: Session, uri: str, seen: _Seen) -> str:
    """`checked as part of xdp_fwd.c, xdp_lb.c and 12 more · worst: xdp_lb.c, short by 24`"""
    names = list(dict.fromkeys(_name(session, root) for root in seen.roots))
    more = max(len(names) - _MOST_NAMES, 0) + seen.left_out
    rest = f" and {more} more" if more > 0 else ""
    chosen = session.views.chosen(uri)
    unknown = (one for one in seen.roots if one not in seen.known and one not in seen.coming)
    failed = list(dict.fromkeys(_name(session, one) for one in unknown))  # of several configurations once
    earlier = list(dict.fromkeys(_name(session, one) for one in seen.known if _is_broken(session, one)))
    parts = (
        f"checked as part of {', '.join(names[:_MOST_NAMES])}{rest}",
        f"seen in {_name(session, chosen)}" if chosen in seen.known else "",
        _worst(session, seen.known),
        f"{some(earlier)} {Freshness.BROKEN.words}" if earlier else "",
        f"{some(failed)} not analysed" if failed else "",
        "being analysed" if seen.coming else "",
    )
    return " · ".join(filter(None, parts))


def _is_broken(session: Session, root: Root) -> bool:
    """Whether what is told of `root` is of a text before the newest, which does not compile."""
    state = session.roots[root]
    if state.finished is None:
        return False
    return state.freshness(session.documents, is_busy=session.checks.is_busy(root)) is Freshness.BROKEN


def _worst(session: Session, roots: tuple[Root, ...]) -> str:
    told = []
    for root in roots:
        state = session.roots[root]
        if state.finished is not None:
            found = session.summaries.of(root, state.finished.report)
            told.append((found.state.rank, found.weight, root, found))
    if not told:
        return ""
    _, _, root, found = max(told, key=lambda one: one[:2])
    if len(told) == 1 or found.state in (State.FITS, State.NONE):
        return found.text
    return f"worst: {_name(session, root)}, {found.text}"


def _name(session: Session, root: Root | None) -> str:
    state: RootState | None = session.roots.get(root) if root is not None else None
    return PurePath(state.document.path).name if state is not None else ""


async def choose_root(ls: XdpServer, *arguments: Any) -> None:
    """See a header or a part by one of its roots.

    The arguments are its URI and, optionally, that of the root; null for the worst. Without it the user is asked.
    """
    session = ls.session
    document = session.documents.get(str(arguments[0])) if session is not None and arguments else None
    seen = _seen(session, document) if session is not None and document is not None else None
    if session is None or document is None or seen is None:
        return
    by_uri = {session.roots[root].document.uri: root for root in seen.known}
    if len(arguments) > 1:
        root = by_uri.get(str(arguments[1]))
    else:
        titles = _titles(session, seen.known)
        answer = await _ask(ls, document, titles)
        if answer is None:
            return
        root = titles.get(answer)
    session.views.choose(document.uri, root)
    session.refresh.soon()


def _titles(session: Session, roots: tuple[Root, ...]) -> dict[str, Root]:
    """The roots by name, by path where two have one name."""
    names = [_name(session, root) for root in roots]
    return {
        name if names.count(name) == 1 else session.roots[root].document.path: root
        for name, root in zip(names, roots, strict=True)
    }


async def _ask(ls: XdpServer, document: Document, titles: dict[str, Root]) -> str | None:
    name = PurePath(document.path).name
    question = f"xdp-lsp: {name} is checked as part of {count(len(titles), 'file')}; the one to see it in"
    items = [types.MessageActionItem(title) for title in (*titles, _WORST)]
    answer = await ls.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Info, question, items)
    )
    return answer.title if answer is not None else None
