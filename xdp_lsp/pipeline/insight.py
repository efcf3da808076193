"""The third step, after the verdict and what tells more of it: what is known of each instruction, for a cursor."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from xdp_lsp.analysis import Status
from xdp_lsp.insight import look_into
from xdp_lsp.objfile import ObjectError
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.program import Image, load_image
from xdp_lsp.source import SourceRange, decode
from xdp_lsp.toolchain.helper_manual import helper_manuals

_NAME = re.compile(rb"\bbpf_\w+")


def with_insight(report: FileReport) -> FileReport:
    """`report` with its insight; as it is where there is nothing to look into."""
    if report.compiled is None or report.analysis.status is not Status.ANALYSED:
        return report
    begin = time.perf_counter()
    image = linked(report.compiled.object, report.analysis.words)
    if image is None:
        return report
    sources = report.sources()
    insight = look_into(image, sources.read)
    request = report.compiled.request
    is_trusted = request is None or request.visible is None
    told = insight.lines if is_trusted else dict.fromkeys(insight.lines, "")
    lines = _lines(told, sources, is_built=request is None)
    insight = insight._replace(lines=lines, manuals=_manuals(report, sources))
    timings = report.timings._replace(insight=time.perf_counter() - begin)
    return report._replace(insight=insight, timings=timings)


def _lines(
    told: Mapping[tuple[str, int], str], sources: Sources, *, is_built: bool
) -> dict[tuple[str, int], str]:
    """The lines as they were compiled. `told` is what the object says of them.

    Of one that was built elsewhere that is right, whatever the sources hold by now. Where an editor's text was compiled
    it is not: clang gets it from the disk (llvm/lib/Target/BPF/BTFDebug.cpp, populateFileContent()).
    """
    read = sources.lines(SourceRange(path, line, 0, line, 0) for path, line in told)
    found = {place: decode(text) for place, text in read.items()}
    return {
        place: (text or found.get(place, "")) if is_built else found.get(place, text)
        for place, text in told.items()
    }


def _manuals(report: FileReport, sources: Sources) -> Mapping[str, str]:
    """The manuals of the helpers that the source and the headers of its project name."""
    assert report.compiled is not None
    toolchain = report.compiled.toolchain
    if toolchain is None:
        return {}
    system = tuple(f"{folder}{os.sep}" for folder in toolchain.headers.search)
    read = (report.analysis.path, *report.dependencies)
    texts = (sources.read(path) for path in read if not path.startswith(system))
    named = {name.decode() for text in texts if text is not None for name in _NAME.findall(text)}
    manuals = helper_manuals(Path(toolchain.headers.kernel.folder, "linux/bpf.h"))
    return {name: manuals[name] for name in sorted(named & manuals.keys())}


@lru_cache(maxsize=1)
def linked(data: bytes, words: tuple[str, ...]) -> Image | None:
    """The object that was analysed last, linked, with what was read of its DWARF; None where it cannot be loaded.

    `words` are those of its analysis.
    """
    try:
        return load_image(data, words=words)
    except ObjectError:
        return None
