"""The flags that were guessed for a file and helped, kept while the process lives."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from xdp_lsp.pipeline.flags import FileFlags
from xdp_lsp.project import Layer
from xdp_lsp.toolchain import CompileRequest, Toolchain, files_named

_MOST = 512
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(?:include|define|undef|if|else|elif|endif)[^\r\n]*", re.MULTILINE)


class Question(NamedTuple):
    """What guesses are for: the same text but for its code, the same flags, the same compiler. `folders` tell whether
    files came or went where guesses look."""

    path: str
    directives: int
    flags: tuple[str, ...]
    compiler: tuple[str, ...]
    root: str

    @classmethod
    def of(cls, toolchain: Toolchain, request: CompileRequest, flags: FileFlags) -> Question:
        directives = hash(tuple(_DIRECTIVE.findall(request.contents or b"")))
        return cls(request.path, directives, flags.kept, toolchain.compiler.command, flags.root)


class Answer(NamedTuple):
    """`found` are the layers with which all headers are found: a text of the same directives needs them as well.
    `layers` are what the file was compiled with in the end, which for another text may be too much: a macro can change
    what is computed. `tried` are flags that did not help."""

    found: tuple[Layer, ...]
    layers: tuple[Layer, ...]
    tried: frozenset[tuple[str, ...]]


class _Remembered:
    def __init__(self) -> None:
        self._answers: OrderedDict[Question, tuple[Answer, tuple[int, ...]]] = OrderedDict()

    def get(self, question: Question) -> Answer | None:
        """None where nothing is known, or files have come or gone since in the folders that it rests on."""
        found = self._answers.get(question)
        if found is None:
            return None
        answer, times = found
        if times != _times(_folders(question, answer)):
            del self._answers[question]
            return None
        self._answers.move_to_end(question)
        return answer

    def put(self, question: Question, answer: Answer) -> None:
        self._answers[question] = answer, _times(_folders(question, answer))
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)


def _folders(question: Question, answer: Answer) -> Iterable[str]:
    """Those that hold headers which helped, or did not: what has come there since may change either."""
    kept = [flag for layer in answer.layers for flag in layer.flags.kept]
    kept += [flag for flags in answer.tried for flag in flags]
    beside = os.path.dirname(question.path)  # noqa: PTH120
    return dict.fromkeys(
        (question.root, beside, *(one for one in files_named(kept) if one.startswith(question.root)))
    )


def _times(paths: Iterable[str]) -> tuple[int, ...]:
    """When each was changed last, in ns; 0 where it is not there."""
    return tuple(map(_time, paths))


def _time(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


REMEMBERED = _Remembered()
