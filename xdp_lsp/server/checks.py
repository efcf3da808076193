"""What is checked when, and which texts are looked at for it.

Which text is checked: the one that was opened or saved last, and headers as the disk holds them; with the setting
`run = "on-type"` what the editor holds, headers too, whenever typing pauses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from xdp_lsp.pipeline import SourceSnapshot
from xdp_lsp.pipeline.request import CheckRequest
from xdp_lsp.server.background_roots import BackgroundRoots, read_unopened
from xdp_lsp.server.client_settings import ClientSettings
from xdp_lsp.server.configurations import Configurations
from xdp_lsp.server.debounce import Debounce
from xdp_lsp.server.documents import Document, Documents, Text
from xdp_lsp.server.folders import Folders
from xdp_lsp.server.roots import Root, RootState
from xdp_lsp.server.scheduler import Listener, Scheduler
from xdp_lsp.server.workers import WorkerPool
from xdp_lsp.settings import ON_TYPE

# Seconds that a job may take beside clang, whose own limit is a setting. The analysis itself is bounded in steps.
ANALYSIS_LIMIT = 60.0

# Bytes of unsaved headers that go into one compile; what is more is read from the disk.
MOST_UNSAVED = 32 << 20


class _Lanes:
    """Runs checks: those that nobody waits for leave a worker to others."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def run(self, request: CheckRequest, on_result: Callable[[Any], None], limit: float) -> None:
        """As `WorkerPool.run`."""
        runner = self._pool.background if request.may_wait else self._pool
        await runner.run(request, on_result, limit)


class Checks:
    """The checks of `roots`, in workers of `pool`; `listener` hears how they go, `on_ask` is called at each new one.

    Nothing is checked before the client's `settings` are known, nor before it is known whether an open source is only
    a part of others; whoever learns that checks then.
    """

    def __init__(
        self,
        pool: WorkerPool,
        listener: Listener[Root, CheckRequest],
        documents: Documents,
        roots: Mapping[Root, RootState],
        *,
        settings: ClientSettings,
        folders: Folders,
        background: BackgroundRoots,
        configurations: Configurations,
        on_ask: Callable[[], None],
    ) -> None:
        self._scheduler: Scheduler[Root, CheckRequest] = Scheduler(_Lanes(pool), listener)
        self._debounce = Debounce(
            self.check, lambda delay, act: asyncio.get_running_loop().call_later(delay, act)
        )
        self._documents = documents
        self._roots = roots
        self._settings = settings
        self._folders = folders
        self._background = background
        self._configurations = configurations
        self._on_ask = on_ask

    # How it stands

    def is_busy(self, root: Root) -> bool:
        """Whether `root` is being checked."""
        return self._scheduler.is_busy(root)

    def is_waiting(self, root: Root) -> bool:
        """Whether `root` is checked once typing pauses."""
        return self._debounce.is_waiting(root)

    def is_coming(self, root: Root) -> bool:
        """Whether more is about to be known of `root`."""
        return self.is_busy(root) or not self._roots[root].is_asked

    # What is to be checked

    def check(self, root: Root) -> None:
        """Check `root` anew, in place of any check that is under way."""
        self._settings.ask_once()
        if not self._settings.are_known:
            return
        state = self._roots[root]
        is_open = self._background.is_open(root)
        if is_open and self._background.is_undecided(state.document):
            return
        if not is_open:
            state.document = read_unopened(state.document.path) or state.document
        path = state.document.path
        settings, problems = self._folders.settings_in(Path(path).parent)
        texts = {one.key: one.saved for one in self._documents}
        texts.setdefault(root.file, state.document.saved)
        others: dict[str, bytes] = {}
        if settings.run == ON_TYPE:
            texts[root.file] = state.document.now()
            others = {} if settings.untrusted else self._unsaved(state.document, texts)
        state.ask(settings, problems, texts, asyncio.get_running_loop().time())
        snapshot = SourceSnapshot(path, texts[root.file].contents, root.configuration, tuple(others.items()))
        self._debounce.drop(root)
        self._on_ask()
        self._scheduler.submit(
            root,
            CheckRequest(snapshot, settings, not is_open, self._folders.generation),
            settings.time_limit + ANALYSIS_LIMIT,
        )

    def check_all(self) -> None:
        for root in self._configurations.in_order(self._roots):
            self.check(root)

    def check_dependents(self, header: str) -> None:
        """Check the files that may include `header`."""
        for root in self._dependents(header):
            self.check(root)

    def check_concerned(self, files: Collection[str]) -> None:
        """Check what may include any of `files`, and those of them that nobody has open: each once."""
        concerned = {root for file in files for root in self._dependents(file)}
        concerned.update(
            one for one in self._roots if one.file in files and not self._background.is_open(one)
        )
        for root in self._configurations.in_order(one for one in self._roots if one in concerned):
            self.check(root)

    def _dependents(self, header: str) -> list[Root]:
        roots = self._configurations.in_order(self._roots)
        return [root for root in roots if root.file != header and self._roots[root].may_include(header)]

    def follow(self, document: Document) -> None:
        """`document` was typed in: what it is a part of is checked once that pauses, where the user wants that."""
        is_root = any(root.file == document.key for root in self._roots)
        for root, state in self._roots.items():
            concerns = state.includes if is_root else state.may_include
            if state.settings.run == ON_TYPE and (root.file == document.key or concerns(document.key)):
                self._debounce.touch(root)

    def took(self, root: Root) -> None:
        """The verdict on `root` is there: learn how long that takes."""
        self._debounce.took(root, asyncio.get_running_loop().time() - self._roots[root].asked_at)

    # What is not

    def cancel(self, root: Root) -> None:
        self._scheduler.cancel(root)

    def forget(self, root: Root) -> None:
        """`root` is about to go."""
        self._scheduler.cancel(root)
        self._debounce.forget(root)

    def stop(self) -> None:
        for root in self._roots:
            self._debounce.drop(root)
        self._scheduler.cancel_all()

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
