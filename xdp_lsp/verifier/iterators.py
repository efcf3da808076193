"""Number iterators, which `bpf_for` and `bpf_repeat` are made of: kernel/bpf/bpf_iter.c, Linux 6.4 to 7.3.

The kernel keeps two ints in the 8 bytes of a `struct bpf_iter_num` on the stack: the number that was given last, and
the end. So do the states here, in the same places, so that a loop's counter is joined, widened and related to the
packet's start like any other. The two are kept as signed numbers, not zero-extended as other stores of 4 bytes are:
the kernel's verifier refuses every access to them but through the pointer that `bpf_iter_num_next` returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.verifier import arithmetic, linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.helpers import ITERATOR_SIZE
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.memory import frame_place
from xdp_lsp.verifier.state import State
from xdp_lsp.verifier.symbols import Region

_END = 4  # where in it the end is
_MOST_ROUNDS = 1 << 23  # BPF_MAX_LOOPS


def start(state: State) -> Iterator[tuple[State, bool]]:
    """bpf_iter_num_new(r1, r2, r3): the states after it, and whether it succeeded. May reuse `state`.

    It fails where the numbers run backwards or are too many; then there is no round.
    """
    first, end = (_as_int(state.facts, state.scalar(register)) for register in (2, 3))
    rounds = linear.subtract(end, first)
    for few in (WORD.between(-(1 << 32), -1), WORD.between(_MOST_ROUNDS + 1, 1 << 32)):
        failed = state.copy()
        if _assume(failed.facts, rounds, few):
            _write(failed, constant(0), constant(0))
            yield failed, False
    if _assume(state.facts, rounds, WORD.between(0, _MOST_ROUNDS)):
        _write(state, linear.shift(first, -1), end)
        yield state, True


def advance(state: State, pc: int) -> Iterator[tuple[State, Linear | None]]:
    """bpf_iter_num_next(r1): the states after it, with the pointer it returns; None where that is NULL.

    The pointer is into the iterator if that holds the number as a load of 4 bytes shows it. May reuse `state`. `pc`
    is that of the call, which tests the number against the end.
    """
    pointer = state.frame.registers[1]
    held = _read(state)
    if held is None:  # nothing is known of it: any number of rounds
        _forget(state)  # one of the two may be known, as it was before
        yield state.copy(), None
        yield state, _unread(state)
        return
    last, end = held
    number = linear.shift(last, 1)
    left = linear.subtract(end, number)
    over = state.copy()
    if _assume(over.facts, left, WORD.between(-(1 << 33), 0), pc):
        _write(over, constant(0), constant(0))
        yield over, None
    if _assume(state.facts, left, WORD.between(1, 1 << 33), pc):
        _write(state, number, end)
        assert pointer is not None
        is_as_loaded = WORD.signed(state.facts.evaluate(number))[0] >= 0
        yield state, pointer if is_as_loaded else _unread(state)


def end(state: State) -> None:
    """bpf_iter_num_destroy(r1)."""
    _write(state, constant(0), constant(0))


def _unread(state: State) -> Linear:
    """A pointer that is not NULL, to a number that is not known."""
    return of_symbol(state.facts.table.pointer(Region.OTHER))


def _as_int(facts: Facts, form: Linear) -> Linear:
    """An argument of type int: the low 32 bits, signed."""
    return arithmetic.sign_extend(facts, form, 32)


def _assume(facts: Facts, form: Linear, values: Scalar, pc: int | None = None) -> bool:
    """Whether some run has `form` in `values`; `facts`, which are of no use otherwise, then hold of those only."""
    try:
        facts.assume(form, values, pc)
    except Infeasible:
        return False
    return True


def _place(state: State) -> tuple[int, int] | None:
    """(depth, offset) of the iterator that r1 points at; None where it is not known."""
    pointer = state.frame.registers[1]
    place = None if pointer is None else frame_place(state, pointer)
    return None if place is None or place[1] != place[2] else place[:2]


def _read(state: State) -> tuple[Linear, Linear] | None:
    """The last number and the end; None where they are not known."""
    place = _place(state)
    if place is None:
        return None
    stack = state.frames[place[0]].stack
    last, end = stack.get(place[1]), stack.get(place[1] + _END)
    return (last[1], end[1]) if last is not None and end is not None and last[0] == end[0] == _END else None


def _write(state: State, last: Linear, end: Linear) -> None:
    place = _forget(state)
    if place is not None:
        depth, offset = place
        stack = state.own_frame(depth).stack
        stack[offset] = (_END, last)
        stack[offset + _END] = (_END, end)


def _forget(state: State) -> tuple[int, int] | None:
    """Has nothing be known of the iterator that r1 points at; gives its place, if that is known."""
    place = _place(state)
    if place is None:
        state.forget_frames()
    else:
        depth, offset = place
        state.own_frame(depth).forget(offset, offset + ITERATOR_SIZE, state.facts)
    return place
