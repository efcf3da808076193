"""The settings that the client gives: initializationOptions, workspace/configuration, didChangeConfiguration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from xdp_lsp.server.trust import RESTRICTED

SECTION = "xdp-lsp"
ANSWER_LIMIT = 3.0  # seconds that the first check waits for the client to tell its settings

_log = logging.getLogger(__name__)


class ClientSettings:
    """The client's own settings, unchecked; `on_change` is called whenever they may be others.

    `chosen` is what the user chose by a command: it lasts as long as the session, and wins.
    """

    def __init__(
        self, server: LanguageServer, initialize: types.InitializeParams, on_change: Callable[[], None]
    ) -> None:
        self._server = server
        self._on_change = on_change
        options = _mapping(initialize.initialization_options)
        self._options = {name: value for name, value in options.items() if name != RESTRICTED}
        self._configuration: Mapping[str, object] = {}
        self.chosen: Mapping[str, object] = {}
        workspace = initialize.capabilities.workspace
        self._can_be_asked = bool(workspace and workspace.configuration)
        self._asking: asyncio.Task[None] | None = None
        self.are_known = not self._can_be_asked

    @property
    def values(self) -> dict[str, object]:
        """What was chosen, over what is configured."""
        return {**self.configured, **self.chosen}

    @property
    def configured(self) -> dict[str, object]:
        """What is configured, over the options of the start. None stands for what is not set."""
        configured = {name: value for name, value in self._configuration.items() if value is not None}
        return {**self._options, **configured}

    def ask(self) -> None:
        """Ask for the settings, where the client can be asked; `on_change` follows."""
        if self._can_be_asked:
            if self._asking is not None:
                self._asking.cancel()
            self._asking = asyncio.get_running_loop().create_task(self._ask())

    def ask_once(self) -> None:
        """Ask if that has not been done yet."""
        if self._asking is None:
            self.ask()

    def changed(self, pushed: Any) -> None:
        """The client says that its settings have changed, and perhaps to what."""
        if self._can_be_asked:
            self.ask()
            return
        settings = _mapping(pushed)
        self._configuration = _mapping(settings[SECTION]) if SECTION in settings else settings
        self._on_change()

    async def _ask(self) -> None:
        params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
        try:
            answer = await asyncio.wait_for(
                self._server.workspace_configuration_async(params), None if self.are_known else ANSWER_LIMIT
            )
            self._configuration = _mapping(answer[0] if answer else None)
        except asyncio.TimeoutError:
            _log.warning("The client did not tell its settings within %g s.", ANSWER_LIMIT)
        except JsonRpcException as error:
            _log.warning("The client does not tell its settings: %s", error)
        self.are_known = True
        self._on_change()


def _mapping(value: Any) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
