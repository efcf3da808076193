"""The flags that a project may set: an allow-list.

A workspace is often somebody else's code, opened to be read. clang's flags can load plugins, start
assemblers and write files, so what a workspace says passes only where it names nothing but files to read,
macros, the language, warnings and the shape of the code.

Invariant: every flag kept is safe by itself, whatever stands beside it, for each is rewritten into one
token that neither takes the next one as its value nor can be taken for another flag. So nothing here
depends on knowing which of clang's other flags take a value.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple


class FilteredFlags(NamedTuple):
    """`kept` go to clang; `dropped` are told to the user, as (flag, why: "it can write a file" without the
    "it"); `replaced` are what every compile sets.

    Flags that take a value are one string in all of them.
    """

    kept: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    replaced: tuple[str, ...] = ()


# Spellings by which a folder or file to read is given, and the one that is passed on. clang's Options.td
# has all of the latter as JoinedOrSeparate.
_READS = {
    "-I": "-I",
    "-isystem": "-isystem",
    "-iquote": "-iquote",
    "-idirafter": "-idirafter",
    "-include": "-include",
    "-imacros": "-imacros",
    "-isysroot": "-isysroot",
    "--include-directory": "-I",
    "--include-directory-after": "-idirafter",
    "--include": "-include",
    "--imacros": "-imacros",
    "--sysroot": "--sysroot=",
}
_MACROS = {"-D": "-D", "-U": "-U", "--define-macro": "-D", "--undefine-macro": "-U"}
# Flags of other meaning that begin as one of these does.
_LOOK_ALIKES = frozenset({"-I-", "-include-pch", "-isystem-after", "-iwithsysroot"})
_JOINED = sorted((name for name in (*_READS, *_MACROS) if not name.startswith("--")), key=len, reverse=True)
_MACRO = re.compile(r"[A-Za-z_$]")

_PLAIN = re.compile(
    r"""
      -O(?:[0-4sgz]|fast)?
    | -std=(?:(?:c|gnu)\d\w | iso9899:\w+)
    | --std=(?:(?:c|gnu)\d\w | iso9899:\w+)
    | -ansi | -trigraphs | -undef
    | -nostdinc | -nostdlibinc | -nobuiltininc
    | -mcpu=(?:generic|v\d+)
    | -mlittle-endian | -mbig-endian
    | -w | -pedantic(?:-errors)?
    | -W[A-Za-z0-9][\w+-]*(?:=[\w-]+)?     # a comma would hand options to the assembler, preprocessor or linker
    """,
    re.VERBOSE | re.ASCII,
)

# -fNAME and -fno-NAME that shape code or the language and take no value.
_CODE = re.compile(
    r"""
    -f(?:no-)?(?:
        asm | asm-blocks | asynchronous-unwind-tables | blocks | builtin | common | data-sections | declspec
      | delete-null-pointer-checks | dollars-in-identifiers | exceptions | fast-math | finite-loops
      | finite-math-only | freestanding | function-sections | gnu-keywords | gnu89-inline | hosted | ident
      | inline | inline-functions | inline-hint-functions | jump-tables | keep-static-consts
      | lax-vector-conversions | math-errno | merge-all-constants | merge-constants | ms-extensions
      | omit-frame-pointer | optimize-sibling-calls | pic | PIC | pie | PIE | plt | semantic-interposition
      | short-enums | signed-char | slp-vectorize | stack-clash-protection | stack-protector
      | stack-protector-all | stack-protector-strong | strict-aliasing | strict-enums | strict-overflow
      | strict-return | trapv | tree-slp-vectorize | tree-vectorize | unroll-loops | unsigned-char
      | unwind-tables | vectorize | wrapv | wrapv-pointer | zero-initialized-in-bss
    )
    """,
    re.VERBOSE | re.ASCII,
)
_CODE_WITH_VALUE = re.compile(
    r"""
      -f(?:no-)?builtin-\w+
    | -fvisibility=(?:default|hidden|internal|protected) |
    -ftrivial-auto-var-init=(?:zero|pattern|uninitialized) | -ffp-contract=(?:on|off|fast) |
    -flax-vector-conversions=(?:none|integer|all) |
    -f(?:strict-flex-arrays|inline-limit|pack-struct|align-functions|align-loops|max-type-align|bracket-depth)=\d+
    """,
    re.VERBOSE | re.ASCII,
)
# Options of LLVM's own that tune the BPF back end, inlining and unrolling; others load plugins and write
# files.
_LLVM = re.compile(r"-(?:bpf-[a-z0-9-]+|inline-threshold|unroll-[a-z-]+)(?:=(?:\d+|true|false))?")

_TARGET = re.compile(r"(bpf(?:el|eb)?)(?:-[\w.-]*)?")

# Dropped flags whose value is the next argument, so that it can be told together with them.
_TAKES_VALUE = re.compile(
    r"""
    (?:
        -o | --output | -x | --language | -target | --target | -triple | -arch | -B | --prefix | -MF | -MT |
        -MQ
      | -MJ | -L | -l | -F | -T | -u | -z | -e | -G | -V | -b | -Xclang | -Xanalyzer | -Xassembler |
      -Xlinker | -Xpreprocessor | -Xopenmp-target | -Xarch_host | -mllvm | -mmlir | -specs | --specs |
      --param | -cxx-isystem | -include-pch | -ivfsoverlay | -iprefix | -iwithprefix | -iwithprefixbefore |
      -iwithsysroot | -iframework | -framework | -imultilib | -resource-dir | -working-directory | --config
      | -serialize-diagnostics | --serialize-diagnostics | -dependency-file | -index-store-path |
      -ccc-gcc-name | -gcc-toolchain | -load | -plugin | -wrapper | -main-file-name | -isystem-after |
      -dyld-prefix | -install_name | -current_version | -compatibility_version | -bundle_loader
    )
    """,
    re.VERBOSE | re.ASCII,
)

# What every compile does, or sets itself: not worth a word.
_REPLACED = re.compile(
    r"-c|-S|-E|-emit-llvm|-g(?:db|gdb|dwarf|dwarf-\d|[1-3])?|-(?:M|MM|MD|MMD|MP|MG|MV)|-pipe|-v|-###|--"
)
_REPLACED_WITH_VALUE = re.compile(r"(?:-o|--output=?|-MF|-MT|-MQ|-x|--language=?)(?s:.*)")

_REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"@|--config|-ivfsoverlay|-specs|--specs", "reads flags or files from elsewhere"),
        (
            r"-f(?:no-)?(?:plugin|pass-plugin|integrated-as|integrated-cc1|use-ld)|-no-integrated-as|-B|--prefix|-Xclang"
            r"|-Xassembler|-Xlinker|-Xpreprocessor|-Xanalyzer|-W[alp],|-load|-plugin|-wrapper|-ccc-|-mllvm|-analyze",
            "can run a program or load a plugin",
        ),
        (
            r"-o|--output|-save-temps|--save-temps|-ftime-trace|--?serialize-diagnostics|-f(?:no-)?save-optimization-record"
            r"|-foptimization-record|-fcrash-diagnostics|-fprofile|-fcs-profile|-ftest-coverage|-fcoverage|--coverage"
            r"|-fmodule|-gsplit-dwarf|-fproc-stat|-fstack-usage|-fdump|-dump|-MJ|-dependency|-index-store|-emit|-fauto"
            r"|-gen-|-d[A-Z]|--?extract",
            "can write a file",
        ),
        (
            r"-f(?:no-)?(?:color|caret|diagnostics|message|error-limit|show|macro-backtrace)",
            "would change the form of the messages",
        ),
        (r"-f(?:debug|file|macro|coverage)-(?:prefix-map|compilation-dir)|-g", "would change the debug info"),
        (r"-(?:f(?:no-)?lto|fembed-bitcode|fsyntax-only)", "would leave no BPF object"),
        (r"-mcpu=probe", "asks the running kernel which instructions to use"),
        (r"--?target|-triple|-arch|-m", "is for another target than BPF"),
        (r"-L|-l|-z|-shared|-static|-r|-T|-u|-pthread|-nostdlib|-nodefaultlibs", "is for the linker"),
        (r"-x", "is for another language than C"),
        (r"[^-]", "names a file to compile"),
    )
)
# Of a surrogate pair, as JSON and YAML can hold it: in no argument, like a NUL. The others stand for bytes.
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_UNKNOWN = "is not among the flags that a project may set"


def filter_flags(flags: Iterable[str], directory: str) -> FilteredFlags:
    """Sort `flags` into those a project may set and those it may not; relative paths are read from
    `directory`.

    Pure: looks at no file.
    """
    kept: list[str] = []
    dropped: list[tuple[str, str]] = []
    replaced: list[str] = []
    rest = deque(_HALF.sub("\0", flag) for flag in flags)
    while rest:
        flag = rest.popleft()
        if "\0" in flag:
            dropped.append((flag.replace("\0", "\\0"), "holds a NUL"))
            continue
        valued = _with_value(flag, rest)
        if valued is not None:
            spelling, value = valued
            rewritten = _rewrite(spelling, value, directory)
            if rewritten is not None:
                kept.append(rewritten)
            else:
                dropped.append((f"{spelling} {value}".replace("\0", "\\0").rstrip(), "has no usable value"))
            continue
        target = re.fullmatch(r"--?target(?:=(.*))?|-triple", flag, re.DOTALL)
        if target:
            triple = target[1] if target[1] is not None else (rest.popleft() if rest else "")
            named = _TARGET.fullmatch(triple)
            if named is None:
                dropped.append((f"--target={triple}", _reason("--target")))
            elif named[1] == "bpf":
                replaced.append("--target=bpf")
            else:
                kept.append(f"--target={named[1]}")
            continue
        if flag == "-mllvm" and rest and _LLVM.fullmatch(rest[0]):
            # The joined form came with clang 16; the pair is safe too, its second half being checked here.
            kept += ["-mllvm", rest.popleft()]
            continue
        if _is_plain(flag):
            kept.append(flag.removeprefix("-") if flag.startswith("--") else flag)
            continue
        told = f"{flag} {rest.popleft()}" if _TAKES_VALUE.fullmatch(flag) and rest else flag
        if _REPLACED.fullmatch(flag) or _REPLACED_WITH_VALUE.fullmatch(flag):
            replaced.append(told)
        else:
            dropped.append((told, _reason(flag)))
    return FilteredFlags(tuple(kept), tuple(dropped), tuple(replaced))


def files_named(kept: Iterable[str]) -> tuple[str, ...]:
    """The folders and files to read that flags name which `filter_flags` has kept."""
    return tuple(
        flag.removeprefix(prefix)
        for flag in kept
        for prefix in dict.fromkeys(_READS.values())
        if flag.startswith(f"{prefix}{os.sep}")
    )


def _with_value(flag: str, rest: deque[str]) -> tuple[str, str] | None:
    """The spelling and the value of a flag that names something to read or a macro; takes a separate
    value.
    """
    if flag in _LOOK_ALIKES:
        return None
    if flag in _READS or flag in _MACROS:
        return flag, rest.popleft() if rest else ""
    if flag.startswith("--"):
        spelling, equals, value = flag.partition("=")
        return (spelling, value) if equals and (spelling in _READS or spelling in _MACROS) else None
    for spelling in _JOINED:
        if flag.startswith(spelling):
            return spelling, flag.removeprefix(spelling)
    return None


def _rewrite(spelling: str, value: str, directory: str) -> str | None:
    """The one token that is passed on, None where there is nothing to pass."""
    if "\0" in value:
        return None
    if spelling in _MACROS:
        return f"{_MACROS[spelling]}{value}" if _MACRO.match(value) else None
    value = value.strip()  # a line `-I folder` of compile_flags.txt
    path = os.path.join(directory, value)  # noqa: PTH118 - `..` through a link is not to be tidied away
    # Absolute, lest `-include` and `-pch` join into another flag.
    return f"{_READS[spelling]}{path}" if value and os.path.isabs(path) else None  # noqa: PTH117


def _is_plain(flag: str) -> bool:
    return any(pattern.fullmatch(flag) for pattern in (_PLAIN, _CODE, _CODE_WITH_VALUE))


def _reason(flag: str) -> str:
    return next((reason for pattern, reason in _REASONS if pattern.match(flag)), _UNKNOWN)
