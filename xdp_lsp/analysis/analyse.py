"""Object bytes and targets in, a `FileAnalysis` out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xdp_lsp.analysis.chain import Explored, Link, explore_in_order, going_on, left_by
from xdp_lsp.analysis.conclude import Conclusion, conclude
from xdp_lsp.analysis.find_contracts import find_contracts
from xdp_lsp.analysis.merge import merge
from xdp_lsp.analysis.result import FileAnalysis, Status
from xdp_lsp.analysis.suppression import apply_suppressions
from xdp_lsp.checks import Finding, HeldContract, Severity
from xdp_lsp.checks.analysis_incomplete import CODE as ANALYSIS_INCOMPLETE
from xdp_lsp.headroom import Sender, Target
from xdp_lsp.objfile import ObjectError
from xdp_lsp.program import Image, Program, Undecided, load_image
from xdp_lsp.verifier import DEFAULT_BUDGET, explore
from xdp_lsp.verifier.result import ANYWHERE, UNTOUCHED, Exploration, Gap, NeedKind, Standing

_log = logging.getLogger(__name__)


class Question(NamedTuple):
    """What an object is held against.

    `read_source` gives the text of a source file, or None where it cannot be read: comments in it may silence
    findings. `budget` bounds the steps (transfer functions) spent on each program. With `reraise`, a failure
    of the analysis itself is raised instead of told as a finding. `link` is the object's place in a chain.
    Redirected frames go to `senders`; without any, redirects are not looked at. `words` are names of functions that
    are XDP programs, as the user says.
    """

    targets: tuple[Target, ...]
    outliers: tuple[Target, ...]
    read_source: Callable[[str], str | None]
    budget: int = DEFAULT_BUDGET
    reraise: bool = False
    link: Link | None = None
    senders: tuple[Sender, ...] = ()
    words: tuple[str, ...] = ()


def analyse_object(data: bytes, path: str, configuration: str, question: Question) -> FileAnalysis:
    """The answer for the object file `data`; `path` is the file that the user named, source or object."""
    try:
        image = load_image(data, words=question.words)
    except ObjectError as error:
        return FileAnalysis(path, configuration, Status.UNREADABLE, reason=str(error))
    contracts = find_contracts(image, path, question.read_source)
    words = (*question.words, *sorted(contracts.words))
    if contracts.words:
        image = load_image(data, words=words)
        contracts = find_contracts(image, path, question.read_source)
    if not image.programs:
        return FileAnalysis(
            path,
            configuration,
            Status.NO_PROGRAM,
            findings=apply_suppressions(merge(contracts.findings), path, question.read_source),
            reason=_no_program(image.undecided),
        )
    goes_on = question.link is not None and question.link.goes_on

    def explore_one(program: Program, before: Standing) -> Exploration:
        return explore(
            image,
            program,
            question.budget,
            before,
            goes_on=goes_on,
            follow_redirects=bool(question.senders),
        )

    explored = explore_in_order(image, question.link, explore_one)
    conclusions = [
        _answer(
            image,
            program,
            explored[program],
            question,
            contracts=contracts.of.get(program.entry, ()),
            explore_one=explore_one,
        )
        for program in image.programs
    ]
    findings = [finding for conclusion in conclusions for finding in conclusion.findings]
    findings += contracts.findings
    findings += [_problem(path, sentence) for sentence in (*image.problems, *_no_lines(image))]
    findings += [_problem(path, _doubt(one)) for one in image.undecided if one.may_prepend]
    return FileAnalysis(
        path,
        configuration,
        Status.ANALYSED,
        tuple(conclusion.program for conclusion in conclusions),
        apply_suppressions(merge(findings), path, question.read_source),
        words=words,
        left=left_by(explored),
    )


def _answer(
    image: Image,
    program: Program,
    explored: Explored,
    question: Question,
    *,
    contracts: tuple[HeldContract, ...],
    explore_one: Callable[[Program, Standing], Exploration],
) -> Conclusion:
    def concluded(exploration: Exploration, counts_all: bool, alone: Exploration | None = None) -> Conclusion:
        return conclude(
            image,
            program,
            exploration,
            question.targets,
            question.outliers,
            counts_all=counts_all,
            senders=question.senders,
            contracts=contracts,
            alone=alone,
        )

    try:
        if isinstance(explored.outcome, Exception):
            raise explored.outcome
        alone = None
        if explored.before != UNTOUCHED and any(held.contract.limit is not None for held in contracts):
            alone = explore_one(program, ANYWHERE)
            if question.link is not None and question.link.goes_on:
                alone = going_on(alone)
        return concluded(explored.outcome, explored.counts_all, alone)
    except Exception as error:
        if question.reraise:
            raise
        _log.exception("the analysis of %s failed", program.name)
        failed = concluded(_nothing(program, error), program.attach.starts_fresh)
        # Louder than a gap: nothing at all is known of this program.
        return failed._replace(findings=tuple(map(_at_least_a_warning, failed.findings)))


def _nothing(program: Program, error: Exception) -> Exploration:
    gap = Gap(
        program.entry,
        f"the analysis of {program.name} failed ({type(error).__name__}: {error}), a fault of xdp-lsp",
        "nothing",
        is_sound=False,
    )
    return Exploration((), NeedKind.UNKNOWN, None, None, None, gaps=(gap,))


def _at_least_a_warning(finding: Finding) -> Finding:
    return finding._replace(severity=max(finding.severity, Severity.WARNING, key=lambda one: one.rank))


def _no_lines(image: Image) -> tuple[str, ...]:
    """Why nothing in the answer has a place in the source, where that is so."""
    if image.source_map.files():
        return ()
    why = dict.fromkeys(image.source_map.problems) or (
        "The object has no line information (compiled without -g?).",
    )
    return (" ".join([*why, "Places are numbers of instructions, counted from the start of their section."]),)


def _no_program(undecided: Sequence[Undecided]) -> str:
    doubts = " ".join(_doubt(one) for one in undecided if one.may_prepend)
    return (
        f"The object has no XDP program that is known as one. {doubts}"
        if doubts
        else "The object has no XDP program."
    )


def _doubt(function: Undecided) -> str:
    where = f"{function.name} (section {function.section})"
    return (
        f"Whether {where} is an XDP program cannot be told, and it leads to code that is not in the object; "
        f"--program {function.name} says that it is one."
    )


def _problem(path: str, sentence: str) -> Finding:
    """What could not be read of the object, for the file as a whole."""
    return Finding(
        ANALYSIS_INCOMPLETE, Severity.INFORMATION, sentence, None, program="", where=path, subject=sentence
    )
