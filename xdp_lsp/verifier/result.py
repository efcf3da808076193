"""What the verifier finds out about one program: plain, picklable records.

Signs: `delta` is as the program passes it (a prepend is negative); `total` is S, the sum of the deltas that
succeeded; `metadata` is M, the metadata's length; the demand of a call is `M - (S + delta)`, unclamped and
without the kernel's reserve R. All in bytes. The rule is net/core/filter.c, bpf_xdp_adjust_head(), Linux 4.18 to 7.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

# A need that can be over this is "unbounded": no driver has such headroom, and it is more than a packet.
UNBOUNDED_NEED = 65_535


class Bounds(NamedTuple):
    """All integers from `min` to `max`, both included."""

    min: int
    max: int

    @property
    def is_constant(self) -> bool:
        return self.min == self.max

    def hull(self, other: Bounds | None) -> Bounds:
        """What holds both; this alone where there is no other."""
        return self if other is None else Bounds(min(self.min, other.min), max(self.max, other.max))


class Standing(NamedTuple):
    """Where the packet's start can be between two programs that run on one packet: bounds of S, of M, and of M - S."""

    total: Bounds
    metadata: Bounds
    taken: Bounds

    def hull(self, other: Standing | None) -> Standing:
        """What holds of both; of this one alone where there is no other."""
        return self if other is None else Standing(*(a.hull(b) for a, b in zip(self, other, strict=True)))


# As drivers hand packets over.
UNTOUCHED = Standing(Bounds(0, 0), Bounds(0, 0), Bounds(0, 0))

# xdp_metalen_invalid(), include/net/xdp.h: a multiple of 4 that fits 8 bits (6.8 and later; 32 before).
LONGEST_METADATA = 252

# As any program may find them after any other. Nothing counts as taken: demands are on top of what was. S is counted
# from where M - S is 0; all that its zero decides is what S and M are called.
ANYWHERE = Standing(Bounds(0, LONGEST_METADATA), Bounds(0, LONGEST_METADATA), Bounds(0, 0))


class NeedKind(Enum):
    BOUNDED = "bounded"
    UNBOUNDED = "unbounded"  # can be over UNBOUNDED_NEED
    UNKNOWN = "unknown"  # not analysed to the end; `Exploration.gaps` says why


class ReasonKind(Enum):
    """Why a bound is what it is."""

    READ = "read"  # where the value comes from
    CHECK = "check"  # a comparison that narrowed it
    MOVED = "moved"  # by an earlier call
    LOOP = "loop"  # whose rounds were joined
    WIDENED = "widened"  # where paths were joined and precision was given up
    ASSUMED = "assumed"  # an initial value that the loader may change


class Reason(NamedTuple):
    """One step of the explanation of a bound; `text` is a phrase, `pc` the instruction it happened at."""

    kind: ReasonKind
    pc: int
    text: str


class CallSite(NamedTuple):
    """Everything learnt about one call instruction of adjust_head, adjust_meta or pull_data.

    Bounds are None where the call is not reachable. `demand` leaves out a delta of INT_MIN that only a negation
    brings (`delta_has_int_min`): every kernel refuses it. `worst` explains the largest demand. `before` is M - S
    when the call is come to: what is gone from the headroom by then.
    """

    pc: int
    helper: str
    reachable: bool
    delta: Bounds | None
    total: Bounds | None
    metadata: Bounds | None
    demand: Bounds | None
    result_checked: bool
    delta_has_int_min: bool = False
    worst: tuple[Reason, ...] = ()
    may_be_either: bool = False  # a length that is negated may be a prepend or a trim
    before: Bounds | None = None


class Redirect(NamedTuple):
    """One reachable call of bpf_redirect() or bpf_redirect_map() that may lead to a device.

    `taken` holds every number of bytes (-S, negative after a trim) that may be gone from the headroom when the frame
    leaves, in ranges that lie apart. Metadata is not counted: it stays in the frame's headroom (include/net/xdp.h,
    xdp_update_frame_from_buff(): headroom less sizeof(struct xdp_frame); Linux 4.18 to 7.3). Where calls that move
    the packet's start can follow before the program ends, the totals that any call tries are counted in.
    """

    pc: int
    taken: tuple[Bounds, ...]


class Gap(NamedTuple):
    """Something the analysis could not follow: what, where, and what was assumed instead.

    `is_sound` is True where the assumption covers every run (the numbers hold, only wider) or is one about what
    user space leaves as the object has it; False where the answer ends there (a tail call into another program), so
    that the need of this program is a lower bound.
    """

    pc: int
    what: str
    assumed: str
    is_sound: bool


class AssumedConstant(NamedTuple):
    """A `const volatile` variable whose non-zero initial value the result rests on."""

    pc: int
    section: str
    name: str
    value: int


class Exploration(NamedTuple):
    """The result for one program.

    `need` is the largest `-S + M` that any call reaches or tries, never below 0; None unless `need_kind` is
    BOUNDED. `need_with_fallback` forgives a failed prepend that a later, smaller one makes good. `demand` is
    the largest unclamped demand (None where the program calls nothing that demands headroom, or it is not
    bounded).
    """

    calls: tuple[CallSite, ...]
    need_kind: NeedKind
    need: int | None
    need_with_fallback: int | None
    demand: int | None
    gaps: tuple[Gap, ...] = ()
    assumed: tuple[AssumedConstant, ...] = ()
    need_for_any_constant: int | None = None  # with every assumed constant unknown; None: unbounded
    tail_calls: tuple[int, ...] = ()  # pcs of reachable bpf_tail_call
    redirects: tuple[Redirect, ...] = ()  # none unless they were followed (`explore`)
    instructions: int = 0  # reachable code, in slots
    steps: int = 0  # what the walk spent of its budget
    left: Standing | None = None  # at the program's ends, and where it goes over into an unknown one
    entered: Mapping[int, Standing] = {}  # programs of the object that tail calls lead into: by entry pc
