"""Bound a length by what the chosen targets leave: lower the limit that it is checked against, or check it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from xdp_lsp.checks import Severity
from xdp_lsp.checks.headroom_exceeded import CODE as HEADROOM_EXCEEDED
from xdp_lsp.checks.prepend_unbounded import CODE as PREPEND_UNBOUNDED
from xdp_lsp.checks.view import ADJUST_HEAD
from xdp_lsp.headroom import portable
from xdp_lsp.ide.actions.action import Action
from xdp_lsp.ide.actions.compare import upper_bounds, with_limit
from xdp_lsp.ide.actions.copy import Copy, copy_of
from xdp_lsp.ide.actions.length import Length, Term, length_of, normal
from xdp_lsp.ide.actions.place import Place, place_of
from xdp_lsp.ide.actions.style import on_bad_length, operator, style_near
from xdp_lsp.ide.actions.subject import Problem
from xdp_lsp.ide.actions.text import Replacement
from xdp_lsp.ide.actions.trial import Change, Trial, Trier
from xdp_lsp.toolchain import Kind, Node
from xdp_lsp.verifier.result import UNBOUNDED_NEED

# `#define MAX_OPTIONS 96`: a limit that has a name.
_NAMED_LIMIT = re.compile(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w*(?:MAX|LIMIT|ROOM)\w*)[ \t]+(\d+)\b")

# The changes of the text for a length of at most so much, and what to call them; None where that cannot be written.
Writer = Callable[[int], tuple[str, tuple[Replacement, ...]] | None]


class Wanted(NamedTuple):
    """`term` may be `largest` at most; each more is `step` bytes more."""

    problem: Problem
    term: Term
    largest: int
    step: int
    before: Node  # where it has to be checked before


def actions(problem: Problem, trier: Trier) -> Iterator[Action]:
    for wanted in _wanted(problem):
        writers: list[tuple[Writer, ...]] = [(_lowered(wanted),), _checked(wanted)]
        for alternatives in writers:
            found = next((one for write in alternatives for one in _offer(wanted, write, trier)), None)
            if found is not None:
                yield found
                return


def delta_of(problem: Problem) -> Node | None:
    """The argument that says by how much."""
    call = problem.call
    return call.children[-1] if call.name == ADJUST_HEAD and len(call.children) == 3 else None


def asked_of(problem: Problem) -> Length | None:
    """What the call prepends; None where that is not said."""
    delta = delta_of(problem)
    if delta is None:
        return None
    length = length_of(problem.text, problem.tree, delta)
    terms = {said: term._replace(coefficient=-term.coefficient) for said, term in length.terms.items()}
    return Length(-length.constant, terms)


def is_too_long(problem: Problem) -> bool:
    finding = problem.finding
    return finding.code == PREPEND_UNBOUNDED or (
        finding.code == HEADROOM_EXCEEDED and finding.severity is not Severity.INFORMATION
    )


def _wanted(problem: Problem) -> Iterator[Wanted]:
    asked = asked_of(problem) if is_too_long(problem) else None
    # An error asks too much on every run: with a check the call would never be made.
    if asked is None or problem.finding.severity is Severity.ERROR:
        return
    usable = portable([verdict.target for verdict in problem.program.targets]).usable
    taken = max((site.before.max for site in problem.sites if site.before is not None), default=0)
    room = usable - asked.constant - (taken if taken <= UNBOUNDED_NEED else 0)
    terms = list(asked.terms.values())
    if len(terms) == 1 and (
        terms[0].coefficient > 0 or (terms[0].coefficient == -1 and terms[0].is_variable)
    ):
        step = abs(terms[0].coefficient)
        yield Wanted(problem, terms[0], room // step, step, problem.call)
    elif not terms and asked.constant > 0:
        rounds = _rounds(problem)
        if rounds is not None:
            term, loop = rounds
            yield Wanted(problem, term, usable // asked.constant, asked.constant, loop)


def _rounds(problem: Problem) -> tuple[Term, Node] | None:
    """The variable that says how often a loop around the call goes round, and the loop."""
    text, tree = problem.text, problem.tree
    for loop in tree.ancestors(problem.call):
        if loop.kind is not Kind.FOR:
            continue
        for node in loop.children[:-1]:
            if operator(text, node) in ("<", "!="):
                limit = node.children[1]
                return Term(1, normal(text, limit), (limit,)), loop
    return None


def _offer(wanted: Wanted, write: Writer, trier: Trier) -> Iterator[Action]:
    """The action, with less where what comes after the call needs some of the room."""
    largest = wanted.largest
    for _ in range(2):
        written = write(largest) if largest > 0 else None
        if written is None:
            return
        title, changes = written
        trial = trier.trial(Change(title, changes, wanted.problem.finding, is_preferred=True))
        if trial.action is not None:
            yield trial.action
            return
        over = _over(wanted.problem, trial)
        if over <= 0:
            return
        largest -= -(-over // wanted.step)


def _over(problem: Problem, trial: Trial) -> int:
    """By how much the program still asks for too much, where that is bounded."""
    for program in trial.report.analysis.programs:
        if program.name == problem.program.name and program.exploration.need is not None:
            return program.exploration.need - portable([one.target for one in program.targets]).usable
    return 0


def _lowered(wanted: Wanted) -> Writer:
    is_negated = wanted.term.coefficient < 0
    bounds = [] if is_negated else [bound for bound, _ in upper_bounds(wanted.problem, wanted.term)]

    def write(largest: int) -> tuple[str, tuple[Replacement, ...]] | None:
        if not bounds or bounds[-1].largest <= largest:
            return None
        title = f"Lower the limit of {wanted.term.text} from {bounds[-1].largest} to {largest}"
        return title, with_limit(wanted.problem, bounds[-1], largest)

    return write


def _checked(wanted: Wanted) -> tuple[Writer, ...]:
    problem, term = wanted.problem, wanted.term
    text, tree = problem.text, problem.tree
    place = place_of(text, tree, wanted.before)
    body = on_bad_length(text, tree, problem.subject.program_names, wanted.before.begin)
    copy = None if term.is_variable else copy_of(problem, term)
    if place is None or body is None or (copy is None and not term.is_variable):
        return ()
    conditions = ("{0} > {1}", "{0} < 0 || {0} > {1}") if term.is_signed else ("{0} > {1}",)
    if term.coefficient < 0:
        conditions = ("{0} < -{1}", "{0} > 0 || {0} < -{1}")
    if any(site.delta is not None and site.delta.max > 0 for site in problem.sites):
        conditions = conditions[::-1]  # it may trim the packet as well
    return tuple(_check(wanted, place, body, copy, condition) for condition in conditions)


def _check(wanted: Wanted, place: Place, body: tuple[str, ...], copy: Copy | None, condition: str) -> Writer:
    text = wanted.problem.text
    style = style_near(text, wanted.problem.tree, wanted.before.begin)

    def write(largest: int) -> tuple[str, tuple[Replacement, ...]]:
        name = copy.name if copy is not None else wanted.term.text
        limit = str(largest) if wanted.term.coefficient < 0 else _named(text[:], name, largest)
        guard = style.written(condition.format(name, limit), body, place.indentation)
        title = f"Check that {name} is {_within(condition).format(limit)}"
        if copy is None:
            return title, place.with_before(guard, style)
        lines = f"{place.indentation}{copy.assignment}\n{guard}"
        return title, (*copy.declaration, *place.with_before(lines, style), *copy.uses)

    return write


def _within(condition: str) -> str:
    """What holds where `condition` does not."""
    if "-" in condition:
        return "from -{0} to 0" if "||" in condition else "at least -{0}"
    return "from 0 to {0}" if "||" in condition else "at most {0}"


def _named(source: str, name: str, largest: int) -> str:
    """A limit of the file that is `largest`, or a little less and for what `name` is called; else the number."""
    words = {word for word in name.upper().split("_") if len(word) > 2}
    for macro, value in _NAMED_LIMIT.findall(source):
        is_alike = largest * 3 // 4 <= int(value) <= largest and words & set(macro.split("_"))
        if int(value) == largest or is_alike:
            return str(macro)
    return str(largest)
