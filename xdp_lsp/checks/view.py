"""What a check gets to see of one program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from xdp_lsp.checks.contract import HeldContract
from xdp_lsp.checks.finding import Finding, RelatedPlace, Severity
from xdp_lsp.headroom import Sender, Target, portable, shortfall_to_send
from xdp_lsp.program import Attach
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier.result import (
    UNBOUNDED_NEED,
    Bounds,
    CallSite,
    Exploration,
    NeedKind,
    ReasonKind,
    Redirect,
)

# More places than this explain less: the reader wants the read and the checks nearest to the call.
MOST_RELATED = 5

ADJUST_HEAD = "bpf_xdp_adjust_head"
ADJUST_META = "bpf_xdp_adjust_meta"


@dataclass(frozen=True, slots=True)
class ProgramView:
    """One program, what the verifier found out about it, and the targets it is held against.

    `locate` gives the source line of a pc and `where` its place in the object (`xdp+12`: section and slot, as
    llvm-objdump counts); `outliers` are the targets outside the chosen ones that are told as information.
    `senders` are where redirected frames go, if that was said. `contracts` are the program's, judged.
    `counts_all`: whether the demands are of the driver's whole headroom, because nothing ran before or what did is
    counted in.
    """

    name: str
    section: str
    attach: Attach
    entry: int
    exploration: Exploration
    targets: tuple[Target, ...]
    outliers: tuple[Target, ...]
    senders: tuple[Sender, ...]
    locate: Callable[[int], SourceLocation | None]
    where: Callable[[int], str]
    counts_all: bool
    contracts: tuple[HeldContract, ...] = ()

    def reachable_calls(self) -> Iterator[CallSite]:
        return (site for site in self.exploration.calls if site.reachable)

    @property
    def least_target(self) -> Target | None:
        """The chosen target that gives the least."""
        return portable(self.targets) if self.targets else None

    @property
    def bounds_hold(self) -> bool:
        """Whether the least demand of a call is what every run that gets there asks of the driver."""
        return self.counts_all and self.exploration.need_kind is not NeedKind.UNKNOWN

    def least_demand(self, site: CallSite) -> int:
        """What every run asks for that gets to the place of `site` in the source.

        Copies of one line (an unrolled loop, an inlined function) are one call to whoever reads it.
        """
        place = self.locate(site.pc)
        return min(
            copy.demand.min
            for copy in self.reachable_calls()
            if copy.demand is not None
            and (copy is site or (copy.helper == site.helper and place and place == self.locate(copy.pc)))
        )

    @property
    def sender(self) -> Sender | None:
        """Of the drivers that frames are redirected to the one that wants most, the first by name."""
        return min(self.senders, key=lambda sender: (-sender.wants, sender.spec), default=None)

    def shortage(self, target: Target, redirect: Redirect) -> Bounds:
        """How many bytes are missing to send the frames that `target` received and `redirect` passes on.

        From what every frame lacks at that place of the source to what one may; 0 to 0 where no sender was named.
        """
        sender = self.sender
        if sender is None:
            return Bounds(0, 0)
        most = most_short_to_send(target, (redirect,), sender)
        if not self.bounds_hold:
            return Bounds(0, most)
        place = self.locate(redirect.pc)
        least = min(
            shortfall_to_send(target, taken.min, taken.min, sender.wants)
            for copy in self.exploration.redirects
            if copy is redirect or (place and place == self.locate(copy.pc))
            for taken in copy.taken
        )
        return Bounds(min(least, most), most)

    def short_to_send(self, target: Target) -> Bounds:
        """The largest `shortage` of any redirect, its least and its most each for itself."""
        shortages = [self.shortage(target, redirect) for redirect in self.exploration.redirects]
        return Bounds(
            max((shortage.min for shortage in shortages), default=0),
            max((shortage.max for shortage in shortages), default=0),
        )

    def place(self, pc: int) -> SourceRange | None:
        location = self.locate(pc)
        return None if location is None else SourceRange.at(location)

    def related(self, site: CallSite) -> tuple[RelatedPlace, ...]:
        """The places that the largest demand of `site` came from, each once."""
        places: dict[RelatedPlace, None] = {}
        named = {(ReasonKind.WIDENED, _line(self.place(site.pc)))}
        for reason in site.worst:
            place = self.place(reason.pc)
            if place is None:
                continue
            line = _line(place)
            if reason.kind in (ReasonKind.LOOP, ReasonKind.WIDENED) and (reason.kind, line) in named:
                continue  # once for a line; and where paths meet at the call itself explains nothing
            # Nor does it where something more telling happens.
            named |= {(reason.kind, line), (ReasonKind.WIDENED, line)}
            places[RelatedPlace(place, reason.text)] = None
        return tuple(places)[:MOST_RELATED]

    def finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        pc: int,
        *,
        notes: tuple[str, ...] = (),
        suggestion: str = "",
        related: tuple[RelatedPlace, ...] = (),
        subject: str = "",
        weight: int = 0,
    ) -> Finding:
        """A finding of this program at `pc`."""
        return Finding(
            code,
            severity,
            message,
            self.place(pc),
            self.name,
            self.where(pc),
            notes,
            suggestion,
            related,
            subject=subject,
            weight=weight,
        )


def _line(place: SourceRange | None) -> tuple[str, int] | None:
    return None if place is None else (place.path, place.line)


def most_short_to_send(target: Target, redirects: Iterable[Redirect], sender: Sender) -> int:
    """How many bytes may be missing at most to send what `target` received; 0 where nothing is."""
    return max(
        (
            shortfall_to_send(target, *taken, sender.wants)
            for redirect in redirects
            for taken in redirect.taken
        ),
        default=0,
    )


def is_unbounded(site: CallSite) -> bool:
    """Whether `site` can demand more than any packet has in front of it."""
    return site.demand is not None and site.demand.max > UNBOUNDED_NEED


def is_forgiven(target: Target, demand: int, exploration: Exploration) -> bool:
    """Whether `target` refuses `demand` but covers the smaller prepend that the program then falls back to.

    A demand that is not bounded is never forgiven: the length itself is wrong there.
    """
    fallback = exploration.need_with_fallback
    return (
        exploration.need_kind is NeedKind.BOUNDED
        and fallback is not None
        and demand > fallback
        and target.fits(fallback)
    )


def is_refused(target: Target, demand: int, exploration: Exploration) -> bool:
    """Whether a call that demands `demand` bytes fails on `target`, and no fallback makes that good."""
    return not target.fits(demand) and not is_forgiven(target, demand, exploration)


def by_amount(lacking: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """`short by 16: i40e, ice` for each number of bytes that some target lacks, the least first."""
    return tuple(
        f"short by {amount}: {', '.join(spec for _, spec in group)}"
        for amount, group in groupby(sorted(lacking), key=lambda pair: pair[0])
    )
