"""Remedies for names that nothing declares: the headers and macros that have them."""

from __future__ import annotations

import os
import re

from xdp_lsp.project.guesses.declared import headers_of, macros_of
from xdp_lsp.project.guesses.includes import find, is_vmlinux
from xdp_lsp.project.guesses.macros import command_with, constants
from xdp_lsp.project.guesses.remedies.situation import MOST_RIVALS, Situation, Tries
from xdp_lsp.project.repository import tree_of
from xdp_lsp.toolchain import compat_header

_KERNEL_INTEGERS = {f"{sign}{bits}": f"__{sign}{bits}" for sign in "us" for bits in (8, 16, 32, 64)}
# Structures that libbpf and iproute2 gave to sources of their time.
_DROPPED = {"bpf_map_def": "bpf_map_def.h", "bpf_elf_map": "bpf_elf_map.h"}
# The first clang in which -std=gnu2x has the keywords bool, true and false.
_BOOL_IS_KEYWORD = 15
# The guards of headers whose types a vmlinux.h has as well, and what else keeps those out.
_IN_VMLINUX = (
    "_LINUX_TYPES_H",
    "__LINUX_BPF_H__",
    "__UAPI_DEF_ETHHDR=0",
    "_BITS_STDINT_INTN_H",
    "_BITS_STDINT_UINTN_H",
)
_MACRO = re.compile(r"[A-Z_][A-Z0-9_]{2,}")
_STANDARD = re.compile(r"-std=(?:gnu|c)2\w")


def dropped_structures(situation: Situation) -> Tries:
    for name, header in _DROPPED.items():
        if name in situation.unknown:
            path = compat_header(header)
            yield situation.with_guess(path, f"struct {name} is defined nowhere", f"-include{path}")


def truth_values(situation: Situation) -> Tries:
    if not {"bool", "true", "false"} & set(situation.unknown):
        return
    reason = "bool is used without a header that has it"
    if situation.toolchain.compiler.major >= _BOOL_IS_KEYWORD:
        yield situation.with_guess("", reason, "-std=gnu2x")
    yield situation.with_guess("", reason, "-Dbool=_Bool", "-Dtrue=1", "-Dfalse=0")


def older_standard(situation: Situation) -> Tries:
    """A vmlinux.h has an enumeration of `false` and `true`, which are keywords from C23 on."""
    in_vmlinux = any(is_vmlinux(error.range.path) for error in situation.errors[:3])
    if in_vmlinux and any(map(_STANDARD.match, situation.flags)):
        yield situation.with_guess("", "vmlinux.h is not C23", "-std=gnu17")


def declarations(situation: Situation) -> Tries:
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


def twice_in_vmlinux(situation: Situation) -> Tries:
    """A vmlinux.h has the types of the kernel's headers for programs, of which then only the macros are wanted."""
    if situation.redefined and situation.includes_vmlinux:
        flags = [f"-D{guard}" for guard in _IN_VMLINUX]
        yield situation.with_guess("", "vmlinux.h has the types that other headers define", *flags)


def integers(situation: Situation) -> Tries:
    wanted = [name for name in _KERNEL_INTEGERS if name in situation.unknown]
    if wanted:
        flags = [f"-D{name}={_KERNEL_INTEGERS[name]}" for name in wanted]
        yield situation.with_guess("", "the kernel's names of integers are defined nowhere", *flags)


def macros_of_commands(situation: Situation) -> Tries:
    """A script, or the text that tells how to build it, defines the macro."""
    names = [name for name in situation.unknown if _MACRO.fullmatch(name)]
    command = command_with(names, situation.path, tree_of(situation.root), situation.read) if names else None
    if command is not None:
        others = [os.path.relpath(path, situation.root) for path in command.others[:MOST_RIVALS]]
        but = f"; otherwise in {', '.join(others)}" if others else ""
        reason = f"a command in it defines what is not declared{but}"
        yield situation.with_guess(command.path, reason, *command.flags)


def kernel_constants(situation: Situation) -> Tries:
    """A vmlinux.h has the kernel's types and no macros, and other headers would have the types again."""
    if not situation.includes_vmlinux:
        return
    values = constants(situation.unknown, situation.toolchain.headers.search, situation.read)
    macros = [*(f"{name}={value}" for name, value in values.items()), *macros_of(situation.unknown)]
    if macros:
        flags = (f"-D{macro}" for macro in macros)
        yield situation.with_guess("", "vmlinux.h has no macros, the kernel's headers have these", *flags)
