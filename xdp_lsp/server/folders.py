"""The folders that a client works in, and the settings that hold in each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pygls.lsp.server import LanguageServer

from xdp_lsp.server.client_settings import ClientSettings
from xdp_lsp.server.trust import untrusted_folders
from xdp_lsp.server.uris import path_of
from xdp_lsp.settings import Settings, SettingsProblem, load_settings


class Folders:
    """Those of `server`'s client, whose own settings are `client`; none is trusted where it `is_restricted`.

    `generation` counts how often files have come or gone in them: jobs are told, as for `project.renew_trees`.
    """

    def __init__(self, server: LanguageServer, client: ClientSettings, *, is_restricted: bool) -> None:
        self._server = server
        self._client = client
        self._is_restricted = is_restricted
        self.generation = 0

    def paths(self) -> list[str]:
        uris = (folder.uri for folder in self._server.workspace.folders.values())
        return [path for path in map(path_of, uris) if path is not None]

    def of(self, uri: str | None) -> Path:
        """Where the settings for a document are looked for: beside its file, else in the client's first folder."""
        path = path_of(uri) if uri is not None else None
        if path is not None:
            return Path(path).parent
        paths = self.paths()
        return Path(paths[0]) if paths else Path.cwd()

    def settings_in(
        self, folder: Path, editor: Mapping[str, object] | None = None
    ) -> tuple[Settings, tuple[SettingsProblem, ...]]:
        """The settings for documents in `folder`; `editor` are the client's, by itself those of now."""
        untrusted = untrusted_folders(str(folder), self.paths()) if self._is_restricted else ()
        return load_settings(folder, self._client.values if editor is None else editor, untrusted=untrusted)

    def settings_for(self, uri: str) -> Settings | None:
        """The settings for a document; None until the client's are known."""
        return self.settings_in(self.of(uri))[0] if self._client.are_known else None
