"""Remedies for headers: folders in which they are searched, and in which order."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from xdp_lsp.project.guesses.includes import find
from xdp_lsp.project.guesses.lookup import Folder, folders_with, namesakes
from xdp_lsp.project.guesses.remedies.situation import MOST_RIVALS, Situation, Tries
from xdp_lsp.project.model import Layer
from xdp_lsp.project.repository import tree_of
from xdp_lsp.source import includes_of, is_file
from xdp_lsp.toolchain import FilteredFlags, files_named, forward_folder, missing_file, newer_headers

# Folders whose headers are those of the kernel and the C library, whatever else is called as they are.
_OF_THE_SYSTEM = re.compile(r"(?:linux|asm|asm-generic|sys|net|netinet|arpa|bits|gnu|rdma|uapi)/")
_OTHER_NAMES = {"bpf_elf.h": "bpf_elf_map.h"}
_SEARCHED = re.compile(r"-(?:I|isystem|iquote)(?=/)")
_KERNEL_NAME = re.compile(r"_?_?(?:bpf|BPF|XDP|xdp|ETH_P|IPPROTO|TC_ACT|AF_)\w*")
# Of the files in a repository that are called as a header is: as many are read, of so many bytes together.
_MOST_NAMESAKES, _MOST_READ = 100, 64 << 20


def for_missing(situation: Situation) -> Tries:
    header = situation.missing
    assert header is not None
    error = next(error for error in situation.errors if missing_file(error) == header)
    if _shadows(situation, error.range.path):
        yield from _system_first(situation)
    tree = tree_of(situation.root)
    folders = folders_with(header, situation.path, situation.closure.unresolved, tree)
    for folder in folders:
        reason = f"{header} was not found, and is there{_but(header, folder.path, folders, situation)}"
        kinds = ("-idirafter",) if folder.is_kernels else ("-I", "-idirafter")
        for kind in kinds:
            yield situation.with_guess(folder.path, reason, f"{kind}{folder.path}")
    yield from _by_other_names(situation, header)


def _but(header: str, chosen: str, folders: Sequence[Folder], situation: Situation) -> str:
    """Where another `header` than the one in the folder `chosen` lies: what is computed may rest on the choice."""
    texts = {one.path: situation.read(os.path.normpath(os.path.join(one.path, header))) for one in folders}  # noqa: PTH118
    others = [path for path, text in texts.items() if text != texts[chosen]][:MOST_RIVALS]
    named = ", ".join(os.path.relpath(path, situation.root) for path in others)
    return f"; another is in {named}" if others else ""


def _by_other_names(situation: Situation, header: str) -> Tries:
    """A header that is there in another folder than the include says: `libbpf/src/bpf_helpers.h`."""
    name = os.path.basename(header)  # noqa: PTH119
    if _OF_THE_SYSTEM.match(header) or header.startswith("bcc/"):
        return
    targets = list(namesakes(header, situation.path, tree_of(situation.root)))
    ours = _OTHER_NAMES.get(name)
    found = find(situation.toolchain.headers.search, ours or f"bpf/{name}")
    targets += [found] if found is not None else []
    for target in filter(is_file, targets):  # one may have gone since the files were listed
        folder = forward_folder(header, target, situation.toolchain.settings.cache_directory)
        if folder is not None:
            yield situation.with_guess(
                target, f"stands for {header}, which was not found", f"-idirafter{folder}"
            )


def own_copies(situation: Situation) -> Tries:
    """A header of the repository is called as one of libbpf's is, which is found without the name of its folder."""
    libbpf = (os.path.join(situation.toolchain.headers.libbpf.folder, "bpf"),)  # noqa: PTH118
    named = files_named(situation.flags)
    taken: dict[str, None] = {}
    for path, text in situation.closure.texts.items():
        for include in includes_of(text):
            beside = (os.path.dirname(path),) if include.is_quoted else ()  # noqa: PTH120
            if find(libbpf, include.name) is not None and find((*beside, *named), include.name) is None:
                taken[include.name] = None
    tree = tree_of(situation.root)
    for header in taken:
        for folder in folders_with(header, situation.path, taken, tree)[:2]:
            reason = f"it has {header}, which goes before libbpf's"
            yield situation.with_guess(folder.path, reason, f"-I{folder.path}")


def other_of_the_name(situation: Situation) -> Tries:
    """Another header of the name of one that is included has what is missing."""
    unknown = [os.fsencode(name) for name in situation.unknown]
    if not unknown:
        return
    names = {os.path.basename(path): path for path in situation.closure.texts if path != situation.path}  # noqa: PTH119
    explained: Counter[str] = Counter()
    files = tree_of(situation.root).files
    rest = (file for file in files if file not in situation.closure.texts)
    others = (file for file in rest if os.path.basename(file) in names)  # noqa: PTH119
    left = _MOST_READ
    for path in islice(others, _MOST_NAMESAKES):
        text = (situation.read(path) or b"") if left > 0 else b""
        left -= len(text)
        count = sum(re.search(rb"\b%s\b" % re.escape(one), text) is not None for one in unknown)
        if count:
            explained[path] = count
    for path, _ in explained.most_common(2):
        name, folder = os.path.basename(path), os.path.dirname(path)  # noqa: PTH119, PTH120
        reason = f"this {name} has what is not declared"
        layer = Layer(FilteredFlags((f"-I{folder}",)), folder, reason, is_guess=True, is_remedy=True)
        said = tuple(one for one in situation.layers if not one.is_guess)
        yield (*said, layer, *(one for one in situation.layers if one.is_guess))


def newer(situation: Situation) -> Tries:
    if not any(_KERNEL_NAME.fullmatch(name) for name in situation.unknown):
        return
    headers = situation.toolchain.headers
    found = newer_headers(headers, situation.toolchain.settings.cache_directory)
    if found is not None:
        reason = f"its headers are of Linux {found.kernel.version}, the system's of {headers.kernel.version}"
        yield situation.with_guess(found.kernel.folder, reason, *found.flags)


def shadowing(situation: Situation) -> Tries:
    if any(_shadows(situation, path) for path in situation.closure.texts):
        yield from _system_first(situation)


def _shadows(situation: Situation, path: str) -> bool:
    """Whether `path` is found in a guessed folder by a name that a header of the system has."""
    for layer in situation.layers:
        for flag in layer.flags.kept if layer.is_guess else ():
            folder = _SEARCHED.sub("", flag)
            if folder != flag and path.startswith(f"{folder}{os.sep}"):
                name = os.path.relpath(path, folder)
                if os.sep in name and find(situation.toolchain.headers.search, name) is not None:
                    return True
    return False


def _system_first(situation: Situation) -> Tries:
    """The folders that are guessed go after the system's, whose headers they hide.

    But for those that the project names: clang forgets the -I of a folder that is the system's as well, so that its
    headers would give way to the system's, and errors in them be hidden.
    """
    if any(
        _SEARCHED.match(flag) for layer in situation.layers if layer.is_guess for flag in layer.flags.kept
    ):
        given = [flag for layer in situation.layers if not layer.is_guess for flag in layer.flags.kept]
        named = frozenset(files_named(given))
        yield tuple(_after_system(layer, named) if layer.is_guess else layer for layer in situation.layers)


def _after_system(layer: Layer, named: frozenset[str]) -> Layer:
    flags = (flag for flag in layer.flags.kept if _SEARCHED.sub("", flag) not in named)
    kept = tuple(_SEARCHED.sub("-idirafter", flag) for flag in flags)
    return layer._replace(flags=FilteredFlags(kept), reason=f"{layer.reason}, after the system's headers")
