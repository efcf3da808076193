"""What the user asks, and chooses. Each step tells what it did."""

from __future__ import annotations

from typing import Any

from tests.endurance.desk import Desk

TARGETS = ([], ["all"], ["ice"], ["sfc", "veth"], ["none at all"], ["140"])


def ask(desk: Desk) -> str | None:
    question = _question(desk)
    if question is not None:
        desk.begin(*question)
    return question[0] if question else None


def cancel(desk: Desk) -> str | None:
    """Ask, and think better of it."""
    question = _question(desk)
    if question is not None:
        desk.client.cancel(desk.begin(*question))
    if desk.requests and desk.random.random() < 0.3:
        desk.client.cancel(desk.requests[0][0])
    return question[0] if question else None


def _question(desk: Desk) -> tuple[str, Any] | None:
    text = desk.any_open()
    if text is None:
        return None
    starts = text.line_starts()
    line = desk.random.randrange(len(starts))
    places = text.calls()
    place = desk.random.choice(places) if places and desk.random.random() < 0.7 else None
    place = place or text.position(starts, line, desk.random.randint(0, 30))
    method = desk.random.choice(("hover", "hover", "inlayHint", "codeLens"))
    params: dict[str, Any] = {"textDocument": {"uri": text.uri}}
    if method == "hover":
        params["position"] = place
    elif method == "inlayHint":
        params["range"] = text.whole_range()
    return f"textDocument/{method}", params


def ask_ours(desk: Desk) -> str | None:
    """Requests that are in no protocol but our own."""
    text = desk.any_open()
    if text is None:
        return None
    method = desk.random.choice(("bytecode", "targets", "configurations", "fits"))
    params: dict[str, Any] = {"textDocument": {"uri": text.uri}}
    if method == "fits":
        params["position"] = {"line": 1, "character": 0}
    desk.begin(f"xdp-lsp/{method}", params)
    return method


def act(desk: Desk) -> str | None:
    text = desk.any_open()
    calls = text.calls() if text is not None else []
    if text is None or not calls:
        return None
    place = desk.random.choice(calls)
    params = {
        "textDocument": {"uri": text.uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": []},
    }
    request = desk.begin("textDocument/codeAction", params)
    if desk.random.random() < 0.4:
        desk.client.cancel(request)
    return text.path.name


def choose_targets(desk: Desk) -> str:
    targets = desk.random.choice(TARGETS)
    desk.command("chooseTargets", targets)
    return str(targets)


def choose_configuration(desk: Desk) -> str:
    text, name = desk.any_open(), desk.random.choice(("one", "two", "three", "default"))
    if text is not None:
        desk.command("chooseConfiguration", text.uri, name)
    return name


def choose_root(desk: Desk) -> str | None:
    headers = [one for one in desk.texts.values() if one.path.suffix == ".h"]
    if not headers:
        return None
    header = desk.random.choice(headers)
    root = desk.random.choice((None, desk.random.choice(desk.likely).as_uri()))
    desk.command("chooseRoot", header.uri, root)
    return header.path.name
