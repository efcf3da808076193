"""Find a clang that has the BPF target.

The user's setting, else `clang` and then `clang-NN`, newest first, on PATH, else the zig binary of the
`ziglang` wheel, which holds a whole clang driver. A candidate is believed only after it has compiled an
empty file for BPF: Apple's clang and some distributions' lack the target.

One that was kept from answering, by a kill or a full disk, is not passed over: another would make other code of the
same source, and stay the one for as long as the process lives.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import sys
import tempfile
from collections.abc import Collection, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.source import is_file, is_within
from xdp_lsp.toolchain.errors import CompilerNotFoundError
from xdp_lsp.toolchain.process import Limits, run

# The oldest whose BTF and -mcpu=v3 are what the loaders of 5.15 and later take.
OLDEST_MAJOR = 11

INSTALL_CLANG = "pip install 'xdp-lsp[clang]'"

_MOST_QUESTIONS = 2
_SIGKILL = 9  # Windows has no name for it
_PROBE_LIMITS = Limits(seconds=20.0, memory=4 << 30, output=1 << 20, file=1 << 20)
_VERSION = re.compile(r"clang version ((\d+)\.[\w.+~-]+)")
_RESOURCES = re.compile(r'-resource-dir (?:"([^"]+)"|(\S+))')


class Compiler(NamedTuple):
    """One clang, probed. All paths are absolute."""

    command: tuple[str, ...]  # what starts it: the binary, with `clang` after it for zig
    origin: str  # "setting", "PATH" or "ziglang wheel"
    version: str
    major: int
    builtin_headers: str  # the folder of its own stdint.h, stddef.h and kin
    default_includes: tuple[str, ...]  # where it looks for <...> by itself, as far as the folders exist
    is_zig: bool

    @property
    def path(self) -> str:
        return self.command[0]


class Rejected(NamedTuple):
    """A candidate that will not do, with a phrase that says why."""

    path: str
    reason: str


def find_compiler(setting: str | None = None, untrusted: Collection[str] = ()) -> Compiler:
    """The compiler to use, in no folder of `untrusted`. Raises CompilerNotFoundError with what was tried."""
    if setting is not None:
        path = resolve_program(setting, untrusted)
        if path is not None and is_within(path, untrusted):
            raise CompilerNotFoundError(
                f"The compiler of the setting `clang`, {path}, is in a folder that is not trusted."
            )
        if path is None:
            raise CompilerNotFoundError(
                f"The compiler of the setting `clang`, {setting!r}, is neither the whole path of a program nor the "
                "name of one on PATH."
            )
        found = probe(path, "setting")
        if isinstance(found, Rejected):
            raise CompilerNotFoundError(f"The compiler of the setting `clang`, {found.path}, {found.reason}.")
        return found
    rejected: list[Rejected] = []
    for path, origin in candidates(untrusted):
        found = probe(path, origin)
        if isinstance(found, Compiler):
            return found
        rejected.append(found)
    tried = "; ".join(f"{path} {reason}" for path, reason in rejected)
    raise CompilerNotFoundError(
        "No clang with the BPF target was found"
        + (f" ({tried})" if tried else " on PATH")
        + f". Install clang {OLDEST_MAJOR} or later, or run: {INSTALL_CLANG}"
    )


def candidates(untrusted: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Paths of compilers with where they come from, the preferred first; each file once, whatever links to it."""
    seen: set[str] = set()
    for path, origin in _all_candidates(untrusted):
        real = os.path.realpath(path)
        if real not in seen and not (origin == "PATH" and is_within(real, untrusted)):
            seen.add(real)
            yield path, origin


def _all_candidates(untrusted: Collection[str]) -> Iterator[tuple[str, str]]:
    numbered: list[tuple[int, str]] = []
    for folder in _path_folders(untrusted):
        plain = folder / f"clang{_SUFFIX}"
        if _is_program(plain):
            yield str(plain), "PATH"
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if entry.name.startswith("clang-")]
        except OSError:
            continue
        for name in names:
            match = re.fullmatch(rf"clang-(\d+){re.escape(_SUFFIX)}", name)
            if match and _is_program(folder / name):
                numbered.append((int(match[1]), str(folder / name)))
    for _, path in sorted(numbered, key=lambda entry: -entry[0]):
        yield path, "PATH"
    wheel = wheel_folder()
    if wheel is not None:
        yield str(wheel / f"zig{_SUFFIX}"), "ziglang wheel"


def wheel_folder() -> Path | None:
    """The folder of the installed `ziglang` package, found without importing it.

    Not one in the current folder, where `python -m` would look first: that may be a workspace.
    """
    here = Path.cwd()
    searched = [entry for entry in sys.path if entry and Path(entry) != here]
    spec = PathFinder.find_spec("ziglang", searched)
    for location in (spec and spec.submodule_search_locations) or ():
        if is_file(Path(location) / f"zig{_SUFFIX}"):
            return Path(location)
    return None


class _KeptFromAnsweringError(Exception):
    """What kept a compiler from answering, as `Rejected.reason`: nothing that is wrong with it."""


def probe(path: str, origin: str) -> Compiler | Rejected:
    """What the compiler at `path` is, asked once per process while the file stays the same. Raises
    CompilerNotFoundError where it was kept from answering."""
    try:
        status = Path(path).stat()
    except OSError as error:
        return Rejected(path, f"cannot be read ({error.strerror})")
    reason = ""
    for _ in range(_MOST_QUESTIONS):
        try:
            return _probe(path, origin, status.st_mtime_ns, status.st_size)
        except _KeptFromAnsweringError as error:
            reason = str(error)
    raise CompilerNotFoundError(
        f"The compiler {path} {reason}; nothing is said before it can be asked again."
    )


@functools.lru_cache(maxsize=64)
def _probe(path: str, origin: str, _mtime_ns: int, _size: int) -> Compiler | Rejected:
    is_zig = re.match(r"zig\b", Path(path).name) is not None
    command = (path, "clang") if is_zig else (path,)
    with tempfile.TemporaryDirectory(prefix="xdp-lsp-") as folder:
        source, built = Path(folder, "probe.c"), Path(folder, "probe.o")
        source.touch()
        try:
            outcome = run(
                [*command, "-target", "bpf", "-v", "-x", "c", "-c", str(source), "-o", str(built)],
                folder,
                _PROBE_LIMITS,
            )
        except OSError as error:
            return Rejected(path, f"cannot be started ({error.strerror})")
        has_object = is_file(built)
    if outcome.timed_out:
        raise _KeptFromAnsweringError(f"did not answer in {_PROBE_LIMITS.seconds:.0f} s")
    if outcome.status == -_SIGKILL:
        raise _KeptFromAnsweringError("was ended by SIGKILL when it was asked what it is")
    output = outcome.output.decode("utf-8", "replace")
    if outcome.status != 0 and os.strerror(errno.ENOSPC) in output:
        raise _KeptFromAnsweringError("found no room on the disk when it was asked what it is")
    version = _VERSION.search(output)
    if version is None:
        return Rejected(path, "is not a clang")
    if int(version[2]) < OLDEST_MAJOR:
        return Rejected(path, f"is clang {version[1]}, and {OLDEST_MAJOR} is the oldest that will do")
    resources = _RESOURCES.search(output)
    if outcome.status != 0 or not has_object or resources is None:
        return Rejected(path, "has no BPF target")
    # zig keeps them elsewhere than it tells its clang.
    kept_in = Path(path).resolve().parent / "lib" if is_zig else Path(resources[1] or resources[2])
    builtin = os.path.normpath(kept_in / "include")
    return Compiler(command, origin, version[1], int(version[2]), builtin, _include_list(output), is_zig)


def _include_list(output: str) -> tuple[str, ...]:
    """The folders between the two lines by which `clang -v` encloses them."""
    _, _, rest = output.partition("#include <...> search starts here:\n")
    listed, _, _ = rest.partition("End of search list.")
    # Frameworks of macOS carry a remark in brackets; no C header of BPF is in one.
    lines = (line.strip() for line in listed.splitlines())
    return tuple(os.path.normpath(line) for line in lines if line and not line.endswith(")"))


_SUFFIX = ".exe" if os.name == "nt" else ""


def _path_folders(untrusted: Collection[str]) -> list[Path]:
    """PATH without its relative entries, which would let a workspace supply the compiler, nor those in `untrusted`."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders = [folder for folder in map(Path, dict.fromkeys(entries)) if folder.is_absolute()]
    return [folder for folder in folders if not is_within(folder, untrusted)]


def _is_program(path: Path) -> bool:
    return is_file(path) and os.access(path, os.X_OK)


def resolve_program(setting: str, untrusted: Collection[str]) -> str | None:
    """The absolute path that a setting names, itself or through PATH."""
    path = Path(setting).expanduser()
    if path.is_absolute():
        return str(path) if _is_program(path) else None
    if len(path.parts) != 1:
        return None
    names = dict.fromkeys((setting, setting + _SUFFIX))
    found = (folder / name for folder in _path_folders(untrusted) for name in names)
    return next((str(program) for program in found if _is_program(program)), None)
