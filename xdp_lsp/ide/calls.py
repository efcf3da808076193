"""What is known of one call in the source: its copies joined, in numbers and in words for hovers and hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import NamedTuple

from xdp_lsp.analysis import CallAnalysis, ProgramAnalysis
from xdp_lsp.analysis.words import count, some
from xdp_lsp.checks.view import ADJUST_META
from xdp_lsp.headroom import MetadataSupport, Target, portable
from xdp_lsp.ide.picture import Part, Picture, Stretch
from xdp_lsp.pipeline import FileReport
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Bounds, CallSite, NeedKind

# Names of targets that are told one by one; the others are counted.


class Copy(NamedTuple):
    """One call instruction, in one of the programs that come to it."""

    program: ProgramAnalysis
    call: CallAnalysis

    @property
    def site(self) -> CallSite:
        return self.call.site


class Call(NamedTuple):
    """A call in the source with its copies (inlined, unrolled, of several programs), the reachable ones only.

    `extents` holds several where the compiler made one call of them. Without a copy it is never reached.
    """

    helper: str
    extents: tuple[SourceRange, ...]
    copies: tuple[Copy, ...]

    @property
    def worst(self) -> Copy:
        """The copy that demands most."""
        return max(self.copies, key=lambda copy: copy.site.demand or Bounds(0, 0))

    @property
    def delta(self) -> Bounds:
        return _hull(delta_of(copy.site) for copy in self.copies)

    @property
    def before(self) -> Bounds:
        """What is gone from the headroom when a run comes to it."""
        return _hull(copy.site.before for copy in self.copies)

    @property
    def metadata(self) -> Bounds:
        return _hull(copy.site.metadata for copy in self.copies)

    @property
    def demand(self) -> Bounds:
        """What is gone with it."""
        return _hull(copy.site.demand for copy in self.copies)

    @property
    def is_unbounded(self) -> bool:
        return self.demand.max > UNBOUNDED_NEED

    @property
    def is_finished(self) -> bool:
        """Whether the programs were walked to the end: else the numbers are those of some paths."""
        return all(copy.program.exploration.need_kind is not NeedKind.UNKNOWN for copy in self.copies)

    @property
    def counts_all(self) -> bool:
        return all(copy.program.counts_all for copy in self.copies)

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(verdict.target for verdict in self.worst.program.targets)

    def moved(self, unit: str = "") -> str:
        """What it does to the packet's start: `prepends 0..64`."""
        return moved(self.helper, self.delta, unit)

    def left(self, *, counted: bool = False) -> str:
        """What is left after it on the tightest of the chosen targets, or what is missing: `88 left on ixgbe`.

        "" where that is not known, or there is nothing to compare with. `counted`: `short by 24 on 4 targets`, without
        their names.
        """
        if not (self.targets and self.counts_all and self.is_finished):
            return ""
        tightest = portable(self.targets)
        if self.is_unbounded:
            return (
                "which adds up without a bound"
                if self.delta.min >= -UNBOUNDED_NEED
                else "more than any target has"
            )
        if tightest.fits(self.demand.max):
            return f"{room(tightest, self.demand.max)} left on {tightest.spec}"
        missing = tightest.shortfall(self.demand.max)
        names = [one.spec for one in self.targets if one.shortfall(self.demand.max) == missing]
        return f"short by {missing} on {count(len(names), 'target') if counted else some(names)}"

    def picture(self) -> Picture | None:
        """The headroom of the tightest target after it; None where there is none or it cannot be drawn to scale."""
        if not self.left() or self.is_unbounded or self.demand.max < 0:
            return None
        tightest = portable(self.targets)
        return Picture(tightest.spec, tightest.headroom, tightest.reserve, _taken(self.worst.site))


def calls_of(report: FileReport) -> tuple[Call, ...]:
    """The calls whose text is known, in the order of the source."""
    found: dict[tuple[SourceRange, ...], tuple[str, list[Copy]]] = {}
    for program in report.analysis.programs:
        for call in program.calls:
            if call.extents:
                copies = found.setdefault(call.extents, (call.site.helper, []))[1]
                copies += [Copy(program, call)] if call.site.demand is not None else []
    calls = (Call(helper, extents, tuple(copies)) for extents, (helper, copies) in found.items())
    return tuple(sorted(calls, key=lambda call: call.extents))


def delta_of(site: CallSite) -> Bounds:
    """The deltas that can succeed: without the INT_MIN of a negation, which is refused."""
    assert site.delta is not None
    if not site.delta_has_int_min or site.before is None or site.demand is None:
        return site.delta
    return Bounds(max(site.delta.min, site.before.min - site.demand.max), site.delta.max)


def moved(helper: str, delta: Bounds, unit: str = "") -> str:
    """A delta in words: `prepends 8..64 bytes` with the unit ` bytes`."""
    rest, (take, give) = "", ("prepend", "strip")
    if helper == ADJUST_META:
        rest, (take, give) = " of metadata", ("take", "give back")
    low, high = delta
    if low == high == 0:
        return "takes no metadata" if rest else "moves nothing"
    if low < -UNBOUNDED_NEED and low < high:
        return f"{take}s any number of bytes{rest}" if high >= 0 else f"{take}s {-high} bytes or more{rest}"
    if high <= 0:
        return f"{take}s {span(Bounds(-high, -low))}{unit}{rest}"
    gives = give.replace("give", "gives") if rest else f"{give}s"
    many = "any number" if high > UNBOUNDED_NEED else f"up to {high}"
    if low >= 0:
        return f"{gives} {span(delta) if high <= UNBOUNDED_NEED else many}{unit}{rest}"
    return f"{take}s up to {-low} or {gives} {many}{unit}{rest}"


def span(bounds: Bounds) -> str:
    """`20`, or `0..64`."""
    return str(bounds.min) if bounds.is_constant else f"{bounds.min}..{bounds.max}"


def room(target: Target, demand: int) -> int:
    """What is in front of the packet on `target` after `demand`, which fits it, less what the kernel keeps."""
    return target.headroom - target.reserve - demand


def fate(call: Call, target: Target) -> str:
    """What becomes of the call on one target: `88 left`, `short by 24`, `takes no metadata`."""
    refusal = metadata_refusal(target, call.metadata.max) if call.helper == ADJUST_META else ""
    if refusal and (target.metadata is MetadataSupport.NO or not call.is_unbounded):
        return refusal
    if call.is_unbounded:
        return "not bounded"
    if target.fits(call.demand.max):
        return f"{room(target, call.demand.max)} left"
    return f"short by {target.shortfall(call.demand.max)}"


def metadata_refusal(target: Target, longest: int) -> str:
    """Why `target` refuses metadata of up to `longest` bytes; "" where it is not known to."""
    if target.metadata is MetadataSupport.NO:
        return "has no metadata" if target.metadata_kernels == "no" else "has no metadata on some kernels"
    if longest > target.metadata_limit:
        return f"takes {target.metadata_limit} bytes of metadata at most"
    return ""


def _taken(site: CallSite) -> tuple[Stretch, ...]:
    """What is gone on the path that demands most, from the left: metadata, what this call takes, what was taken before.

    Where the longest delta and the most before it need not be on one path, or the metadata there is not one number,
    they are not told apart.
    """
    assert site.demand is not None and site.before is not None and site.metadata is not None
    total = max(0, site.demand.max)
    own = max(0, -delta_of(site).min)
    is_meta = site.helper == ADJUST_META
    if own and site.before.max + own != site.demand.max:
        return (Stretch(Part.TOGETHER, total),)
    own = min(own, total)  # the rest of it lies where bytes were stripped
    if not site.metadata.is_constant:
        return (Stretch(Part.CALL, own), Stretch(Part.BEFORE, total - own))
    metadata = max(0, min(site.metadata.max - (own if is_meta else 0), total - own))
    before = Stretch(Part.BEFORE, total - own - metadata)
    if is_meta:
        return (Stretch(Part.CALL, own), Stretch(Part.METADATA, metadata), before)
    return (Stretch(Part.METADATA, metadata), Stretch(Part.CALL, own), before)


def _hull(bounds: Iterable[Bounds | None]) -> Bounds:
    known: Iterator[Bounds] = (one for one in bounds if one is not None)
    return reduce(lambda one, other: one.hull(other), known)
