"""Bounds what one program prepends: walks over its slice, and what they found."""

from __future__ import annotations

from xdp_lsp.program.image import Image, Program
from xdp_lsp.verifier.cfg import reachable_functions
from xdp_lsp.verifier.code import Code
from xdp_lsp.verifier.meeting import Hulls, Meetings
from xdp_lsp.verifier.record import Record
from xdp_lsp.verifier.result import UNTOUCHED, Exploration, NeedKind, Standing
from xdp_lsp.verifier.slice import Slice
from xdp_lsp.verifier.walk import Walk

# What a walk may spend before it joins everything it meets, in steps: see `walk`.
DEFAULT_BUDGET = 40_000


def explore(
    image: Image,
    program: Program,
    budget: int = DEFAULT_BUDGET,
    before: Standing = UNTOUCHED,
    *,
    goes_on: bool = False,
    follow_redirects: bool = False,
) -> Exploration:
    """Bounds every prepend of `program`, for packets that stand `before` it where the one that ran before left them.

    `budget` is in steps; it never makes an answer unsound. With `goes_on`, what the program leaves is what it leaves
    to one that runs after it: packets that it drops do not count. With `follow_redirects` paths are walked on from
    the last call that moves the packet's start to the redirects behind it, and `Exploration.redirects` is filled.
    """
    graphs = reachable_functions(image, program.entry)
    slice_ = Slice(
        image, graphs, action_of=program.entry if goes_on else None, follow_redirects=follow_redirects
    )
    code = Code(image, program.entry, graphs, slice_, goes_on=goes_on)

    def walk(hulls: Hulls, *, assume_constants: bool) -> tuple[Exploration, Meetings]:
        record = Record(image, graphs.values(), slice_)
        meetings = Meetings(code.thresholds, hulls)
        one = Walk(code, record, meetings, budget, before, assume_constants=assume_constants)
        finished = True
        if slice_.has_tracked_call:
            finished = one.run()
        else:
            record.ended(before)
        return record.result(one.steps, finished=finished), meetings

    def walk_twice(*, assume_constants: bool) -> Exploration:
        found, meetings = walk({}, assume_constants=assume_constants)
        if not meetings.widened or found.need_kind is NeedKind.UNKNOWN:
            return found
        narrowed, _ = walk(meetings.hulls(), assume_constants=assume_constants)
        return found if narrowed.need_kind is NeedKind.UNKNOWN else narrowed

    found = walk_twice(assume_constants=True)
    if found.assumed:
        return found._replace(need_for_any_constant=walk_twice(assume_constants=False).need)
    return found
