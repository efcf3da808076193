"""What the server knows and does: open texts, settings, jobs, and what each file shows.

Which text is checked: the one that was opened or saved last, and headers as the disk holds them; with the setting
`run = "on-type"` what the editor holds, headers too, whenever typing pauses. What is said is for that text; where the
user has typed on by then, every range is moved by the edits made since, and what marks text that was touched is left
out (see `publisher`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp.analysis import Status
from xdp_lsp.headroom import resolve
from xdp_lsp.pipeline import FileReport, SourceSnapshot
from xdp_lsp.pipeline.files import LARGEST_SOURCE, UnreadableError, read_file
from xdp_lsp.pipeline.jobs import CheckRequest
from xdp_lsp.project import is_flag_file
from xdp_lsp.server.background_roots import BackgroundRoots, Lanes, is_source, read_unopened
from xdp_lsp.server.client_settings import ClientSettings
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.debounce import Debounce
from xdp_lsp.server.diagnostics import diagnostics_of, earlier_of, failure_of, problem_of, style_of
from xdp_lsp.server.documents import Document, Documents, Text
from xdp_lsp.server.listings import Listings
from xdp_lsp.server.manual_pages import page_uri
from xdp_lsp.server.progress import Progress
from xdp_lsp.server.publisher import Publisher, Said
from xdp_lsp.server.refresh import Refresh
from xdp_lsp.server.roots import Root, RootState
from xdp_lsp.server.scheduler import Scheduler
from xdp_lsp.server.status import StatusBar
from xdp_lsp.server.summaries import Summaries
from xdp_lsp.server.trust import is_restricted, untrusted_folders
from xdp_lsp.server.uris import path_of
from xdp_lsp.server.verifier_log import VerifierLogs
from xdp_lsp.server.views import Views
from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.server.workspace import Workspaces
from xdp_lsp.settings import FILE_NAME, ON_TYPE, Origin, Settings, SettingsProblem, load_settings
from xdp_lsp.source import Encoding, encode, path_key

# Seconds that a job may take beside clang, whose own limit is a setting. The analysis itself is bounded in steps.
ANALYSIS_LIMIT = 60.0

# Bytes of unsaved headers that go into one compile; what is more is read from the disk.
MOST_UNSAVED = 32 << 20


class Session:
    """One client, from `initialize` on. Files are known by their `path_key`."""

    def __init__(self, server: LanguageServer, pool: WorkerPool, initialize: types.InitializeParams) -> None:
        self._server = server
        self._encoding = Encoding(server.workspace.position_encoding)
        self._is_restricted = is_restricted(initialize)
        self._scheduler: Scheduler[Root, CheckRequest] = Scheduler(Lanes(pool), self)
        self._debounce = Debounce(
            self._check, lambda delay, act: asyncio.get_running_loop().call_later(delay, act)
        )
        self._documents = Documents()
        self._roots: dict[Root, RootState] = {}
        self.configurations = Configurations(self._roots)
        self._publisher = Publisher(
            self._documents,
            server.text_document_publish_diagnostics,
            self._includers,
            self.configurations,
        )
        self._changed_on_disk: set[str] = set()  # open files of which the editor may have an older text
        self._told: set[str] = set()
        self._progress: Progress[Root] = Progress(server)
        self.summaries = Summaries(self._roots)
        self._workspaces = Workspaces(
            server,
            pool.background,
            folders=self.folders,
            settings=lambda: self.settings.values if self.settings.are_known else None,
            on_news=self._reconsider,
        )
        self.background = BackgroundRoots(
            self._documents, self._roots, None if self._is_restricted else self._workspaces
        )
        self.client = initialize.client_info.name if initialize.client_info is not None else ""
        self.refresh = Refresh(server, initialize.capabilities)
        self.views = Views(
            self._documents,
            self._roots,
            self._encoding,
            summaries=self.summaries,
            background=self.background,
            configurations=self.configurations,
            is_busy=self._scheduler.is_busy,
        )
        self._status = StatusBar(
            server,
            initialize,
            self._documents,
            self._roots,
            summaries=self.summaries,
            background=self.background,
            configurations=self.configurations,
            is_busy=self._scheduler.is_busy,
            is_waiting=self._debounce.is_waiting,
        )
        self._style = style_of(initialize.capabilities, self._encoding, self.views.uri_of, page_uri)
        self.listings = Listings(server, initialize.capabilities, self.views)
        self.settings = ClientSettings(server, initialize, self._outdate)
        self._logs = VerifierLogs(
            pool,
            self._documents,
            self._style,
            self._publisher,
            settings_for=lambda uri: (
                self.settings_in(self.folder_of(uri))[0] if self.settings.are_known else None
            ),
            folders=self.folders,
        )

    # What the client asks

    @property
    def documents(self) -> Documents:
        return self._documents

    @property
    def roots(self) -> Mapping[Root, RootState]:
        """Those that are open, and those that are held in the background."""
        return self._roots

    def is_coming(self, root: Root) -> bool:
        """Whether more is about to be known of `root`."""
        return self._scheduler.is_busy(root) or not self._roots[root].is_asked

    def folders(self) -> list[str]:
        """The folders that the client works in."""
        uris = (folder.uri for folder in self._server.workspace.folders.values())
        return [path for path in map(path_of, uris) if path is not None]

    def folder_of(self, uri: str | None) -> Path:
        """Where the settings for a document are looked for: beside its file, else in the client's first folder."""
        path = path_of(uri) if uri is not None else None
        if path is not None:
            return Path(path).parent
        folders = self.folders()
        return Path(folders[0]) if folders else Path.cwd()

    def settings_in(
        self, folder: Path, editor: Mapping[str, object] | None = None
    ) -> tuple[Settings, tuple[SettingsProblem, ...]]:
        """The settings for documents in `folder`; `editor` are the client's, by itself those of now."""
        untrusted = untrusted_folders(str(folder), self.folders()) if self._is_restricted else ()
        return load_settings(folder, self.settings.values if editor is None else editor, untrusted=untrusted)

    # What the client does

    def opened(self, document: Document, language: str) -> None:
        """A text is open. Neither a header nor a part of a unity build is checked by itself: they show what the files
        say that include them."""
        if self.listings.given(document.uri) is not None:
            return  # ours
        document.language = language
        self._documents.open(document)
        self.background.need(document)
        self._stir()
        outdated = [root for root, state in self._roots.items() if not state.bind(document)]
        root = Root(document.key)
        if is_source(document) and not self.background.is_part(document):
            before = self._roots.get(root)
            if before is None or self._documents.get(before.document.uri) is before.document:
                self._roots[root] = RootState(document)
            for one in self.configurations.in_order(one for one in self._roots if one.file == document.key):
                self._roots[one].document = document  # it may have been a root in the background
                self._check(one)
        else:
            self._publisher.opened(document)
        self._logs.opened(document, language)
        for root in outdated:
            if root.file != document.key:
                self._show(root)
                self._check(root)
        self._reconsider_background()

    def changed(
        self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]
    ) -> None:
        document = self._documents.get(uri)
        if document is not None:
            self._stir()
            edits = document.change(version, changes, self._encoding)
            self._publisher.shift(document, edits)
            self._logs.changed(document, edits)
            if not self._reloaded(document):
                self._follow(document)

    def saved(self, uri: str, text: str | None) -> None:
        document = self._documents.get(uri)
        if document is None:
            return
        self._changed_on_disk.discard(document.key)
        self._publisher.shift(document, document.save(text, self._encoding))
        for root in self._roots_of(document):
            self._check(root)
        self._logs.saved(document)
        self._check_dependents(document.key)
        self._workspaces.changed([document.path])

    def closed(self, uri: str) -> None:
        document = self._documents.close(uri)
        if document is None:
            return
        self._status.closed(uri)
        self.views.closed(document)
        self._stir()  # of headers that it included
        self._changed_on_disk.discard(document.key)
        for root in self._roots_of(document):
            self._drop(root)
        self.configurations.forget(document.key)
        self._logs.closed(document)
        if document.is_edited:  # its edits are gone, and what they moved goes back
            for root, state in self._roots.items():
                if state.shown is not None and document.key in state.shown.texts:
                    self._show(root)
            self._check_dependents(document.key)
        self._reconsider_background()

    def files_changed(self, paths: Iterable[str]) -> None:
        """Something, not necessarily the client, has changed files on the disk."""
        changed = list(paths)
        if any(Path(path).name == FILE_NAME or is_flag_file(path) for path in changed):
            self._outdate()
            return
        self._workspaces.changed(changed)
        for key in map(path_key, changed):
            document = self._documents.by_key(key)
            if document is not None:
                self._changed_on_disk.add(key)
            if document is None or not self._reloaded(document):
                self._check_dependents(key)
            if document is None:
                self._check_file(key)

    def _reloaded(self, document: Document) -> bool:
        """Takes a text for saved that the editor has reloaded from the disk, as after `git checkout`: nobody saves it
        then. The disk's news may come before the editor's or after."""
        if document.key not in self._changed_on_disk:
            return False
        try:
            contents = read_file(document.path, LARGEST_SOURCE)
        except UnreadableError:
            return False
        if contents != encode(document.text):
            return False  # edited as well, or not reloaded yet
        self._changed_on_disk.discard(document.key)
        if contents == document.saved.contents:
            return False
        self.saved(document.uri, None)
        return True

    def check_all(self) -> None:
        """Check every root anew: settings may be others."""
        for root in self.configurations.in_order(self._roots):
            self._check(root)
        self._logs.explain_all()

    def choose_targets(self, specs: Sequence[str]) -> None:
        """Hold every open file against `specs` from now on, whatever is configured. Raises TargetError."""
        resolve(specs)
        self.settings.chosen = {"targets": list(specs)} if specs else {}
        self.check_all()

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
        for root in self._roots:
            self._debounce.drop(root)
        self._scheduler.cancel_all()
        self._logs.stop()
        self._workspaces.stop()
        self.listings.stop()

    def stop_one(self, token: types.ProgressToken) -> None:
        """The user wants no more of the analysis that is shown as `token`."""
        self._workspaces.stop_one(token)
        root = self._progress.key_of(token)
        if root is not None:
            self._progress.end(root, "stopped")
            self._scheduler.cancel(root)

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
            self._reconcile(root.file)
        state = self._roots.get(root)
        if state is None:
            return  # its configuration is gone
        is_verdict = state.newest is None
        if state.hear(report):
            self.refresh.soon()
        if report.dependencies:
            self._publisher.renew()
        is_refuted = self.background.learn(root, state)
        if report.analysis.status is not Status.NO_PROGRAM:
            self._tell(state.problems, (*report.flag_remarks, *report.kernel_remarks, *report.guesses()))
        self._show(root, always=is_verdict)
        if is_verdict:
            self._debounce.took(root, asyncio.get_running_loop().time() - state.asked_at)
            status, timings = report.analysis.status.value, json.dumps(report.timings._asdict())
            self._trace(f"{report.analysis.path}: {status}", timings)
        if is_refuted:
            self._reconsider_background()

    def on_failure(self, root: Root, request: CheckRequest, sentence: str) -> None:
        state = self._roots[root]
        # What a verdict lacks when only its enrichment failed is not worth losing it.
        if state.newest is None:
            state.shown, state.failure = None, sentence
            is_open = self.background.is_open(root)
            placed = [failure_of(request.snapshot.path, sentence, self._style)] if is_open else []
            self._publisher.say(root, Said(placed, state.texts), always=is_open)
            self.refresh.soon()

    # Which roots there are

    def _outdate(self) -> None:
        """Settings or flags may be others, for the index too."""
        self._workspaces.outdate()
        self.check_all()

    def _reconsider(self) -> None:
        """More is known of the folder: what is a part of others is not checked by itself, what is none is."""
        self.background.doubt()
        for document in self._documents:
            root = Root(document.key)
            is_part = not is_source(document) or self.background.is_part(document)
            if root in self._roots and is_part and self._roots[root].document is document:
                for one in self._roots_of(document):
                    self._drop(one)
            elif not is_part and root not in self._roots:
                self._roots[root] = RootState(document)
            if root in self._roots and not self._roots[root].is_asked:
                self._check(root)
        self._reconsider_background()

    def _reconsider_background(self) -> None:
        """Hold the roots that are needed in the background, and no others; they speak of open documents alone."""
        wanted = self.background.wanted()
        for root in [one for one in self._roots if not self.background.is_open(one)]:
            if root.file in wanted:
                self._show(root)
            else:
                self._drop(root)
        held = {root.file for root in self._roots}
        for key, path in wanted.items():
            document = read_unopened(path) if key not in held else None
            if document is not None:
                self._roots[Root(key)] = RootState(document)
                self._check(Root(key))
        self._stir()
        self.refresh.soon()

    def _reconcile(self, file: str) -> None:
        """Other configurations of `file` are known than those that it has roots for."""
        document = self._roots[Root(file)].document
        wanted = self.configurations.wanted(file)
        for root in [one for one in self._roots if one.file == file and one not in wanted]:
            self._drop(root)
        for root in self.configurations.in_order(one for one in wanted if one not in self._roots):
            self._roots[root] = RootState(document)
            self._check(root)
        self._publisher.renew()
        self.refresh.soon()

    def _drop(self, root: Root) -> None:
        """It is no root any more."""
        self._scheduler.cancel(root)
        self._debounce.forget(root)
        del self._roots[root]
        self._publisher.say(root)
        self._publisher.renew()

    def _includers(self, key: str) -> set[str]:
        """The files of the roots that are known to include the file `key`."""
        return {root.file for root, state in self._roots.items() if state.includes(key)} - {key}

    # How both are done

    def _stir(self) -> None:
        """Something may be otherwise: who shows it, or waits for it, looks again."""
        self._status.soon()
        self.views.look_again()

    def _roots_of(self, document: Document) -> list[Root]:
        roots = (root for root, state in self._roots.items() if state.document is document)
        return self.configurations.in_order(roots)

    def _check(self, root: Root) -> None:
        self.settings.ask_once()
        if not self.settings.are_known:
            return  # `check_all` follows
        state = self._roots[root]
        is_open = self.background.is_open(root)
        if is_open and self.background.is_undecided(state.document):
            return  # `_reconsider` follows
        if not is_open:
            state.document = read_unopened(state.document.path) or state.document
        path = state.document.path
        settings, problems = self.settings_in(Path(path).parent)
        texts = {one.key: one.saved for one in self._documents}
        texts.setdefault(root.file, state.document.saved)
        others: dict[str, bytes] = {}
        if settings.run == ON_TYPE:
            texts[root.file] = state.document.now()
            others = {} if settings.untrusted else self._unsaved(state.document, texts)
        state.ask(settings, problems, texts, asyncio.get_running_loop().time())
        snapshot = SourceSnapshot(path, texts[root.file].contents, root.configuration, tuple(others.items()))
        self._debounce.drop(root)
        self._stir()
        self._scheduler.submit(
            root, CheckRequest(snapshot, settings, not is_open), settings.time_limit + ANALYSIS_LIMIT
        )

    def _unsaved(self, root: Document, texts: dict[str, Text]) -> dict[str, bytes]:
        """What other documents hold that were edited, by their paths; notes in `texts` which that are."""
        others: dict[str, bytes] = {}
        room = MOST_UNSAVED
        for document in self._documents:
            if document is root or not document.is_file or not document.is_edited:
                continue
            text = document.now()
            room -= len(text.contents)
            if room < 0:
                break
            texts[document.key] = text
            # clang may come to it by either name.
            others[document.path] = others[document.key] = text.contents
        return others

    def _follow(self, document: Document) -> None:
        """`document` was typed in: what it is a part of is analysed once that pauses, where the user wants that."""
        is_root = any(root.file == document.key for root in self._roots)
        for root, state in self._roots.items():
            concerns = state.includes if is_root else state.may_include
            if state.settings.run == ON_TYPE and (root.file == document.key or concerns(document.key)):
                self._debounce.touch(root)

    def _check_dependents(self, header: str) -> None:
        """Check the files that may include `header`."""
        for root in self.configurations.in_order(self._roots):
            if root.file != header and self._roots[root].may_include(header):
                self._check(root)

    def _check_file(self, key: str) -> None:
        """Check the roots in the background whose own file is `key`."""
        for root in self._roots:
            if root.file == key:
                self._check(root)

    def _show(self, root: Root, *, always: bool = False) -> None:
        """Show what was heard last, where it stands by now."""
        state = self._roots[root]
        if state.shown is None:
            return
        report, texts, _ = state.shown
        placed = diagnostics_of(report, self._style)
        is_ours = report.analysis.status is not Status.NO_PROGRAM
        if is_ours:
            placed += [problem_of(problem, self._style) for problem in state.problems if problem.path]
        is_open = self.background.is_open(root)
        if not is_open:
            placed = [one for one in placed if self._documents.by_key(path_key(one[0])) is not None]
        said = [Said(placed, texts)]
        if state.settings.run == ON_TYPE and not state.shown.compiles and state.finished is not None:
            # A text that is half typed breaks and mends all the time: what was found last stays, and says so.
            earlier, texts, _ = state.finished
            said.append(Said(earlier_of(earlier, self._style), texts))
        self._publisher.say(root, *said, always=always and is_ours and is_open)

    def _tell(self, problems: Iterable[SettingsProblem], remarks: Iterable[str]) -> None:
        """What has no place in a file, each once: a wrong setting of the client's as a message, the flags that
        were left out and the programs that the kernel was not asked about in the log."""
        for problem in problems:
            if problem.origin is Origin.EDITOR and self._is_news(str(problem)):
                message = types.ShowMessageParams(types.MessageType.Warning, f"xdp-lsp: {problem}")
                self._server.window_show_message(message)
        for remark in filter(self._is_news, remarks):
            self._server.window_log_message(types.LogMessageParams(types.MessageType.Info, remark))

    def _is_news(self, sentence: str) -> bool:
        is_new = sentence not in self._told
        self._told.add(sentence)
        return is_new

    def _trace(self, message: str, details: str | None = None) -> None:
        """For a client that asked for it."""
        if self._server.protocol.trace is not types.TraceValue.Off:
            self._server.log_trace(types.LogTraceParams(message, verbose=details))
