"""A commit's files out of a git repository, without running anything that the repository names.

Its configuration is a file of the folder, and git does what that says: hooks, filters and textconv of a checkout, a
monitor of the index, a pager, and commands to fetch what a partial clone lacks. So no index and no working tree is
touched, and nothing is checked out: `rev-parse`, `ls-tree` and `cat-file --batch` read objects as they are stored. What
these would still do, fetch, is forbidden by the environment, which no configuration overrides (git(1),
GIT_ALLOW_PROTOCOL, GIT_NO_LAZY_FETCH). The user's own configuration counts, as where it says `safe.directory`.

The tree of a hostile repository may name anything: what would be written outside the folder for it, or through a
link, is left out.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from xdp_lsp.toolchain.clang import resolve_program
from xdp_lsp.toolchain.process import Limits, Outcome, run, sanitised_environment

# The kernel's tree has 90,000 files in 1.5 GB.
MOST_FILES = 200_000
MOST_BYTES = 2 << 30
LARGEST_FILE = 32 << 20  # as the pipeline reads of a source
_LIMITS = Limits(seconds=60.0, memory=4 << 30, output=1 << 16, file=MOST_BYTES + (64 << 20))
# To find a commit takes milliseconds, where the repository is none that has git wait for ever.
_TO_FIND = 10.0  # seconds

_OPTIONS = (
    *("--no-pager", "--no-optional-locks"),
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)
_FORBIDDEN = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
# Where the user's and the machine's own configuration is.
_OWN_CONFIGURATION = "GIT_CONFIG_"

_LINK, _SUBMODULE = "120000", "160000"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class GitError(Exception):
    """A commit cannot be read; the message is one sentence."""


class Exported(NamedTuple):
    """What was left out of a tree: the folders of submodules, how many files LFS holds, and how many are too large or
    have names that cannot be written."""

    submodules: tuple[str, ...] = ()
    in_lfs: int = 0
    left_out: int = 0


class _Entry(NamedTuple):
    mode: str
    object: str
    size: int
    path: str


def commit_of(root: str, revision: str) -> str:
    """The full name of the commit that `revision` names in the repository at `root`. Raises GitError."""
    if not revision or revision.startswith("-") or "\0" in revision:
        raise GitError(f"{revision!r} is no revision")
    with tempfile.TemporaryFile() as sink:
        # What git itself does not take for a repository, it looks for further up.
        done = _git(root, sink, "rev-parse", "--show-prefix")
        if done.status != 0:
            raise _error(root, done)
        if _written(sink).strip():
            raise GitError(f"{root} is no git repository, though it has a .git; git finds one further up")
    with tempfile.TemporaryFile() as sink:
        done = _git(root, sink, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        name = _written(sink).decode().strip()
    if done.status == 0 and name:
        return name
    if done.output.strip():
        raise _error(root, done)
    if revision == "HEAD":
        raise GitError(f"the repository {root} has no commit yet")
    raise GitError(
        f"{revision} is no commit in {root}; a clone that is shallow, as CI makes them, has few (`git fetch` gets more)"
    )


def export(root: str, commit: str, into: Path) -> Exported:
    """Write the files of `commit`, as `commit_of` names it, into the empty folder `into`. Raises GitError."""
    with tempfile.TemporaryFile() as sink:
        done = _git(root, sink, "ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        if done.status != 0:
            raise _error(root, done)
        entries = list(_entries(_written(sink)))
    wanted = [entry for entry in entries if entry.mode != _SUBMODULE and _is_writable(entry)]
    submodules = tuple(entry.path for entry in entries if entry.mode == _SUBMODULE)
    size = sum(entry.size for entry in wanted)
    if len(wanted) > MOST_FILES or size > MOST_BYTES:
        raise GitError(
            f"{commit[:12]} has {len(wanted)} files of {size >> 20} MiB, more than are read "
            f"({MOST_FILES}, {MOST_BYTES >> 20} MiB)"
        )
    in_lfs, refused = _write(root, wanted, into)
    return Exported(submodules, in_lfs, len(entries) - len(submodules) - len(wanted) + refused)


def _entries(listed: bytes) -> Iterator[_Entry]:
    for line in listed.split(b"\0"):
        if line:
            fields, path = line.split(b"\t", 1)
            mode, _, name, size = fields.decode("ascii").split()
            yield _Entry(mode, name, int(size) if size.isdigit() else 0, os.fsdecode(path))


def _is_writable(entry: _Entry) -> bool:
    parts = entry.path.split("/")
    is_named_well = not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    return is_named_well and entry.size <= LARGEST_FILE


def _write(root: str, entries: list[_Entry], into: Path) -> tuple[int, int]:
    """Write `entries`; how many are pointers of LFS, and how many cannot be written."""
    paths: dict[str, list[_Entry]] = {}
    for entry in entries:
        paths.setdefault(entry.object, []).append(entry)
    in_lfs = refused = 0
    links: list[tuple[Path, bytes]] = []
    with tempfile.TemporaryFile() as names, tempfile.TemporaryFile() as sink:
        names.write("".join(f"{name}\n" for name in paths).encode("ascii"))
        names.seek(0)
        done = _git(root, sink, "cat-file", "--batch", "--buffer", source=names)
        if done.status != 0:
            raise _error(root, done)
        sink.seek(0)
        for name, same in paths.items():
            contents = _next_object(sink, name)
            in_lfs += len(same) if contents.startswith(_LFS_POINTER) else 0
            for entry in same:
                if entry.mode == _LINK:
                    links.append((into / entry.path, contents))
                else:
                    refused += not _write_file(into / entry.path, contents)
    # After all files, so that nothing is written through one.
    refused += sum(not _write_link(into, path, target) for path, target in links)
    return in_lfs, refused


def _next_object(stream: IO[bytes], name: str) -> bytes:
    """The next object that `cat-file --batch` wrote, which is to be `name`."""
    header = stream.readline().split()
    if len(header) != 3 or header[0].decode("ascii", "replace") != name:
        raise GitError(
            f"the repository lacks the object {name}; it may be a partial clone, which is not fetched for"
        )
    contents = stream.read(int(header[2]))
    stream.read(1)
    return contents


def _write_file(path: Path, contents: bytes) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(contents)
    except FileExistsError:
        return False
    except NotADirectoryError:
        return False
    except OSError as error:
        raise GitError(f"{path} cannot be written: {error.strerror}") from error
    return True


def _write_link(into: Path, path: Path, contents: bytes) -> bool:
    """A link, if it leads down, or up no further than `into`: then no chain of such links leads out."""
    target = os.fsdecode(contents)
    parts = PurePosixPath(target).parts
    ups = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    depth = len(path.relative_to(into).parts) - 1
    if "\0" in target or target.startswith("/") or ups > depth or ".." in parts[ups:]:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    except OSError:
        return False
    return True


def _git(root: str, sink: IO[bytes], *arguments: str, source: IO[bytes] | None = None) -> Outcome:
    """Run git on the repository at `root`; what it writes comes in `sink`, what it complains of in the outcome."""
    program = resolve_program("git", (root,))
    if program is None:
        raise GitError("git is not installed")
    with tempfile.TemporaryDirectory(prefix="xdp-lsp-") as scratch:
        environment = {
            name: value
            for name, value in sanitised_environment(scratch).items()
            if not name.startswith("GIT_") or name.startswith(_OWN_CONFIGURATION)
        }
        try:
            return run(
                [program, *_OPTIONS, "-C", root, *arguments],
                scratch,
                _LIMITS._replace(seconds=_TO_FIND) if arguments[0] == "rev-parse" else _LIMITS,
                environment=environment | _FORBIDDEN,
                source=source,
                sink=sink,
            )
        except OSError as error:
            raise GitError(f"git cannot be started: {error.strerror}") from error


def _written(sink: IO[bytes]) -> bytes:
    sink.seek(0)
    return sink.read()


def _error(root: str, done: Outcome) -> GitError:
    """What became of a run of git that gave no answer."""
    said = done.output.decode("utf-8", "replace")
    if done.timed_out:
        return GitError(f"git did not answer within {done.seconds:.0f} s")
    if "dubious ownership" in said or "safe.directory" in said:
        return GitError(
            f"git reads no repository of somebody else: {root} is not yours; "
            f"`git config --global --add safe.directory {root}` says that you trust it"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = next((line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")), "")
    return GitError(f"git cannot read {root}: {reason or ' '.join(lines[:1]) or 'it was ended'}")
