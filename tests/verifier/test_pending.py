"""Prepends that failed and were not made good: every run is in what is kept of it, by enumeration."""

from __future__ import annotations

from itertools import product

from xdp_lsp.verifier.state import Pending

# What one run has: the least demand of its prepends that failed for want of headroom, or None.
RUNS = (None, 1, 2, 3)
RANGES = [(low, high) for low in (1, 2, 3) for high in (1, 2, 3) if low <= high]
EVERY = [None, *(Pending(low, high, certain) for (low, high), certain in product(RANGES, (False, True)))]


def holds(pending: Pending | None, run: int | None) -> bool:
    if pending is None or run is None:
        return run is None and not (pending and pending.certain)
    return pending.low <= run <= pending.high


def runs(pending: Pending | None) -> set[int | None]:
    return {run for run in RUNS if holds(pending, run)}


def test_one_more_failure():
    for old, (low, high), certain in product(EVERY, RANGES, (False, True)):
        after = Pending.after_failure(old, low, high, certain=certain)
        for run, demand in product(runs(old), range(low, high + 1)):
            lacked_headroom = demand if run is None else min(run, demand)
            assert holds(after, lacked_headroom), (old, low, high, certain, run)
            assert certain or holds(after, run), (old, low, high, run)


def test_a_join_holds_both_and_covers_tells_subsets():
    for a, b in product(EVERY, EVERY):
        assert runs(a) | runs(b) <= runs(Pending.join(a, b)), (a, b)
        if Pending.covers(a, b):
            assert runs(b) <= runs(a), (a, b)
        assert Pending.covers(a, a)
