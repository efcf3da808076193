"""The indices of the folders that a client works in: which programs a header or a part is to be seen through.

A folder is indexed when the first C file or header of it is opened, by a worker process; what is saved or changes on
the disk afterwards has its own entries read again. While a folder is not trusted nothing of it is indexed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from xdp_lsp.pipeline.workspace import MOST_SECONDS, Batch, Index, IndexRequest
from xdp_lsp.project import repository_of
from xdp_lsp.server.folders import Folders
from xdp_lsp.server.progress import Progress
from xdp_lsp.server.workers import Background, JobFailedError
from xdp_lsp.source import is_named_within

# Seconds that a file which may be a part of another waits for the first index; then it is looked at by itself.
PATIENCE = 2.0
_LIMIT = MOST_SECONDS + 60.0

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Folder:
    """`changed` are paths that are to be looked at again, all of them where it `is_outdated`."""

    root: str
    index: Index | None = None
    is_outdated: bool = True
    changed: dict[str, None] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    is_stopped: bool = False  # the user wants none of it
    is_called_for: bool = False  # since the task began
    has_news: bool = False  # of which nobody was told
    is_waited_for: bool = True  # until the first index is there, or does not come soon


class Workspaces:
    """The indices of one client's folders.

    `settings` gives the client's settings, None until they are known; `on_news` is called when an index has come, or
    is another now.
    """

    def __init__(
        self,
        server: LanguageServer,
        pool: Background,
        *,
        folders: Folders,
        settings: Callable[[], Mapping[str, object] | None],
        on_news: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._folders = folders
        self._settings = settings
        self._on_news = on_news
        self._known: dict[str, _Folder] = {}
        self._roots: dict[tuple[str, tuple[str, ...]], str | None] = {}  # what is indexed for a folder
        self._progress: Progress[str] = Progress(server)

    def need(self, path: str) -> None:
        """The index that the file at `path` is in is wanted."""
        root = self._root_of(path)
        if root is not None:
            folder = self._known.setdefault(root, _Folder(root))
            self._start(folder)

    def index_for(self, path: str) -> Index | None:
        """The index that the file at `path` is in; None where there is none, or not yet."""
        folder = self._known.get(self._root_of(path) or "")
        return folder.index if folder is not None else None

    def is_waited_for(self, path: str) -> bool:
        """Whether the first index that the file at `path` is in is about to come."""
        folder = self._known.get(self._root_of(path) or "")
        return folder is not None and folder.is_waited_for

    def changed(self, paths: Iterable[str]) -> None:
        """What the disk holds at `paths` may be otherwise."""
        for path in paths:
            for folder in self._known.values():
                if is_named_within(path, [folder.root]):
                    folder.changed[path] = None
                    self._start(folder)

    def outdate(self) -> None:
        """The flags of all files may be others."""
        for folder in self._known.values():
            folder.is_outdated, folder.is_stopped = True, False
            self._start(folder)

    def stop_one(self, token: types.ProgressToken) -> None:
        """The user wants no more of what is shown as `token`."""
        folder = self._known.get(self._progress.key_of(token) or "")
        if folder is not None and folder.task is not None:
            folder.is_stopped = True
            self._progress.end(folder.root, "stopped")
            folder.task.cancel()

    def stop(self) -> None:
        self._on_news = lambda: None
        for folder in self._known.values():
            if folder.task is not None:
                folder.task.cancel()

    def _root_of(self, path: str) -> str | None:
        """The folder that is indexed for the file at `path`."""
        asked = str(Path(path).parent), tuple(self._folders.paths())
        if asked not in self._roots:
            self._roots[asked] = _indexed_for(path, asked[1])
        return self._roots[asked]

    def _start(self, folder: _Folder) -> None:
        is_wanted = (folder.is_outdated or folder.changed) and not folder.is_stopped
        folder.is_called_for = folder.task is not None
        if is_wanted and folder.task is None and self._settings() is not None:
            folder.task = asyncio.get_running_loop().create_task(self._work(folder))
            folder.task.add_done_callback(lambda _: self._ended(folder))

    async def _work(self, folder: _Folder) -> None:
        impatience = asyncio.get_running_loop().call_later(PATIENCE, self._despair, folder)
        self._progress.begin(folder.root, f"indexing {Path(folder.root).name}")
        try:
            while folder.is_outdated or folder.changed:
                folder.is_called_for = False
                try:
                    await self._bring_up_to_date(folder)
                finally:  # what a job has brought before it failed is in the index
                    self._tell(folder)
        except JobFailedError as error:
            _log.warning("%s was not indexed: %s", folder.root, error)
        finally:
            impatience.cancel()
            self._progress.end(folder.root)

    def _tell(self, folder: _Folder) -> None:
        if folder.has_news:
            folder.has_news = folder.is_waited_for = False
            self._on_news()

    async def _bring_up_to_date(self, folder: _Folder) -> None:
        """Raises JobFailedError; what was to be done is still to be done then."""
        settings, changed = self._settings() or {}, tuple(folder.changed)
        generation = self._folders.generation
        folder.changed.clear()
        if folder.is_outdated or folder.index is None:
            folder.is_outdated = False
            index = Index()
            try:
                await self._run(folder, index, IndexRequest(folder.root, settings, generation))
            except JobFailedError:
                folder.is_outdated = True
                raise
            folder.index, folder.has_news = index, True
            return
        marks = {path: folder.index.mark(path) for path in changed}
        affected = {one for path in changed for one in folder.index.affected_by(path)}
        request = IndexRequest(folder.root, settings, generation, marks, tuple(affected))
        try:
            await self._run(folder, folder.index, request)
        except JobFailedError:
            folder.changed.update(dict.fromkeys(changed))
            raise

    async def _run(self, folder: _Folder, index: Index, request: IndexRequest) -> None:
        def take(batch: Batch) -> None:
            folder.has_news = index is folder.index
            index.take(batch)
            self._progress.report(
                folder.root, f"{batch.done} of {batch.among} files", batch.done, batch.among
            )

        await self._pool.run(request, take, _LIMIT)

    def _despair(self, folder: _Folder) -> None:
        if folder.is_waited_for:
            folder.is_waited_for = False
            self._on_news()

    def _ended(self, folder: _Folder) -> None:
        folder.task = None
        if folder.is_called_for:
            self._start(folder)  # what failed is tried again with what came meanwhile, and not before
        if folder.is_waited_for:
            folder.is_waited_for = False
            self._on_news()


def _indexed_for(path: str, folders: Sequence[str]) -> str | None:
    """The client's folder where that is within a repository: what is a repository of its own in there is a part of it.
    Else the repository of the file, else the client's folder; None where it is in neither."""
    opened = min((one for one in folders if is_named_within(path, [one])), key=len, default=None)
    if opened is not None and repository_of(str(Path(opened) / "x")) is not None:
        return opened
    repository = repository_of(path)
    return str(repository) if repository is not None else opened
