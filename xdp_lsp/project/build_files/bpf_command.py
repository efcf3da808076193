"""Which of the commands of a recipe compile for BPF, and with which flags."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from xdp_lsp.project.build_files.literal import is_known

_TARGETS_BPF = re.compile(r"--?target[=\0][^\s\0]*bpf|-triple\0bpf|-emit-llvm|__BPF", re.IGNORECASE)
_LLC_FOR_BPF = re.compile(r"(?:^|/)llc[\w.-]*$")
_MARCH = re.compile(r"-m?arch[= \0]\s*bpf")
_COMPILER = re.compile(r"(?:^|[/-])(?:clang|gcc|cc)(?:-[\d.]+)?(?:\.exe)?$")
_OTHER_TOOL = re.compile(
    r"(?:^|/)(?:llc|opt|bpftool|llvm-\w+|ld(?:\.lld)?|echo|printf|ar|rm|mv|cp|test|\[)[\d.-]*$"
)
_C_FILE = re.compile(r"\.(?:c|C)$")


class Compile(NamedTuple):
    """A command that compiles C for BPF.

    `flags` are its words less the compiler and the sources, `sources` the words that name C files, `folder` is where a
    `cd` before it went, relative to where the commands began; "" where there was none.
    """

    flags: tuple[str, ...]
    sources: tuple[str, ...]
    folder: str = ""


def targets_bpf(words: Iterable[str]) -> bool:
    """Whether a command of these words says that it compiles for BPF, or (for a pipe to `llc`) to LLVM's code."""
    return _TARGETS_BPF.search("\0".join(words)) is not None


def is_compiler(word: str) -> bool:
    """Whether `word` names a C compiler."""
    return _COMPILER.search(word) is not None


def compiles_for_bpf(commands: Iterable[Sequence[str]], says_bpf: bool = False) -> Iterator[Compile]:
    """The commands that compile for BPF. `says_bpf`: something else than the words says that one of them does.

    The instruction set that is asked of `llc` is that of the object, and so becomes the compiler's.
    """
    commands = list(commands)
    instruction_set = _instruction_set(commands)
    folder = ""
    for words in commands:
        if words[0] in ("cd", "pushd") and len(words) == 2:
            folder = os.path.join(folder, words[1])  # noqa: PTH118 - text
            continue
        arguments = _arguments(words)
        if arguments is None or not (says_bpf or targets_bpf(arguments)):
            continue
        sources = tuple(word for word in arguments if _C_FILE.search(word) and not word.startswith("-"))
        if not sources and "-c" not in arguments and "-S" not in arguments and "-emit-llvm" not in arguments:
            continue
        flags = tuple(word for word in arguments if word not in sources)
        yield Compile((*flags, *instruction_set), sources, folder)


def _arguments(words: Sequence[str]) -> Sequence[str] | None:
    """What a command that may be a compiler is given; None for other tools. A compiler whose name is not known is
    empty, or a mark."""
    for index, word in enumerate(words):
        if word.startswith("-") and word not in ("-", "-@", "@-"):
            return words[index:]
        if _OTHER_TOOL.search(word):
            return None
        if _COMPILER.search(word) or not is_known(word):
            return words[index + 1 :]
    return None


def _instruction_set(commands: Sequence[Sequence[str]]) -> tuple[str, ...]:
    for words in commands:
        if any(_LLC_FOR_BPF.search(word) for word in words) and _MARCH.search("\0".join(words)):
            return tuple(word for word in words if re.fullmatch(r"-mcpu=\w+", word))[-1:]
    return ()
