"""What to do about the errors that everyone meets first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xdp_lsp.toolchain.diagnostics import ClangDiagnostic

_MISSING = re.compile(r"^'([^']+)' file not found")

_FOR_BCC = (
    "This source is written for BCC, whose own compiler must rewrite it: clang alone cannot compile it."
)

_MISSING_HEADERS = (
    (
        re.compile(r"(.*/)?vmlinux\.h$"),
        "vmlinux.h is made from a kernel's BTF: run `xdp-lsp vmlinux-header > vmlinux.h`, and name its folder by -I or "
        "the setting `vmlinux`.",
    ),
    (
        re.compile(r"asm/|asm-generic/"),
        "The kernel's architecture headers are missing: install linux-libc-dev (Debian) or kernel-headers (Fedora), "
        "or name them by the setting `kernel-headers`.",
    ),
    (
        re.compile(r"gnu/stubs-32\.h$"),
        "A glibc header takes BPF for a 32-bit machine: -D__x86_64__ was undone by a flag of the project.",
    ),
    (
        re.compile(r"(uapi/|linux/kconfig\.h|generated/|linux/(skbuff|netdevice|filter|kernel|module)\.h)"),
        "This is a header of the kernel's own tree, not one for programs: add the tree's include folders by -I.",
    ),
    (re.compile(r"bcc/"), _FOR_BCC),
)
_MESSAGES = (
    (
        re.compile(
            r".*incomplete (?:definition of )?type 'struct (?:sk_buff|net_device|task_struct|net|sock)'"
        ),
        "This is a structure of the kernel's own, which no header for programs has: vmlinux.h has it.",
    ),
    (
        re.compile(r".*(?:unknown type name|undeclared identifier) 'bool'"),
        "C has `bool` built in from C23 on: the project may want -std=gnu2x, or its own vmlinux.h.",
    ),
    (
        re.compile(r".*incomplete type 'struct bpf_map_def'"),
        'libbpf 1.0 has dropped struct bpf_map_def: define the map in SEC(".maps"), or name the headers of an older '
        "libbpf by the setting `libbpf`.",
    ),
)
# Definitions of maps that only BCC's rewriter gives a meaning.
_BCC = re.compile(
    rb"^\s*BPF_(?:TABLE\w*|HASH|ARRAY|PERCPU_\w+|LRU_HASH|LPM_TRIE|PERF_OUTPUT|DEVMAP|CPUMAP|XSKMAP|PROG_ARRAY)\s*\(",
    re.MULTILINE,
)
# What BCC's sources have no use for: others define macros of those names.
_LIBBPF = re.compile(rb"^\s*SEC\s*\(|\bbpf_helpers\.h\b", re.MULTILINE)


def hint_for(diagnostics: Iterable[ClangDiagnostic], source: bytes) -> str | None:
    """One or two sentences for the first error that is known, None where none is. `source` is the main file's text."""
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    if errors and is_for_bcc(source):
        return _FOR_BCC
    for error in errors:
        missing = _MISSING.match(error.message)
        if missing:
            known = (hint for pattern, hint in _MISSING_HEADERS if pattern.match(missing[1]))
            return next(known, _elsewhere(missing[1]))
        for pattern, hint in _MESSAGES:
            if pattern.match(error.message):
                return hint
    return None


def is_for_bcc(source: bytes) -> bool:
    """Whether `source` is in BCC's dialect, which clang cannot compile whatever flags it gets."""
    return _BCC.search(source) is not None and _LIBBPF.search(source) is None


def missing_file(error: ClangDiagnostic) -> str | None:
    """The file that `error` says was not found, as it was included; None for another error."""
    missing = _MISSING.match(error.message)
    return missing[1] if missing is not None else None


def first_missing(errors: Iterable[ClangDiagnostic]) -> str | None:
    """The first file that one of `errors` says was not found; None where none does."""
    return next(filter(None, map(missing_file, errors)), None)


def _elsewhere(name: str) -> str:
    return f'Name the folder of {name} by -I: add to .xdp-lsp.toml flags = ["-IFOLDER"].'
