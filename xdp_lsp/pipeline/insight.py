"""The third step, after the verdict and what tells more of it: what is known of each instruction, for a cursor."""

from __future__ import annotations

import time
from functools import lru_cache

from xdp_lsp.analysis import Status
from xdp_lsp.analysis.insight import look_into
from xdp_lsp.objfile import ObjectError
from xdp_lsp.pipeline.files import Sources
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.program import Image, load_image


def with_insight(report: FileReport) -> FileReport:
    """`report` with its insight; as it is where there is nothing to look into."""
    if report.compiled is None or report.analysis.status is not Status.ANALYSED:
        return report
    begin = time.perf_counter()
    image = linked(report.compiled.object)
    if image is None:
        return report
    request = report.compiled.request
    sources = Sources(report.analysis.path, request.contents if request is not None else None)
    insight = look_into(image, sources.read)
    timings = report.timings._replace(insight=time.perf_counter() - begin)
    return report._replace(insight=insight, timings=timings)


@lru_cache(maxsize=1)
def linked(data: bytes) -> Image | None:
    """The object that was analysed last, linked, with what was read of its DWARF; None where it cannot be loaded."""
    try:
        return load_image(data)
    except ObjectError:
        return None
