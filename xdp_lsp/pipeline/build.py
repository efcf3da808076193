"""From a source and its flags to an object; where the flags do not do, what is guessed of the repository is tried.

A compile that works is never touched, and nothing is guessed of a folder that is not trusted. What helped is remembered
in the process: the next compile of the file begins with the folders in which its headers were found, and should that
fail, what helped then is tried first. So no text that compiles has a macro that was guessed for another.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.pipeline.files import Sources, note_compile
from xdp_lsp.pipeline.flags import FileFlags
from xdp_lsp.pipeline.kernel_types import NAME, first_layer_of, layer_of, vmlinux_folder
from xdp_lsp.pipeline.remembered import REMEMBERED, Answer, Question
from xdp_lsp.project import Layer, Situation, Way, advice, is_vmlinux, remedies
from xdp_lsp.toolchain import (
    CompileRequest,
    CompileResult,
    HeadersNotFoundError,
    Toolchain,
    compile_source,
    files_named,
    first_missing,
    forward_folder,
    is_for_bcc,
)

# A source copied from the kernel's samples misses four headers, one after another.
MOST_TRIES = 12


class Built(NamedTuple):
    """`request` is what was compiled in the end, `layers` is where its flags come from; `tried` are the flags that were
    guessed and did not help."""

    result: CompileResult
    request: CompileRequest
    layers: tuple[Layer, ...]
    tried: tuple[tuple[str, ...], ...] = ()


def build(
    toolchain: Toolchain,
    request: CompileRequest,
    flags: FileFlags,
    on_start: Callable[[int], None] | None = None,
) -> Built:
    """Compile `request` with `flags`. `on_start` is as for `compile_source`, and called for each try.

    All tries together may take as long as one compile.
    """
    builder = _Builder(toolchain, request, flags, on_start)
    question = Question.of(toolchain, request, flags)
    known = REMEMBERED.get(question)
    first = builder.compiled(known.found if known is not None else flags.layers)
    if first.result.object is not None or not first.result.errors or is_for_bcc(request.contents or b""):
        return first
    best, found = builder.mended(first, known)
    REMEMBERED.put(question, Answer(found, best.layers, frozenset(best.tried)))
    return best


class _Builder:
    def __init__(
        self,
        toolchain: Toolchain,
        request: CompileRequest,
        flags: FileFlags,
        on_start: Callable[[int], None] | None,
    ) -> None:
        self._toolchain = toolchain
        self._request = request
        self._flags = flags
        self._on_start = on_start
        self._until = time.monotonic() + toolchain.settings.time_limit
        self._sources = Sources(request.path, request.contents, request.others)
        self._tried: list[tuple[Layer, ...]] = []
        self._no_vmlinux = ""  # why none can be made

    def compiled(self, layers: tuple[Layer, ...]) -> Built:
        """What comes of a compile with `layers`, which may take what is left of the time."""
        settings = self._toolchain.settings
        if self._tried:
            left = self._until - time.monotonic()
            settings = settings._replace(time_limit=max(left, 0.1))
        self._tried.append(layers)
        request = self._request._replace(flags=Way(layers=layers).kept)
        if request.visible is not None:
            new = (layer for layer in layers if layer not in self._flags.layers)
            request = request._replace(visible=(*request.visible, *files_named(Way(layers=tuple(new)).kept)))
        toolchain = self._toolchain._replace(settings=settings)
        result = compile_source(toolchain, request, self._on_start)
        note_compile(result.dependencies)
        return Built(result, request, layers)

    def mended(self, first: Built, known: Answer | None) -> tuple[Built, tuple[Layer, ...]]:
        """The best that comes of trying what may mend the errors of `first`, one after another; and the layers with
        which headers were found on the way there. `known` helped, or did not, before."""
        vain = known.tried if known is not None else frozenset()
        best, found = first, first.layers
        # For each error mended the ways to mend it that were not tried: where the first leads nowhere, the next may.
        again = (known.layers,) if known is not None and first_missing(first.result.errors) is None else ()
        candidates: Iterator[tuple[Layer, ...]] = itertools.chain(again, self._remedies(first))
        waiting = [(first, found, candidates)]
        while waiting and len(self._tried) <= MOST_TRIES and time.monotonic() < self._until:
            before, found_before, candidates = waiting[-1]
            layers = next(candidates, None)
            if layers is None:
                waiting.pop()
                continue
            if layers in self._tried or Way(layers=layers).kept in vain:
                continue
            built = self.compiled(layers)
            # As long as a header is missing, and nothing was guessed but for others.
            is_for_header = before.layers == found_before and first_missing(before.result.errors) is not None
            so_far = layers if is_for_header else found_before
            if built.result.object is not None:
                best, found = built, so_far
                break
            if _is_better(built.result, before.result):
                waiting.append((built, so_far, self._remedies(built)))
                if _is_better(built.result, best.result):
                    best, found = built, so_far
        if best.result.object is None:
            best = best._replace(result=best.result._replace(hint=self._hint(best)))
        helped = frozenset(best.request.flags)
        tried = (Way(layers=layers).kept for layers in self._tried[1:])
        tried_in_vain = (*vain, *(flags for flags in tried if not helped.issuperset(flags)))
        return best._replace(tried=tried_in_vain), found

    def _hint(self, built: Built) -> str | None:
        """What to do about the errors of `built`, for which there are no more guesses."""
        if self._no_vmlinux and is_vmlinux(first_missing(built.result.errors) or ""):
            return self._no_vmlinux
        known = advice(self._situation(built)) if self._flags.root else None
        return known or built.result.hint

    def _situation(self, built: Built) -> Situation:
        return Situation(
            self._request.path,
            self._flags.root,
            built.layers,
            built.result.errors,
            self._toolchain,
            self._sources.read,
        )

    def _remedies(self, built: Built) -> Iterator[tuple[Layer, ...]]:
        """The layers to try instead: what the repository has goes before what we make."""
        is_stub = False
        if self._flags.root:
            situation = self._situation(built)
            yield from remedies(situation)
            is_stub = bool(situation.unknown) and any(
                path.endswith(f"/{NAME}") for path in situation.closure.texts
            )
        missing = first_missing(built.result.errors)
        if is_stub or (missing is not None and is_vmlinux(missing)):
            yield from self._with_kernel_types(built, missing)

    def _with_kernel_types(self, built: Built, missing: str | None) -> Iterator[tuple[Layer, ...]]:
        """The running kernel's `vmlinux.h`, where there is none, or, `missing` being None, a poor one."""
        settings = self._toolchain.settings
        begin = time.monotonic()
        try:
            folder = vmlinux_folder(settings)
        except HeadersNotFoundError as error:
            self._no_vmlinux = str(error)
            return
        finally:
            self._until += time.monotonic() - begin  # it is made once, and takes longer than compiles do
        if missing is None:
            yield (first_layer_of(folder, settings), *built.layers)
        elif missing == NAME:
            yield (*built.layers, layer_of(folder, settings))
        elif self._flags.root:
            forward = forward_folder(missing, str(folder / NAME), settings.cache_directory)
            if forward is not None:
                yield (*built.layers, layer_of(Path(forward), settings))


def _is_better(result: CompileResult, before: CompileResult) -> bool:
    """Whether `result`, which failed as well, got further than `before`."""
    if result.failure is not None or not result.errors:
        return False
    missing, missed = first_missing(result.errors), first_missing(before.errors)
    if missed is not None:
        return missing != missed
    return missing is None and len(result.errors) < len(before.errors)
