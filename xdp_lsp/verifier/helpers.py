"""What helper calls do to the state, as far as it bears on headroom.

Ids are those of enum bpf_func_id (include/uapi/linux/bpf.h); ranges of results are the kernel's documented ones.
"""

from __future__ import annotations

from collections.abc import Container
from enum import Enum, auto

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.helpers import helper
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program.image import Image

MAP_UPDATE_ELEM = 2
MAP_DELETE_ELEM = 3
GET_PRANDOM_U32 = 7
GET_SMP_PROCESSOR_ID = 8
CSUM_DIFF = 28
FIB_LOOKUP = 69
XDP_LOAD_BYTES = 189
XDP_STORE_BYTES = 190
ADJUST_HEAD = 44
ADJUST_META = 54
ADJUST_TAIL = 65
TAIL_CALL = 12
MOST_TAIL_CALLS = 33  # MAX_TAIL_CALL_CNT (include/linux/bpf.h)
REDIRECT = 23
REDIRECT_MAP = 51
LOOP = 181
FOR_EACH_MAP_ELEM = 164
FIND_VMA = 180
USER_RINGBUF_DRAIN = 209
TIMER_SET_CALLBACK = 170
# Kernel functions (kfuncs) that bear on headroom, by name.
PULL_DATA = "bpf_xdp_pull_data"  # Linux 6.18
THROW = "bpf_throw"  # ends the program from wherever it is called; Linux 6.7

# Number iterators: see `iterators`.
ITERATOR_NEW, ITERATOR_NEXT, ITERATOR_DESTROY = (
    "bpf_iter_num_new",
    "bpf_iter_num_next",
    "bpf_iter_num_destroy",
)
ITERATOR_SIZE = 8  # bytes; sizeof(struct bpf_iter_num)

# None of these runs a function of the program.
FOLLOWED_KFUNCS = frozenset({PULL_DATA, THROW, ITERATOR_NEW, ITERATOR_NEXT, ITERATOR_DESTROY})

# The helpers whose calls are recorded one by one.
MOVING = frozenset({ADJUST_HEAD, ADJUST_META})
REDIRECTS = frozenset({REDIRECT, REDIRECT_MAP})
_TAKING_CALLBACKS = frozenset({LOOP, FOR_EACH_MAP_ELEM, FIND_VMA, USER_RINGBUF_DRAIN})

# Maps that bpf_redirect_map() takes and that lead to no device (enum bpf_map_type): a CPU, an AF_XDP socket.
CPUMAP, XSKMAP = 16, 17

_MAX_ERRNO = 4095  # include/linux/err.h


class Result(Enum):
    """The kind of value in r0 after a call."""

    SCALAR = auto()
    POINTER_OR_NULL = auto()


_U32 = WORD.of_width(32)
_STATUS = WORD.between(-_MAX_ERRNO, 0)  # 0 or a negative errno
_RANGES: dict[int, Scalar] = {
    GET_PRANDOM_U32: _U32,
    GET_SMP_PROCESSOR_ID: _U32,
    # Actions only: bpf_xdp_redirect() gives XDP_REDIRECT or XDP_ABORTED, and bpf_xdp_redirect_map() the low
    # bits of its flags, an action, where the look-up fails (net/core/filter.c, __bpf_xdp_redirect_map()).
    REDIRECT: WORD.between(0, 4),
    REDIRECT_MAP: WORD.between(0, 4),
    # Before Linux 6.4 the verifier's inlined calls gave an int, whose upper half is 0.
    MAP_UPDATE_ELEM: WORD.join(_STATUS, WORD.between((1 << 32) - _MAX_ERRNO, (1 << 32) - 1)),
    MAP_DELETE_ELEM: WORD.join(_STATUS, WORD.between((1 << 32) - _MAX_ERRNO, (1 << 32) - 1)),
    ADJUST_TAIL: _STATUS,
    XDP_LOAD_BYTES: _STATUS,
    XDP_STORE_BYTES: _STATUS,
    CSUM_DIFF: WORD.between(-_MAX_ERRNO, 0xFFFFFFFF),  # a 32-bit sum or an errno
}


def moves(image: Image, pc: int) -> bool:
    """Whether the instruction at `pc` calls a helper that moves the packet's start or its metadata's."""
    return _calls(image.slots[pc], MOVING) and pc not in image.calls


def moves_end(image: Image, pc: int) -> bool:
    """Whether the instruction at `pc` calls the helper that moves the packet's end."""
    return _calls(image.slots[pc], (ADJUST_TAIL,)) and pc not in image.calls


def redirects(image: Image, pc: int) -> bool:
    """Whether the instruction at `pc` calls a helper that says where the frame is to go next."""
    return _calls(image.slots[pc], REDIRECTS) and pc not in image.calls


def is_tail_call(instruction: Instruction) -> bool:
    return _calls(instruction, (TAIL_CALL,))


def takes_callback(instruction: Instruction) -> bool:
    """Whether the instruction calls a helper that runs a function of the program before it returns."""
    return _calls(instruction, _TAKING_CALLBACKS)


def may_keep_callback(instruction: Instruction) -> bool:
    """Whether the instruction calls a helper that may have a function of the program run, and not only while it runs.

    Or one whose callback is not where `_run_callback` in `calls` looks for it.
    """
    is_helper = instruction.opcode == isa.JMP | isa.CALL and instruction.src == isa.CALL_HELPER
    return is_helper and (
        instruction.imm in (TIMER_SET_CALLBACK, FIND_VMA) or helper(instruction.imm) is None
    )


def _calls(instruction: Instruction, helper_ids: Container[int]) -> bool:
    """Whether the instruction calls one of these helpers."""
    return (
        instruction.opcode == isa.JMP | isa.CALL
        and instruction.src == isa.CALL_HELPER
        and instruction.imm in helper_ids
    )


def name_of(helper_id: int) -> str:
    known = helper(helper_id)
    return known.name if known is not None else f"helper {helper_id}"


def result(helper_id: int) -> tuple[Result, Scalar]:
    """What r0 holds after the call: any 64-bit number unless more is known."""
    known = helper(helper_id)
    if known is not None and "*" in known.returns:
        return Result.POINTER_OR_NULL, WORD.top
    return Result.SCALAR, _RANGES.get(helper_id, WORD.top)


# Where the size stands of what a pointer argument points at (ARG_CONST_SIZE of the kernel's prototypes).
_SIZES = {FIB_LOOKUP: {2: 3}, XDP_LOAD_BYTES: {3: 4}}


def size_argument(helper_id: int, argument: int) -> int | None:
    """The argument that says how many bytes the helper may write through pointer argument `argument` (1 to 5)."""
    return _SIZES.get(helper_id, {}).get(argument)


def may_write(helper_id: int, argument: int) -> bool:
    """Whether the helper may write through pointer argument `argument` (1 to 5): unless its type is const."""
    known = helper(helper_id)
    if known is None:
        return True
    if argument > len(known.params):
        return False
    parameter = known.params[argument - 1]
    return parameter.is_pointer and not parameter.is_const
