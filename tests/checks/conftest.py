"""Hand-made explorations: each test says what the verifier found, and reads what the checks make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from xdp_lsp.checks import ProgramView
from xdp_lsp.headroom import Target, resolve, resolve_senders
from xdp_lsp.program import Attach
from xdp_lsp.source import SourceLocation
from xdp_lsp.verifier.result import Bounds, CallSite, Exploration, NeedKind

HEAD = "bpf_xdp_adjust_head"
META = "bpf_xdp_adjust_meta"


def make_call(
    delta: int | tuple[int, int],
    pc: int = 10,
    helper: str = HEAD,
    before: int = 0,
    metadata: int = 0,
    **rest: Any,
) -> CallSite:
    """A call that passes `delta` after a total of `before`, and leaves `metadata` bytes of metadata."""
    low, high = delta if isinstance(delta, tuple) else (delta, delta)
    total = Bounds(before, before) if helper == META else Bounds(before + low, before + high)
    fields: dict[str, Any] = {
        "pc": pc,
        "helper": helper,
        "reachable": True,
        "delta": Bounds(low, high),
        "total": total,
        "metadata": Bounds(metadata, metadata),
        "demand": Bounds(metadata - total.max, metadata - total.min),
        "result_checked": True,
    }
    return CallSite(**{**fields, **rest})


def make_exploration(*calls: CallSite, **rest: Any) -> Exploration:
    demands = [call.demand.max for call in calls if call.demand]
    largest = max(demands, default=None)
    bounded = largest is None or largest <= 65_535
    need = max(0, largest or 0) if bounded else None
    fields: dict[str, Any] = {
        "calls": calls,
        "need_kind": NeedKind.BOUNDED if bounded else NeedKind.UNBOUNDED,
        "need": need,
        "need_with_fallback": need,
        "demand": largest if bounded else None,
    }
    return Exploration(**{**fields, **rest})


def make_view(
    exploration: Exploration,
    targets: tuple[Target, ...] | str = "mainstream",
    *,
    outliers: tuple[Target, ...] = (),
    attach: Attach = Attach.XDP,
    lines: Mapping[int, int] = {},
    senders: str = "",
) -> ProgramView:
    """`prog` in section xdp, every instruction on the line of its number in prog.c unless `lines` has another."""
    return ProgramView(
        name="prog",
        section="xdp",
        attach=attach,
        entry=1,
        exploration=exploration,
        targets=resolve(targets.split()) if isinstance(targets, str) else targets,
        outliers=outliers,
        senders=resolve_senders(senders.split()),
        locate=lambda pc: SourceLocation("prog.c", lines.get(pc, pc), 6),
        where=lambda pc: f"xdp+{pc}",
        counts_all=attach.starts_fresh,
    )


@pytest.fixture
def call() -> Callable[..., CallSite]:
    return make_call


@pytest.fixture
def view() -> Callable[..., ProgramView]:
    """The view of a program with the given calls; further arguments go to the exploration or the view."""

    def build(*calls: CallSite, **rest: Any) -> ProgramView:
        keys = ("targets", "outliers", "attach", "lines", "senders")
        of_view = {key: rest.pop(key) for key in keys if key in rest}
        return make_view(make_exploration(*calls, **rest), **of_view)

    return build
