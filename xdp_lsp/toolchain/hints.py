"""What to do about the errors that everyone meets first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xdp_lsp.toolchain.diagnostics import ClangDiagnostic

_MISSING = re.compile(r"^'([^']+)' file not found")

_MISSING_HEADERS = (
    (
        re.compile(r"(.*/)?vmlinux\.h$"),
        "vmlinux.h is made from the kernel's BTF: run `bpftool btf dump file /sys/kernel/btf/vmlinux format c > "
        "vmlinux.h` and name its folder by -I or the setting `vmlinux`.",
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
    (
        re.compile(r"bcc/|bpf/(proto|helpers|api)\.h"),
        "This source is written for BCC, whose own compiler must rewrite it.",
    ),
)
# Names that only BCC's rewriter gives a meaning.
_BCC = re.compile(
    r"\b(BPF_(TABLE|HASH|ARRAY|PERCPU_ARRAY|PERF_OUTPUT|DEVMAP|CPUMAP|XSKMAP|HISTOGRAM|PROG_ARRAY))\b"
)


def hint_for(diagnostics: Iterable[ClangDiagnostic]) -> str | None:
    """One or two sentences for the first error that is known, None where none is."""
    for diagnostic in diagnostics:
        if not diagnostic.is_error:
            continue
        missing = _MISSING.match(diagnostic.message)
        if missing:
            name = missing[1]
            for pattern, hint in _MISSING_HEADERS:
                if pattern.match(name):
                    return hint
            return (
                f"Name the folder that {name} is in: -I in the setting `flags`, in compile_flags.txt or in "
                "compile_commands.json."
            )
        if _BCC.search(diagnostic.message):
            return "This source is written in BCC's dialect of C, which clang alone cannot compile."
    return None
