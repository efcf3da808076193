"""Programs that run one after another on the same packet: each starts where the one before left the packet's start.

Within an object that is what tail calls through a filled program array do; between objects a dispatcher, or whoever
loads them, decides, and the user says so (`Link`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xdp_lsp.program import Attach, Image, Program
from xdp_lsp.program.entries import is_numbered_section
from xdp_lsp.verifier.result import ANYWHERE, UNTOUCHED, Bounds, Exploration, NeedKind, Standing


class Link(NamedTuple):
    """One place in a chain of objects.

    `before` says where what ran before left the packet's start (None: not known); `goes_on` that another object
    follows, to which a tail call that leaves this one leads.
    """

    before: Standing | None
    goes_on: bool


class Explored(NamedTuple):
    """What was found out about one program: an exploration, or the failure of it.

    `counts_all`: whether its demands count all that was taken of the driver's headroom, by it and before it; `before`
    is what they count of that.
    """

    outcome: Exploration | Exception
    counts_all: bool
    before: Standing = UNTOUCHED
    is_inner: bool = False  # only reached through others of the object, whose answers cover it


def explore_in_order(
    image: Image, link: Link | None, explore: Callable[[Program, Standing], Exploration]
) -> dict[Program, Explored]:
    """Explores every program of `image`: those that others lead into after those others."""
    explored: dict[Program, Explored] = {}
    entered: dict[int, Standing] = {}
    from_anywhere: set[int] = set()  # entries to which some program leads from where nobody knows
    later = [program for program in image.programs if program.attach is Attach.TAIL_CALL]
    # An object whose programs are all entered by tail calls is a later part of a chain.
    first = [program for program in image.programs if program not in later] or later
    for program in first:
        before = UNTOUCHED if link is None else link.before
        is_known = program.attach.starts_fresh if link is None else before is not None
        found = _attempt(explore, program, before or UNTOUCHED, is_known=is_known)
        if link is not None and link.goes_on and isinstance(found, Exploration):
            found = going_on(found)
        explored[program] = Explored(found, is_known, before or UNTOUCHED)
        if isinstance(found, Exception) or found.need_kind is NeedKind.UNKNOWN:
            from_anywhere.update(program.entry for program in later)
        elif not is_known or not is_complete(found):
            from_anywhere.update(found.entered)
        else:
            for entry, standing in found.entered.items():
                entered[entry] = standing.hull(entered.get(entry))
    for program in image.programs:
        if program not in explored:
            before = entered.get(program.entry, UNTOUCHED)
            if not is_numbered_section(program.section):
                before = before.hull(UNTOUCHED)  # nothing keeps it from being attached itself
            is_known = program.entry in entered and program.entry not in from_anywhere
            found = _attempt(explore, program, before, is_known=is_known)
            explored[program] = Explored(found, is_known, before, is_inner=True)
    return explored


def is_complete(exploration: Exploration) -> bool:
    """Whether every run is covered."""
    return exploration.left is not None and all(gap.is_sound for gap in exploration.gaps)


def left_by(explored: dict[Program, Explored]) -> Standing | None:
    """Where the packet's start is after any one of the programs; None where that is not known."""
    left: Standing | None = None
    for one in explored.values():
        found = one.outcome
        if one.is_inner:
            continue
        if isinstance(found, Exception) or not one.counts_all or not is_complete(found) or found.left is None:
            return None
        left = found.left.hull(left)
    return left


def _attempt(
    explore: Callable[[Program, Standing], Exploration], program: Program, before: Standing, *, is_known: bool
) -> Exploration | Exception:
    # One program that we fail on must not cost the others their answers.
    try:
        found = explore(program, before)
        if is_known or before != UNTOUCHED:
            return found
        # Metadata that is there before decides what a program does with it. Where it changes nothing, the answer for
        # packets without is the same, and says of each call what it moves itself.
        anywhere = explore(program, ANYWHERE)
        return found if _asks_the_same(found, anywhere) else anywhere
    except Exception as error:
        return error


def _asks_the_same(one: Exploration, other: Exploration) -> bool:
    def asked(found: Exploration) -> list[tuple[int, bool, Bounds | None, bool]]:
        return [(site.pc, site.reachable, site.demand, site.result_checked) for site in found.calls]

    return (
        (one.need_kind, one.need, one.need_with_fallback, one.need_for_any_constant)
        == (other.need_kind, other.need, other.need_with_fallback, other.need_for_any_constant)
        and asked(one) == asked(other)
        and {gap.pc for gap in one.gaps} == {gap.pc for gap in other.gaps}
    )


def going_on(found: Exploration) -> Exploration:
    """`found` where tail calls out of the object lead to the next one, which is looked at in its turn."""
    gaps = tuple(
        gap._replace(assumed="that the next program of the chain runs", is_sound=True)
        if gap.pc in found.tail_calls and not gap.is_sound
        else gap
        for gap in found.gaps
    )
    return found._replace(gaps=gaps)
