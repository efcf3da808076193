"""`check --diff REV`: the same files as a revision has them, checked in a private folder, and what differs since."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.cli.status import UsageError
from xdp_lsp.pipeline import FileReport
from xdp_lsp.project import repository_of
from xdp_lsp.report.model import Report
from xdp_lsp.report.since import Since, compare
from xdp_lsp.settings import KEYS, Kind
from xdp_lsp.toolchain.git import Exported, GitError, commit_of, export

# Of submodules and build files, so many are named.
_MOST_NAMES = 3


class Earlier(NamedTuple):
    """What the revision's files came to: reports whose paths are those in a folder that is gone by now, `folder`.

    `tree` are the names of the files that the revision has, from its root.
    """

    root: str
    revision: str
    commit: str
    folder: str
    files: tuple[FileReport, ...]
    left_out: Exported
    tree: frozenset[str]

    def since(self, report: Report) -> Since:
        """What `report` of now says that was not so then."""
        before = Report(self.files, self.folder)
        found = compare(before, replace(report, folder=self.root), report.folder)
        remarks = (*_left_out(self.left_out, self.revision), *self._untracked(report))
        return replace(found, revision=self.revision, commit=self.commit, remarks=remarks)

    def _untracked(self, report: Report) -> Iterator[str]:
        """Of build files that give flags now, those that the revision does not have."""
        origins = dict.fromkeys(layer.origin for file in report.files for layer in file.layers)
        inside = [os.path.relpath(one, self.root) for one in origins if one and Path(one).is_file()]
        missing = [one for one in inside if not one.startswith(os.pardir) and one not in self.tree]
        if missing:
            yield f"{self.revision} has no {_some(missing)}: there, flags are found without."


def check_earlier(
    arguments: argparse.Namespace, check: Callable[[argparse.Namespace], tuple[FileReport, ...]]
) -> Earlier:
    """Check what `arguments.paths` name as it is in the revision `arguments.diff`, by `check`."""
    paths = [os.path.abspath(path) for path in arguments.paths]  # noqa: PTH100 - links stay as they are written
    root = _root(paths)
    try:
        commit = commit_of(root, arguments.diff)
        with tempfile.TemporaryDirectory(prefix="xdp-lsp-") as temporary:
            folder = Path(temporary).resolve() / "tree"
            folder.mkdir()
            left_out = export(root, commit, folder)
            tree = frozenset(_files(folder))
            # Where a search for settings, headers and build files ends: above is what others put into this folder.
            (folder / ".git").mkdir()
            with _moved(root, folder):
                files = check(_as_then(arguments, paths, root, str(folder)))
    except GitError as problem:
        raise UsageError(f"--diff: {problem}") from problem
    return Earlier(root, arguments.diff, commit, str(folder), files, left_out, tree)


def _root(paths: list[str]) -> str:
    """The one repository that all `paths` are in."""
    roots = {path: repository_of(os.path.join(path, "_")) for path in paths}  # noqa: PTH118 - itself, if a folder
    for path, root in roots.items():
        if root is None or not os.path.lexists(root / ".git"):
            raise UsageError(f"--diff: {path} is in no git repository")
    (first, *others) = dict.fromkeys(roots.values())
    if others:
        raise UsageError(f"--diff: {first} and {others[0]} are different repositories")
    return str(first)


def _files(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (os.path.relpath(os.path.join(place, name), folder) for name in names)  # noqa: PTH118


@contextmanager
def _moved(root: str, folder: Path) -> Iterator[None]:
    """In the folder that the current one is then: relative names in flags and on the command line start there."""
    current = Path.cwd()
    try:
        place = folder / current.relative_to(root)
    except ValueError:
        place = folder
    place.mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(current)


def _as_then(arguments: argparse.Namespace, paths: list[str], root: str, folder: str) -> argparse.Namespace:
    """`arguments` for the tree in `folder`: what is not there is not named. Headers of the machine stay where they
    are."""
    then = argparse.Namespace(**vars(arguments))
    then.no_cache = True  # the folder has another name the next time
    then.format = "json"  # a page would have what is only looked at of now
    moved = [
        folder if path == root else path.replace(f"{root}{os.sep}", f"{folder}{os.sep}", 1) for path in paths
    ]
    then.paths = [path for path in moved if os.path.lexists(path)]
    then.flags = [flag.replace(f"{root}{os.sep}", f"{folder}{os.sep}") for flag in arguments.flags]
    for key in KEYS.values():
        value = getattr(arguments, key.field, None)
        if key.kind is Kind.FOLDER and value and os.path.exists(value):  # noqa: PTH110
            setattr(then, key.field, os.path.abspath(value))  # noqa: PTH100
    return then


def _left_out(exported: Exported, revision: str) -> Iterator[str]:
    if exported.submodules:
        yield f"Submodules are not followed; {revision} has {_some(exported.submodules)}."
    if exported.in_lfs:
        yield f"{exported.in_lfs} files of {revision} are in LFS, which is not followed."
    if exported.left_out:
        yield f"{exported.left_out} files of {revision} were left out: too large, or with names that lead elsewhere."


def _some(names: tuple[str, ...] | list[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
