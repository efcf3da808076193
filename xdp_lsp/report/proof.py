"""What the kernel proves, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import xdp_lsp
from xdp_lsp.analysis import Status
from xdp_lsp.analysis.words import configuration_words
from xdp_lsp.pipeline.prove import FileProof
from xdp_lsp.proof import Answer, ProgramProof, Proof, Quantity
from xdp_lsp.report.model import FAILED, Report
from xdp_lsp.report.words import failure_line
from xdp_lsp.source import printable

Json = dict[str, Any]


def render_text(proofs: Sequence[FileProof], folder: str) -> str:
    """A line for each call and for each program; paths are shown relative to `folder`."""
    report = Report(tuple(proof.report for proof in proofs), folder)
    return "".join(f"{printable(line)}\n" for proof in proofs for line in _file(report, proof))


def render_json(proofs: Sequence[FileProof], folder: str) -> str:
    report = Report(tuple(proof.report for proof in proofs), folder)
    files = [_file_json(report, proof) for proof in proofs]
    return json.dumps({"version": xdp_lsp.__version__, "files": files}, indent=2) + "\n"


def _file(report: Report, proof: FileProof) -> Iterator[str]:
    analysis = proof.report.analysis
    path = report.shown(analysis.path)
    if len(proof.report.configurations) > 1:
        path = f"{path} ({configuration_words([analysis.configuration])})"
    if analysis.status in FAILED:
        yield f"{path}: error: {failure_line(analysis)}"
    elif analysis.status is Status.NO_PROGRAM:
        yield f"{path}: no XDP program"
    for program in proof.programs:
        for pc, proofs in _by_call(program).items():
            location = proof.lines.get(pc)
            place = (
                f"{path}: instruction {pc}"
                if location is None
                else f"{report.shown(location.path)}:{location.line}"
            )
            yield f"{place}: {program.program.name}: {_call(proofs)}"
        yield f"{path}: {program.program.name} ({program.program.section}): {_program(program)}"
        yield from (f"{path}: note: {remark}" for remark in program.remarks)


def _by_call(program: ProgramProof) -> Mapping[int, list[Proof]]:
    found: dict[int, list[Proof]] = {}
    for proof in program.proofs:
        if proof.claim.quantity is not Quantity.DEMAND:
            found.setdefault(proof.claim.pcs[0], []).append(proof)
    return found


def _call(proofs: Sequence[Proof]) -> str:
    """`delta at least -72: not provable by this kernel, which proves -120; delta at most 0: proved`."""
    return "; ".join(
        f"{_WORDS[proof.claim.quantity].format(proof.claim.bound)}: {_answer(proof)}" for proof in proofs
    )


_WORDS = {
    Quantity.LEAST_DELTA: "delta at least {}",
    Quantity.LARGEST_DELTA: "delta at most {}",
    Quantity.UNREACHABLE: "never reached",
    Quantity.DEMAND: "need {}",
}


def _answer(proof: Proof) -> str:
    if proof.answer is Answer.PROVED:
        return "proved"
    if proof.answer is Answer.TIGHTER:
        better = "that it is never reached" if proof.bound is None else str(proof.bound)
        return f"proved, and the kernel proves more: {better}"
    return f"not provable by this kernel, which proves {'no bound' if proof.bound is None else proof.bound}"


def _program(program: ProgramProof) -> str:
    if program.problem:
        return f"cannot be loaded: {program.problem}"
    if program.no_need:
        return f"the need is not put to the kernel: {program.no_need}"
    (need,) = (proof for proof in program.proofs if proof.claim.quantity is Quantity.DEMAND)
    return f"need {max(need.claim.bound, 0)}: {_answer(need)}"


def _file_json(report: Report, proof: FileProof) -> Json:
    analysis = proof.report.analysis
    return {
        "path": report.shown(analysis.path),
        "configuration": analysis.configuration,
        "status": analysis.status.value,
        "reason": analysis.reason,
        "programs": [_program_json(report, proof, program) for program in proof.programs],
    }


def _program_json(report: Report, proof: FileProof, program: ProgramProof) -> Json:
    return {
        "name": program.program.name,
        "section": program.program.section,
        "problem": program.problem,
        "no_need": program.no_need,
        "remarks": list(program.remarks),
        "claims": [_claim_json(report, proof, one) for one in program.proofs],
    }


def _claim_json(report: Report, proof: FileProof, one: Proof) -> Json:
    places = [proof.lines.get(pc) for pc in one.claim.pcs]
    return {
        "quantity": one.claim.quantity.value,
        "bound": None if one.claim.quantity is Quantity.UNREACHABLE else one.claim.bound,
        "answer": one.answer.value,
        "kernel_bound": one.bound,
        "calls": [
            {
                "instruction": pc,
                "path": report.shown(place.path) if place is not None else None,
                "line": place.line if place is not None else None,
            }
            for pc, place in zip(one.claim.pcs, places, strict=True)
        ],
    }
