"""Where pygls leaves a request without an answer, or answers what is out of turn: here each gets the protocol's answer.

Source: LSP 3.18, "Lifecycle Messages", and JSON-RPC 2.0, "Response object".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

if TYPE_CHECKING:
    from xdp_lsp.server.app import XdpServer


class Protocol(LanguageServerProtocol):
    """Answers every request, whatever is in it and whenever it comes."""

    _server: XdpServer

    def structure_message(self, data: Any) -> Any:
        """Called for each object in a message, the innermost first: which is the message, `handle_message` knows."""
        return data

    def handle_message(self, message: Any) -> None:
        request = message.get("id") if isinstance(message, dict) and "method" in message else None
        try:
            made = self._made_of(message)
        except JsonRpcException as error:
            if isinstance(request, (int, str)):
                self._refuse(request, error)
            raise
        refusal = self._refusal(made) if hasattr(made, "id") and hasattr(made, "method") else None
        if refusal is not None:
            self._refuse(made.id, refusal)
        else:
            super().handle_message(made)

    def _made_of(self, message: Any) -> Any:
        """The message as the types that the protocol has for it. Raises JsonRpcException where it is none.

        What it has no types for keeps its parameters as they came; they may be left out, as JSON-RPC allows.
        """
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            raise JsonRpcInvalidRequest("This is no message of JSON-RPC 2.0.")
        if "method" not in message:
            return super().structure_message(message)
        method = message["method"]
        if not isinstance(method, str):
            raise JsonRpcInvalidRequest("A method is named by a text.")
        if method in types.METHOD_TO_TYPES:
            return super().structure_message(message)
        version, params = message["jsonrpc"], message.get("params")
        if "id" in message:
            return JsonRPCRequestMessage(message["id"], method, version, params)
        return JsonRPCNotification(method, version, params)

    def _handle_response(
        self, msg_id: int | str, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        waiting = self._request_futures.get(msg_id)
        if waiting is not None and waiting.cancelled():
            # We have ceased to want it, which the client could not know.
            del self._request_futures[msg_id]
        else:
            super()._handle_response(msg_id, result, error)

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
