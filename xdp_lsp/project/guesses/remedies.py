"""What may mend errors of clang's in a file whose flags nobody has told us.

Each remedy is a guess for one kind of error, told by its words; `pipeline.build` tries them and keeps what helps. None
of them runs for a file that compiles. Invariant: a remedy adds or moves include folders and macros, names the standard
of C, or has a warning be no error; nothing optimises otherwise than before.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from xdp_lsp.project.guesses.conditions import conditions_of
from xdp_lsp.project.guesses.declared import headers_of, macros_of
from xdp_lsp.project.guesses.includes import Closure, Read, closure_of, find, is_vmlinux
from xdp_lsp.project.guesses.lookup import Folder, folders_with, namesakes
from xdp_lsp.project.guesses.macros import command_with, constants
from xdp_lsp.project.model import Layer, Way
from xdp_lsp.project.repository import tree_of
from xdp_lsp.source import includes_of
from xdp_lsp.toolchain import (
    ClangDiagnostic,
    FilteredFlags,
    Toolchain,
    compat_header,
    files_named,
    first_missing,
    forward_folder,
    missing_file,
    newer_headers,
)

_UNKNOWN = re.compile(
    r"use of undeclared identifier '(\w+)'|call to undeclared (?:library )?function '(\w+)'.*|unknown type name '(\w+)'"
    r"|implicit declaration of function '(\w+)'"
    r"|.*incomplete (?:definition of )?type '(?:const )?struct (\w+)'|.*'struct (\w+)' that is never completed"
    r"|no member named '(\w+)' in '"
)
_REDEFINED = re.compile(
    r"(?:redefinition|conflicting types|redeclaration|static declaration) (?:of|for) '(\w+)'|typedef redefinition"
)
_KERNEL_NAME = re.compile(r"_?_?(?:bpf|BPF|XDP|xdp|ETH_P|IPPROTO|TC_ACT|AF_)\w*")
_KERNEL_INTEGERS = {f"{sign}{bits}": f"__{sign}{bits}" for sign in "us" for bits in (8, 16, 32, 64)}
# Structures that libbpf and iproute2 gave to sources of their time.
_DROPPED = {"bpf_map_def": "bpf_map_def.h", "bpf_elf_map": "bpf_elf_map.h"}
# The first clang in which -std=gnu2x has the keywords bool, true and false.
_BOOL_IS_KEYWORD = 15
# Folders whose headers are those of the kernel and the C library, whatever else is called as they are.
_OF_THE_SYSTEM = re.compile(r"(?:linux|asm|asm-generic|sys|net|netinet|arpa|bits|gnu|rdma|uapi)/")
_OTHER_NAMES = {"bpf_elf.h": "bpf_elf_map.h"}
# The guards of headers whose types a vmlinux.h has as well, and what else keeps those out.
_IN_VMLINUX = (
    "_LINUX_TYPES_H",
    "__LINUX_BPF_H__",
    "__UAPI_DEF_ETHHDR=0",
    "_BITS_STDINT_INTN_H",
    "_BITS_STDINT_UINTN_H",
)
_MACRO = re.compile(r"[A-Z_][A-Z0-9_]{2,}")
# Of the files in a repository that are called as a header is: as many are read, of so many bytes together.
_MOST_NAMESAKES, _MOST_READ = 100, 64 << 20
_WIDEST = 500  # bytes of a line before what it defines
_RESERVED = re.compile(r"_.*|.*_H_*")
_MOST_RIVALS = 3  # that are named
_STANDARD = re.compile(r"-std=(?:gnu|c)2\w")
_SEARCHED = re.compile(r"-(?:I|isystem|iquote)(?=/)")


@dataclass(frozen=True)
class Situation:
    """A compile that failed: `errors` of the file at `path` with the flags of `layers`, `root` being the folder that is
    looked through."""

    path: str
    root: str
    layers: tuple[Layer, ...]
    errors: tuple[ClangDiagnostic, ...]
    toolchain: Toolchain
    read: Read

    @cached_property
    def flags(self) -> tuple[str, ...]:
        return Way(layers=self.layers).kept

    @cached_property
    def closure(self) -> Closure:
        return closure_of(self.path, self.flags, self.toolchain.headers.search, self.root, self.read)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The names that the errors say are not known, each once."""
        found = (_UNKNOWN.match(error.message) for error in self.errors)
        return tuple(
            dict.fromkeys(next(filter(None, match.groups())) for match in found if match is not None)
        )

    @cached_property
    def missing(self) -> str | None:
        return first_missing(self.errors)

    def with_guess(self, origin: str, reason: str, *flags: str) -> tuple[Layer, ...]:
        return (*self.layers, Layer(FilteredFlags(flags), origin, reason, is_guess=True, is_remedy=True))


def remedies(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """The layers to try instead, the likeliest first."""
    found = _for_missing if situation.missing is not None else _for_others
    for layers in found(situation):
        if layers != situation.layers:
            yield layers


def _for_missing(situation: Situation) -> Iterator[tuple[Layer, ...]]:
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
    others = [path for path, text in texts.items() if text != texts[chosen]][:_MOST_RIVALS]
    named = ", ".join(os.path.relpath(path, situation.root) for path in others)
    return f"; another is in {named}" if others else ""


def _by_other_names(situation: Situation, header: str) -> Iterator[tuple[Layer, ...]]:
    """A header that is there in another folder than the include says: `libbpf/src/bpf_helpers.h`."""
    name = os.path.basename(header)  # noqa: PTH119
    if _OF_THE_SYSTEM.match(header) or header.startswith("bcc/"):
        return
    targets = list(namesakes(header, situation.path, tree_of(situation.root)))
    ours = _OTHER_NAMES.get(name)
    found = find(situation.toolchain.headers.search, ours or f"bpf/{name}")
    targets += [found] if found is not None else []
    for target in targets:
        folder = forward_folder(header, target, situation.toolchain.settings.cache_directory)
        if folder is not None:
            yield situation.with_guess(
                target, f"stands for {header}, which was not found", f"-idirafter{folder}"
            )


def _for_others(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    for remedy in _OTHERS:
        yield from remedy(situation)


def _dropped_structures(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    for name, header in _DROPPED.items():
        if name in situation.unknown:
            path = compat_header(header)
            yield situation.with_guess(path, f"struct {name} is defined nowhere", f"-include{path}")


def _bool(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    if not {"bool", "true", "false"} & set(situation.unknown):
        return
    reason = "bool is used without a header that has it"
    if situation.toolchain.compiler.major >= _BOOL_IS_KEYWORD:
        yield situation.with_guess("", reason, "-std=gnu2x")
    yield situation.with_guess("", reason, "-Dbool=_Bool", "-Dtrue=1", "-Dfalse=0")


def _older_standard(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A vmlinux.h has an enumeration of `false` and `true`, which are keywords from C23 on."""
    in_vmlinux = any(is_vmlinux(error.range.path) for error in situation.errors[:3])
    if in_vmlinux and any(map(_STANDARD.match, situation.flags)):
        yield situation.with_guess("", "vmlinux.h is not C23", "-std=gnu17")


def _declarations(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    builtin = situation.toolchain.compiler.builtin_headers
    # clang's own <stdint.h> by its path finds itself where it looks for the C library's.
    search = sorted(situation.toolchain.headers.search, key=lambda folder: folder == builtin)
    wanted = [
        found for header in headers_of(situation.unknown) if (found := find(search, header)) is not None
    ]
    macros = [f"-D{macro}" for macro in macros_of(situation.unknown)]
    if wanted or macros:
        flags = [*(f"-include{header}" for header in wanted), *macros]
        yield situation.with_guess("", "it is used, and nothing included declares it", *flags)


def _twice_in_vmlinux(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A vmlinux.h has the types of the kernel's headers for programs, of which then only the macros are wanted."""
    is_twice = any(_REDEFINED.match(error.message) for error in situation.errors)
    if is_twice and _includes_vmlinux(situation):
        flags = [f"-D{guard}" for guard in _IN_VMLINUX]
        yield situation.with_guess("", "vmlinux.h has the types that other headers define", *flags)


def _integers(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    wanted = [name for name in _KERNEL_INTEGERS if name in situation.unknown]
    if wanted:
        flags = [f"-D{name}={_KERNEL_INTEGERS[name]}" for name in wanted]
        yield situation.with_guess("", "the kernel's names of integers are defined nowhere", *flags)


def _macros_of_commands(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A script, or the text that tells how to build it, defines the macro."""
    names = [name for name in situation.unknown if _MACRO.fullmatch(name)]
    command = command_with(names, situation.path, tree_of(situation.root), situation.read) if names else None
    if command is not None:
        others = [os.path.relpath(path, situation.root) for path in command.others[:_MOST_RIVALS]]
        but = f"; otherwise in {', '.join(others)}" if others else ""
        reason = f"a command in it defines what is not declared{but}"
        yield situation.with_guess(command.path, reason, *command.flags)


def _constants(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A vmlinux.h has the kernel's types and no macros, and other headers would have the types again."""
    if not _includes_vmlinux(situation):
        return
    values = constants(situation.unknown, situation.toolchain.headers.search, situation.read)
    macros = [*(f"{name}={value}" for name, value in values.items()), *macros_of(situation.unknown)]
    if macros:
        flags = (f"-D{macro}" for macro in macros)
        yield situation.with_guess("", "vmlinux.h has no macros, the kernel's headers have these", *flags)


def _includes_vmlinux(situation: Situation) -> bool:
    texts = situation.closure.texts.values()
    return any(is_vmlinux(one.name) for text in texts for one in includes_of(text))


def _macros_that_admit(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A build defines a macro for BPF that admits what is missing: `#ifdef EBPF`."""
    if not situation.unknown:
        return
    pattern = re.compile(rb"\b(?:%s)\b" % b"|".join(map(re.escape, map(os.fsencode, situation.unknown))))
    explained: Counter[tuple[str, str]] = Counter()
    for path, text in situation.closure.texts.items():
        named = _lines_of(text, _definitions(text, pattern))
        if not named:
            continue
        for condition in conditions_of(text):
            inside = sum(condition.first <= line <= condition.last for line in named.values())
            if inside and not condition.is_negated and _RESERVED.fullmatch(condition.name) is None:
                explained[condition.name, path] += inside
    for (name, path), _ in explained.most_common(2):
        yield situation.with_guess(path, f"what is not declared stands under #ifdef {name}", f"-D{name}")


def _lines_of(text: bytes, matches: Iterable[re.Match[bytes]]) -> dict[bytes, int]:
    """The line, from 1, of the last of `matches` of each name."""
    line, at = 1, 0
    found = {}
    for match in matches:
        line += text.count(b"\n", at, match.start())
        at = match.start()
        found[match[0]] = line
    return found


def _definitions(text: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Where a name of `pattern` stands as one that is defined would: not in an expression, of which there are more."""
    for match in pattern.finditer(text):
        begin = max(0, match.start() - _WIDEST)
        line = text[text.rfind(b"\n", begin, match.start()) + 1 : match.start()]
        if len(line) >= _WIDEST:
            continue
        if (
            re.fullmatch(rb"[ \t]*#[ \t]*define[ \t]+|[\w \t*]*|[ \t]*\}[ \t]*", line)
            and b"return" not in line
        ):
            yield match


def _macros_that_exclude(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """A build defines a macro where the headers have a thing already: `#ifndef HAVE_...`."""
    for error in situation.errors:
        if not _REDEFINED.match(error.message):
            continue
        path, line = error.range.path, error.range.line
        text = situation.read(path) if path in situation.closure.texts else None
        around = conditions_of(text) if text is not None else ()
        for condition in around:
            if condition.is_negated and condition.first <= line <= condition.last:
                reason = f"what the headers have already stands under #ifndef {condition.name}"
                yield situation.with_guess(path, reason, f"-D{condition.name}")
                break


def _namesakes(situation: Situation) -> Iterator[tuple[Layer, ...]]:
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


def _warnings(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """Newer clangs take for errors what was a warning, and -Werror does with all."""
    options = {error.option for error in situation.errors} - {"", "-Wimplicit-function-declaration"}
    if options and all(error.option for error in situation.errors):
        flags = [f"-Wno-error={option.removeprefix('-W')}" for option in sorted(options)]
        yield situation.with_guess("", "these warnings are errors for this clang", *flags)


def _system_first(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    """The folders that are guessed go after the system's, whose headers they hide."""
    if any(
        _SEARCHED.match(flag) for layer in situation.layers if layer.is_guess for flag in layer.flags.kept
    ):
        yield tuple(_after_system(layer) if layer.is_guess else layer for layer in situation.layers)


def _after_system(layer: Layer) -> Layer:
    kept = tuple(_SEARCHED.sub("-idirafter", flag) for flag in layer.flags.kept)
    return layer._replace(flags=FilteredFlags(kept), reason=f"{layer.reason}, after the system's headers")


def _shadowing(situation: Situation) -> Iterator[tuple[Layer, ...]]:
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


def _own_copies(situation: Situation) -> Iterator[tuple[Layer, ...]]:
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


def _newer(situation: Situation) -> Iterator[tuple[Layer, ...]]:
    if not any(_KERNEL_NAME.fullmatch(name) for name in situation.unknown):
        return
    headers = situation.toolchain.headers
    newer = newer_headers(headers, situation.toolchain.settings.cache_directory)
    if newer is not None:
        reason = f"its headers are of Linux {newer.kernel.version}, the system's of {headers.kernel.version}"
        yield situation.with_guess(newer.kernel.folder, reason, *newer.flags)


_OTHERS: tuple[Callable[[Situation], Iterator[tuple[Layer, ...]]], ...] = (
    _dropped_structures,
    _bool,
    _older_standard,
    _macros_of_commands,
    _constants,
    _own_copies,
    _macros_that_exclude,
    _macros_that_admit,
    _namesakes,
    _newer,
    _declarations,
    _integers,
    _twice_in_vmlinux,
    _shadowing,
    _warnings,
)
