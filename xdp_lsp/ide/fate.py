"""What becomes of one program on one target, in numbers and in a few words."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, TargetVerdict
from xdp_lsp.ide.calls import room
from xdp_lsp.ide.state import State
from xdp_lsp.verifier.result import UNBOUNDED_NEED, NeedKind


class Fate(NamedTuple):
    """`text` stands by itself (`24 left`, `short by 24`); `more` qualifies it, where there is more to say.

    `left` is what is left in front of the packet at the worst, in bytes, negative where bytes are missing; None where
    no such number is known.
    """

    state: State
    text: str
    more: str = ""
    left: int | None = None

    @property
    def sentence(self) -> str:
        """As the answer to whether the program fits: `yes, 24 left`."""
        answer = {State.FITS: "yes, ", State.EXCEEDS: "no, "}.get(self.state, "")
        answer = "" if self.text.startswith(("by ", "no ")) else answer
        return f"{answer}{self.text}; {self.more}" if self.more else f"{answer}{self.text}"


def fate_on(program: ProgramAnalysis, verdict: TargetVerdict) -> Fate:
    """What becomes of `program` on the target that `verdict` is about."""
    if verdict.fits is None:
        return Fate(State.UNKNOWN, "not known", _as_far_as_known(program, verdict))
    demand, target = largest_demand(program), verdict.target
    if demand is None or target.fits(demand):
        if not verdict.fits:
            short = verdict.short_to_send
            return Fate(State.EXCEEDS, f"short by {short} to be sent on", left=-short)
        left = target.usable if demand is None else room(target, demand)
        return Fate(State.FITS, f"{left} left", left=left)
    if demand > UNBOUNDED_NEED or program.exploration.need_kind is NeedKind.UNBOUNDED:
        return Fate(State.EXCEEDS, "not bounded")
    short = target.shortfall(demand)
    if verdict.fits:
        return Fate(State.FITS, "by its fallback", f"short by {short} without", left=-short)
    # By how much programs fall short of nothing says nothing.
    return Fate(State.EXCEEDS, f"short by {short}" if target.usable else "no room at all", left=-short)


def largest_demand(program: ProgramAnalysis) -> int | None:
    """The most that a call asks for, of those on the paths that were followed; None where nothing asks."""
    demands = (site.demand for site in program.exploration.calls if site.reachable)
    return max((demand.max for demand in demands if demand is not None), default=None)


def _as_far_as_known(program: ProgramAnalysis, verdict: TargetVerdict) -> str:
    demand, target = largest_demand(program), verdict.target
    if demand is None or demand > UNBOUNDED_NEED:
        return ""
    if target.fits(demand):
        return f"{room(target, demand)} left as far as was followed" if program.counts_all else ""
    return "" if program.counts_all else f"short by {target.shortfall(demand)} even if nothing ran before"
