"""What build files say of the sources of a repository, kept from run to run: to read them takes longer than to see that
they are the same."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.pipeline.circumstances import circumstances
from xdp_lsp.pipeline.evidence import Disk, changed_since
from xdp_lsp.pipeline.files import digest_of
from xdp_lsp.pipeline.records import read, written
from xdp_lsp.project import Said, learn, repository_of, said, signature_of
from xdp_lsp.toolchain import Store


class Kept(NamedTuple):
    """What build files said, and the contents of all that was looked at for that."""

    circumstances: bytes
    said: tuple[Said, ...]
    states: tuple[tuple[str, bytes | None], ...]


@contextmanager
def build_files_kept(store: Store | None, paths: Iterable[str]) -> Iterator[None]:
    """Has what the build files around `paths` say known from `store` meanwhile, and what is read of them kept there."""
    if store is None:
        yield
        return
    began = time.time_ns()
    inside = [os.path.join(os.path.abspath(path), "_") for path in paths]  # noqa: PTH100, PTH118 - links stay
    for path in inside:
        recall_build_files(store, path)
    yield
    for path in inside:
        _keep(store, path, began)


def recall_build_files(store: Store, path: str) -> None:
    """Have the build files of the repository that `path` (absolute) is in not read again, as far as all is as it was.

    Once for each repository in a process: then it is known there.
    """
    root = repository_of(path)
    if root is None or (store.folder, root) in _recalled:
        return
    recalled = _recalled[store.folder, root] = set()
    kept = next(read(store.get(_name(str(root))) or b""), None)
    if not isinstance(kept, Kept) or kept.circumstances != _ours():
        return
    # First how it looks, then what is in it: what changes meanwhile is read again for its looks.
    looks = {name: signature_of(name) for name, _ in kept.states}
    disk = Disk()
    same = {name for name, state in kept.states if disk.state(name) == state}
    for one in kept.said:
        if one.looked_at.keys() <= same:
            known = one._replace(looked_at={name: looks[name] for name in one.looked_at})
            learn(known)
            recalled.add(id(known))


def _keep(store: Store, path: str, since: int) -> None:
    """`since` (`time.time_ns`) is before the build files of the repository that `path` is in were read."""
    root = repository_of(path)
    if root is None:
        return
    known = said(str(root))
    if _recalled.get((store.folder, root), set()) >= {id(one) for one in known}:
        return
    disk = Disk()
    states = {name: disk.state(name) for one in known for name in one.looked_at}
    is_settled = {name: not changed_since(since, name) for name in states}
    kept = tuple(
        one
        for one in known
        if all(is_settled[name] and signature_of(name) == look for name, look in one.looked_at.items())
    )
    if kept:
        store.put(_name(str(root)), written(Kept(_ours(), kept, tuple(states.items()))))


# What was recalled in this process, by store and repository: the `id`s of what is known from there.
_recalled: dict[tuple[Path, Path], set[int]] = {}


@cache
def _ours() -> bytes:
    return circumstances(None)


def _name(root: str) -> str:
    return digest_of(b"build files\0" + root.encode("utf-8", "surrogateescape")).hex()
