"""Where pygls leaves a request without an answer, or answers what is out of turn: here each gets the protocol's answer.

Source: LSP 3.18, "Lifecycle Messages", and JSON-RPC 2.0, "Response object".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCResponseMessage

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


class Protocol(LanguageServerProtocol):
    """Answers every request, whatever is in it and whenever it comes."""

    _server: XdpServer

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message that is not made as the protocol says is no message; a request of that kind is told so."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if isinstance(data.get("id"), (int, str)) and "method" in data:
                self._refuse(data["id"], error)
            raise

    def handle_message(self, message: Any) -> None:
        refusal = self._refusal(message) if hasattr(message, "id") and hasattr(message, "method") else None
        if refusal is not None:
            self._refuse(message.id, refusal)
        else:
            super().handle_message(message)

    def _refusal(self, request: Any) -> JsonRpcException | None:
        """What is wrong with the turn at which `request` comes."""
        if self._shutdown:
            return JsonRpcInvalidRequest("The server was told to shut down.")
        is_first = request.method == types.INITIALIZE
        if self._server.session is None:
            return None if is_first else JsonRpcServerNotInitialized("The server is not initialized.")
        return JsonRpcInvalidRequest("The server is initialized already.") if is_first else None

    def _refuse(self, request: int | str, error: JsonRpcException) -> None:
        self._send_response(request, error=error.to_response_error())

    def _serialize_message(self, data: Any) -> dict[str, Any]:
        # What is plain already is not walked through once more: a listing has thousands of rows.
        if isinstance(data, JsonRPCResponseMessage) and isinstance(data.result, dict):
            return {"id": data.id, "jsonrpc": data.jsonrpc, "result": data.result}
        return super()._serialize_message(data)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        # pygls cancels what waits while it walks over it; but what is cancelled may leave at once.
        current = self.msg_id
        for request, waiting in list(self._request_futures.items()):
            if request != current:
                waiting.cancel()
        yield from super().lsp_shutdown(*args)
