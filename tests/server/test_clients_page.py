"""What `docs/clients.md` says to writers of clients, against the server itself."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from editor import Client, capabilities, connected
from lsprotocol import types
from programs import TOO_MUCH

from xdp_lsp.checks.registry import manual
from xdp_lsp.ide import State
from xdp_lsp.ide.choices import driver_choices, group_choices
from xdp_lsp.server.background_roots import MOST_ROOTS
from xdp_lsp.server.features import bytecode, configurations, hover, targets
from xdp_lsp.server.features import manual as manual_request
from xdp_lsp.server.features.commands import CHOOSE_TARGETS, SHOW_BYTECODE
from xdp_lsp.server.features.configurations import CHOOSE_CONFIGURATION
from xdp_lsp.server.features.roots import CHOOSE_ROOT
from xdp_lsp.server.listings import CHANGED
from xdp_lsp.server.status import PATIENCE, STATUS
from xdp_lsp.settings import reference

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
OURS = {bytecode.REQUEST, configurations.CONFIGURATIONS, manual_request.MANUAL, targets.FITS, targets.TARGETS}

# An editor that lets everything be registered.
CAPABLE = capabilities(
    experimental={"xdp-lsp": {"status": True}},
    workspace=types.WorkspaceClientCapabilities(
        text_document_content=types.TextDocumentContentClientCapabilities(dynamic_registration=True)
    ),
)
CAPABLE.text_document.definition = types.DefinitionClientCapabilities(dynamic_registration=True)
CAPABLE.text_document.document_symbol = types.DocumentSymbolClientCapabilities(dynamic_registration=True)
CAPABLE.text_document.folding_range = types.FoldingRangeClientCapabilities(dynamic_registration=True)
CAPABLE.text_document.semantic_tokens = types.SemanticTokensClientCapabilities(
    types.ClientSemanticTokensRequestOptions(full=True), [], [], [], dynamic_registration=True
)
CAPABLE.text_document.document_highlight = types.DocumentHighlightClientCapabilities(
    dynamic_registration=True
)


def section(heading: str) -> str:
    """What stands under a heading of any level, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, heading
    return found[1]


def examples(heading: str) -> list[Any]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", section(heading), re.DOTALL)]


def first_cells(heading: str) -> list[str]:
    """The code at the beginning of each row of the tables there."""
    return re.findall(r"^\| `([^`]+)` \|", section(heading), re.MULTILINE)


def shape(value: Any) -> Any:
    """What `value` is made of; of a list, one of its members."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def plain(value: Any) -> Any:
    """What the test's client makes of JSON, as JSON again."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(one) for one in value]
    if hasattr(value, "_asdict"):
        return {name: plain(one) for name, one in value._asdict().items()}
    return value


async def complete(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The answer, if there is nothing in it that is still missing."""
    answer = plain(await ask())
    return None if answer is None or None in answer.values() or [] in answer.values() else answer


async def with_status(client: Client, folder: Path) -> tuple[str, Any]:
    """The URI of an open program, and what is told of it in the end."""
    told: list[Any] = []
    client.on(STATUS, told.append)
    uri = client.open(folder / "prog.c", TOO_MUCH)
    return uri, await client.until(lambda: next((one for one in told if one.state == "exceeds"), None))


async def test_what_it_answers_is_what_it_says_it_answers(tmp_path: Path) -> None:
    async with connected(CAPABLE) as client:
        await client.until(lambda: client.registered)
        static = {
            types.TEXT_DOCUMENT_HOVER: client.offers.hover_provider,
            types.TEXT_DOCUMENT_INLAY_HINT: client.offers.inlay_hint_provider,
            types.TEXT_DOCUMENT_CODE_LENS: client.offers.code_lens_provider,
            types.TEXT_DOCUMENT_CODE_ACTION: client.offers.code_action_provider,
            types.WORKSPACE_EXECUTE_COMMAND: client.offers.execute_command_provider,
        }
        assert all(static.values())
        offered = {name for name, value in attrs.asdict(client.offers, recurse=False).items() if value}
        assert offered == {
            "position_encoding",
            "text_document_sync",
            "hover_provider",
            "inlay_hint_provider",
            "code_lens_provider",
            "code_action_provider",
            "execute_command_provider",
            "workspace",
        }
        dynamic = {one.method for one in client.registered}
        assert sorted(first_cells("What it answers")) == sorted({*static, *dynamic})
        commands = client.offers.execute_command_provider
        assert commands is not None
        assert set(commands.commands) == {
            CHOOSE_CONFIGURATION,
            CHOOSE_ROOT,
            CHOOSE_TARGETS,
            SHOW_BYTECODE,
        }
        assert set(re.findall(r"^- `([^`]+)`", section("Commands"), re.MULTILINE)) == set(commands.commands)


def test_our_methods_are_all_there() -> None:
    headings = re.findall(r"^### `([^`]+)`", PAGE, re.MULTILINE)
    assert headings == list(dict.fromkeys(headings))
    assert set(headings) == {STATUS, CHANGED, *OURS}
    assert set(re.findall(r"`(xdp-lsp/\w+)`", PAGE)) == set(headings)


async def test_each_answer_has_the_shape_that_is_shown(tmp_path: Path) -> None:
    async with connected(CAPABLE) as client:
        uri, told = await with_status(client, tmp_path)
        assert shape(plain(told)) == shape(examples("`xdp-lsp/status`")[0])
        for method in sorted(OURS):
            parameters, result = examples(f"`{method}`")
            if parameters is not None:
                parameters["textDocument"]["uri"] = uri
            ask = partial(client.lsp.protocol.send_request_async, method, parameters)
            answer = await client.until_answer(partial(complete, ask))
            assert shape(plain(answer)) == shape(result), method
        changed: list[Any] = []
        client.on(CHANGED, changed.append)
        client.save_as(uri, TOO_MUCH.replace("-300", "-200"))
        await client.until(lambda: changed)
        assert shape(plain(changed[0])) == shape(examples(f"`{CHANGED}`")[0])


def test_what_it_quotes_is_so() -> None:
    assert reference() in PAGE
    assert first_cells("`xdp-lsp/status`") == [
        state.value
        for state in (State.NONE, State.ANALYSING, State.FITS, State.EXCEEDS, State.UNKNOWN, State.FAILED)
    ]
    assert f"after {PATIENCE} s" in PAGE
    assert f"up to {MOST_ROOTS},\n" in PAGE
    assert f"waits up to {hover.PATIENCE:g} s for that" in PAGE
    shown = examples("`xdp-lsp/targets`")[1]
    assert shown["groups"] == [group_choices()[0]._asdict()]
    assert shown["drivers"] == [driver_choices()[0]._asdict()]
    [page] = examples("`xdp-lsp/manual`")[1]["pages"]
    assert page["title"] == manual(page["code"]).title
