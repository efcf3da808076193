"""What the server knows and does: here the client's events and the jobs' arrive, and the parts that deal with them are
put together.

Which roots there are is the affair of `root_table`, what is checked when of `checks`, what is said of `findings`, and
what is answered of `views`. What is said is for the text that was checked; where the user has typed on by then, every
range is moved by the edits made since, and what marks text that was touched is left out (see `publisher`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp.analysis import Status
from xdp_lsp.headroom import resolve
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.request import CheckRequest
from xdp_lsp.project import is_flag_file
from xdp_lsp.server.background_roots import BackgroundRoots
from xdp_lsp.server.checks import Checks
from xdp_lsp.server.client_settings import ClientSettings
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.diagnostics import style_of
from xdp_lsp.server.documents import Document, Documents
from xdp_lsp.server.findings import Findings
from xdp_lsp.server.folders import Folders
from xdp_lsp.server.listings import Listings
from xdp_lsp.server.manual_pages import page_uri
from xdp_lsp.server.progress import Progress
from xdp_lsp.server.publisher import Publisher
from xdp_lsp.server.refresh import Refresh
from xdp_lsp.server.reloads import Reloads
from xdp_lsp.server.root_table import RootTable
from xdp_lsp.server.roots import Root, RootState, includers
from xdp_lsp.server.status import StatusBar
from xdp_lsp.server.summaries import Summaries
from xdp_lsp.server.trust import is_restricted
from xdp_lsp.server.verifier_log import VerifierLogs
from xdp_lsp.server.views import Views
from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.server.workspace import Workspaces
from xdp_lsp.settings import FILE_NAME
from xdp_lsp.source import Encoding, exists, path_key


class Session:
    """One client, from `initialize` on. Files are known by their `path_key`."""

    def __init__(self, server: LanguageServer, pool: WorkerPool, initialize: types.InitializeParams) -> None:
        self._server = server
        self._encoding = Encoding(server.workspace.position_encoding)
        self.client = initialize.client_info.name if initialize.client_info is not None else ""
        self.documents = Documents()
        self._reloads = Reloads()
        self._roots: dict[Root, RootState] = {}  # what `root_table` makes of it
        self.configurations = Configurations()
        self.summaries = Summaries(self._roots)
        self.refresh = Refresh(server, initialize.capabilities)
        self.settings = ClientSettings(server, initialize, self._outdate)
        restricted = is_restricted(initialize)
        self.folders = Folders(server, self.settings, is_restricted=restricted)
        self._progress: Progress[Root] = Progress(server)
        self._workspaces = Workspaces(
            server,
            pool.background,
            folders=self.folders,
            settings=lambda: self.settings.values if self.settings.are_known else None,
            on_news=self._reindexed,
        )
        self.background = BackgroundRoots(
            self.documents, self._roots, None if restricted else self._workspaces
        )
        self.checks = Checks(
            pool,
            self,
            self.documents,
            self._roots,
            settings=self.settings,
            folders=self.folders,
            background=self.background,
            configurations=self.configurations,
            on_ask=self._stir,
        )
        self.views = Views(
            self.documents,
            self._roots,
            self._encoding,
            summaries=self.summaries,
            background=self.background,
            configurations=self.configurations,
            is_busy=self.checks.is_busy,
        )
        self._status = StatusBar(
            server,
            initialize,
            self.documents,
            self._roots,
            summaries=self.summaries,
            background=self.background,
            configurations=self.configurations,
            is_busy=self.checks.is_busy,
            is_waiting=self.checks.is_waiting,
        )
        self.listings = Listings(server, initialize.capabilities, self.views)
        style = style_of(initialize.capabilities, self._encoding, self.views.uri_of, page_uri)
        self._publisher = Publisher(
            self.documents,
            server.text_document_publish_diagnostics,
            partial(includers, self._roots),
            self.configurations,
        )
        self._findings = Findings(
            server,
            self.documents,
            self._roots,
            background=self.background,
            publisher=self._publisher,
            style=style,
        )
        self._root_table = RootTable(
            self.documents,
            self._roots,
            background=self.background,
            configurations=self.configurations,
            checks=self.checks,
            findings=self._findings,
            publisher=self._publisher,
            on_change=self._renew,
        )
        self._logs = VerifierLogs(
            pool,
            self.documents,
            style,
            self._publisher,
            settings_for=self.folders.settings_for,
            folders=self.folders.paths,
        )

    @property
    def roots(self) -> Mapping[Root, RootState]:
        """Those that are open, and those that are held in the background."""
        return self._roots

    # What the client does

    def opened(self, document: Document, language: str) -> None:
        if self.listings.given(document.uri) is not None:
            return  # ours
        document.language = language
        document.is_new = document.is_file and not exists(document.path)
        self.documents.open(document)
        self.background.need(document)
        self._stir()
        self._root_table.opened(document)
        self._logs.opened(document, language)

    def changed(
        self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]
    ) -> None:
        document = self.documents.get(uri)
        if document is not None:
            self._stir()
            edits = document.change(version, changes, self._encoding)
            self._publisher.shift(document, edits)
            self._logs.changed(document, edits)
            if self._reloads.is_one(document):
                self.saved(uri, None)
            else:
                self.checks.follow(document)

    def saved(self, uri: str, text: str | None) -> None:
        document = self.documents.get(uri)
        if document is None:
            return
        self._reloads.forget(document.key)
        if document.is_new:
            document.is_new = False
            self.folders.generation += 1
        self._publisher.shift(document, document.save(text, self._encoding))
        for root in self._root_table.of(document):
            self.checks.check(root)
        self._logs.saved(document)
        self.checks.check_dependents(document.key)
        if self.background.changed(document.key):
            self._root_table.reconsider_background()
        self._workspaces.changed([document.path])

    def closed(self, uri: str) -> None:
        document = self.documents.close(uri)
        if document is None:
            return
        self._status.closed(uri)
        self.views.closed(document)
        self._stir()  # of headers that it included
        self._reloads.forget(document.key)
        self._root_table.closed(document)
        self._logs.closed(document)
        if document.is_edited:  # its edits are gone, and what they moved goes back
            for root, state in self._roots.items():
                is_of_it = state.shown is not None and document.key in state.shown.texts
                if is_of_it and self.background.is_open(root):  # the others are shown anew below
                    self._findings.show(root)
            self.checks.check_dependents(document.key)
        self._root_table.reconsider_background()

    def files_changed(self, paths: Iterable[str]) -> None:
        """Something, not necessarily the client, has changed files on the disk."""
        changed = list(paths)
        are_flags_others = any(Path(path).name == FILE_NAME or is_flag_file(path) for path in changed)
        if not are_flags_others:
            self._workspaces.changed(changed)
        others = []
        for key in map(path_key, changed):
            document = self.documents.by_key(key)
            if document is not None:
                self._reloads.changed_on_disk(key)
            if document is not None and self._reloads.is_one(document):
                self.saved(document.uri, None)
            else:
                others.append(key)
        if are_flags_others:
            self._outdate()
            return
        self.checks.check_concerned(others)
        if self.background.changed(*others):
            self._root_table.reconsider_background()

    def choose_targets(self, specs: Sequence[str]) -> None:
        """Hold every open file against `specs` from now on, whatever is configured. Raises TargetError."""
        resolve(specs)
        self.settings.chosen = {"targets": list(specs)} if specs else {}
        self._check_all()

    def choose_configuration(self, document: Document, name: str) -> bool:
        """Look at `document` in configuration `name` from now on. Whether it has one of that name."""
        if not self.configurations.choose(document.key, name):
            return False
        self._stir()
        self.refresh.soon()
        self.listings.renew(document.path)
        return True

    def stop(self) -> None:
        self.refresh.stop()
        self._status.stop()
        self.checks.stop()
        self._logs.stop()
        self._workspaces.stop()
        self.listings.stop()

    def stop_one(self, token: types.ProgressToken) -> None:
        """The user wants no more of the analysis that is shown as `token`."""
        self._workspaces.stop_one(token)
        root = self._progress.key_of(token)
        if root is not None:
            self._progress.end(root, "stopped")
            self.checks.cancel(root)

    # What the jobs say

    def on_begin(self, root: Root, request: CheckRequest) -> None:
        self._progress.begin(root, f"checking {Path(request.snapshot.path).name}")

    def on_end(self, root: Root) -> None:
        self._stir()
        if self._roots[root].settle():
            self.refresh.soon()
        self._progress.end(root)
        self.listings.renew(self._roots[root].document.path)
        self._trace(f"{root.file}: done")

    def on_result(self, root: Root, request: CheckRequest, report: FileReport) -> None:
        self._stir()
        if self.configurations.learn(report, root.file):
            self._root_table.reconcile(root.file)
        state = self._roots.get(root)
        if state is None:
            return  # its configuration is gone
        is_verdict = state.newest is None
        if state.hear(report):
            self.refresh.soon()
        if report.dependencies:
            self._publisher.renew()
        is_refuted = self.background.learn(root.file)
        if report.analysis.status is not Status.NO_PROGRAM:
            remarks = (*report.flag_remarks, *report.kernel_remarks, *report.guesses())
            self._findings.tell(state, remarks)
        self._findings.show(root, always=is_verdict)
        if is_verdict:
            self.checks.took(root)
            status, timings = report.analysis.status.value, json.dumps(report.timings._asdict())
            self._trace(f"{report.analysis.path}: {status}", timings)
        if is_refuted:
            self._root_table.reconsider_background()

    def on_failure(self, root: Root, request: CheckRequest, sentence: str) -> None:
        # What a verdict lacks when only its enrichment failed is not worth losing it.
        if self._roots[root].newest is None:
            self._findings.fail(root, sentence)
            self.refresh.soon()

    # What both lead to

    def _reindexed(self) -> None:
        self._root_table.reconsider()

    def _outdate(self) -> None:
        """Settings or flags may be others, for the index too."""
        self._workspaces.outdate()
        self._check_all()

    def _check_all(self) -> None:
        self.checks.check_all()
        self._logs.explain_all()

    def _renew(self) -> None:
        """The client has to ask again for what it shows."""
        self._stir()
        self.refresh.soon()

    def _stir(self) -> None:
        """Something may be otherwise: who shows it, or waits for it, looks again."""
        self._status.soon()
        self.views.look_again()

    def _trace(self, message: str, details: str | None = None) -> None:
        """For a client that asked for it."""
        if self._server.protocol.trace is not types.TraceValue.Off:
            self._server.log_trace(types.LogTraceParams(message, verbose=details))
