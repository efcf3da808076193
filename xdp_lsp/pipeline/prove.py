"""From one file to what the running kernel proves of its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.objfile import load
from xdp_lsp.pipeline.check import verdict_of
from xdp_lsp.pipeline.report import FileReport
from xdp_lsp.program import load_image
from xdp_lsp.project import DEFAULT
from xdp_lsp.proof import ProgramProof, prove
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceLocation


class FileProof(NamedTuple):
    """`programs` are in the order of the report's, and empty where it has no program.

    `lines` is where calls stand in the source, by pc, as far as the object tells.
    """

    report: FileReport
    programs: tuple[ProgramProof, ...]
    lines: Mapping[int, SourceLocation]


def prove_path(path: str, settings: Settings, configuration: str = DEFAULT) -> FileProof:
    """The report for the C file or object at `path` (absolute), and the kernel's opinion of what it claims.

    `configuration` is as for `analyse_path`.

    Never raises for what is wrong with the file. Needs `xdp_lsp.kernel` to be available.
    """
    report = verdict_of(path, settings, configuration=configuration)
    if report.compiled is None or not report.analysis.programs:
        return FileProof(report.compact(), (), {})
    image, obj = load_image(report.compiled.object, words=report.analysis.words), load(report.compiled.object)
    programs = tuple(
        prove(image, obj, program, analysis.exploration)
        for program, analysis in zip(image.programs, report.analysis.programs, strict=True)
    )
    pcs = {pc for program in programs for proof in program.proofs for pc in proof.claim.pcs}
    located = ((pc, image.source_map.location(pc)) for pc in pcs)
    lines = {pc: location for pc, location in located if location is not None}
    return FileProof(report.compact(), programs, lines)
