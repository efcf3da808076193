"""What has to hold whenever all is in order again: the server says what one says that was just started."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from tests.endurance.client import Client
from tests.endurance.desk import Desk, WrongError
from tests.endurance.processes import Footprint, footprint
from xdp_lsp.checks import headroom_exceeded
from xdp_lsp.server.diagnostics import EARLIER
from xdp_lsp.server.roots import Freshness

HOVERS = 6  # places of a document at which hovers are compared

# Starts a server on the same files.
Fresh = Callable[[], AbstractAsyncContextManager[Client]]


class Figures(NamedTuple):
    """Of one checkpoint. `objects` are the server's, as its garbage collector counts them; `diagnostics` and `answers`
    count what it showed and said."""

    step: int
    footprint: Footprint
    objects: int
    diagnostics: int
    answers: int


class _Said(NamedTuple):
    """By URI of a document the diagnostics of it; by question the answer."""

    diagnostics: dict[str, list[str]]
    answers: dict[str, Any]


async def put_in_order(desk: Desk, share: float) -> None:
    """Nothing is full, lost or slow; all texts are saved, that `share` of them as they were at first. Raises
    WrongError."""
    client = desk.client
    client.resume()
    desk.disk.restore()
    desk.slow_until = desk.full_until = 0
    desk.command("chooseTargets", [])
    for text in desk.texts.values():
        if desk.random.random() < share and text.path in desk.original:
            desk.change(text, [text.whole(desk.original[text.path])])  # it compiles
        desk.save(text, includes_text=False)
    if desk.unnoticed:
        desk.notice({})
    await client.answered()
    for text in desk.texts.values():
        if text.path.suffix == ".h":
            await _execute(client, "chooseRoot", text.uri, None)
    await client.ask("endurance/idle", None)
    for text in desk.texts.values():
        known = await client.ask("xdp-lsp/configurations", {"textDocument": {"uri": text.uri}})
        if known is not None:
            await _execute(client, "chooseConfiguration", text.uri, known["configurations"][0]["name"])
    if client.wrong:
        raise WrongError("\n".join(client.wrong))


async def _execute(client: Client, name: str, *arguments: Any) -> None:
    params = {"command": f"xdp-lsp.{name}", "arguments": list(arguments)}
    await client.ask("workspace/executeCommand", params)


async def figures(desk: Desk, fresh: Fresh | None) -> Figures:
    """Those of the server as it is; what it says is compared with what a `fresh` one says. Raises WrongError."""
    client = desk.client
    state = await _idle(client)
    for text in desk.texts.values():
        if state["texts"].get(text.uri) != text.text:
            raise WrongError(f"the server holds another text of {text.path}")
    said = await _said(desk, client)
    marks = footprint(client.process.pid)
    answers = sum(1 for answer in said.answers.values() if answer)
    shown = sum(map(len, said.diagnostics.values()))
    if fresh is not None:
        async with fresh() as other:
            for text in desk.texts.values():
                other.tell("textDocument/didOpen", {"textDocument": text.item})
            await _idle(other)
            _compare(desk, said, await _said(desk, other))
    return Figures(desk.number, marks, state["objects"], shown, answers)


async def _idle(client: Client) -> dict[str, Any]:
    state: dict[str, Any] = await client.ask("endurance/idle", None)
    if state["busy"]:
        raise WrongError(f"a server does not come to an end: {state['busy']}")
    return state


async def _said(desk: Desk, client: Client) -> _Said:
    answers: dict[str, Any] = {}
    for text in desk.texts.values():
        document = {"uri": text.uri}
        for place in text.calls()[:HOVERS]:
            params = {"textDocument": document, "position": place}
            answers[f"hover {text.uri} {place}"] = await client.ask("textDocument/hover", params)
        for method, params in (
            ("inlayHint", {"textDocument": document, "range": text.whole_range()}),
            ("codeLens", {"textDocument": document}),
        ):
            answers[f"{method} {text.uri}"] = await client.ask(f"textDocument/{method}", params)
    normal = {uri: _normal(found) for uri, found in client.published.items()}
    return _Said({uri: found for uri, found in normal.items() if found}, answers)


def _normal(diagnostics: list[dict[str, Any]]) -> list[str]:
    """Without what is told to be of an earlier text, which a fresh server has not seen."""
    kept = [one for one in diagnostics if not one["message"].endswith(EARLIER)]
    for one in kept:
        one.pop("codeDescription", None)  # a file of each server's own cache
    return sorted(json.dumps(one, sort_keys=True) for one in kept)


def _compare(desk: Desk, said: _Said, expected: _Said) -> None:
    """Raises WrongError. The answers of documents that do not compile are left out: a fresh server has none."""
    _differ("diagnostics", said.diagnostics, expected.diagnostics)
    broken = [uri for uri in desk.texts if _does_not_compile(uri, said, expected)]

    def counted(answers: Mapping[str, Any]) -> dict[str, Any]:
        return {key: answer for key, answer in answers.items() if not any(uri in key for uri in broken)}

    _differ("answers", counted(said.answers), counted(expected.answers))


def _does_not_compile(uri: str, said: _Said, expected: _Said) -> bool:
    """Whether `said` answers questions about a document from an earlier text, and says so, or may do so."""
    told = json.dumps([answer for key, answer in said.answers.items() if uri in key])
    shown = map(json.loads, expected.diagnostics.get(uri, ()))
    is_error = any(one["severity"] == 1 and one.get("code") != headroom_exceeded.CODE for one in shown)
    return Freshness.BROKEN.words in told or is_error


def _differ(what: str, said: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    wrong = []
    for key in sorted(said.keys() | expected.keys()):
        if said.get(key) != expected.get(key):
            wrong.append(f"{key}\n  said:     {said.get(key)}\n  expected: {expected.get(key)}")
    if wrong:
        raise WrongError(f"other {what} than a fresh server's:\n" + "\n".join(wrong))
