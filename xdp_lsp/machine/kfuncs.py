"""What kernel functions do, as far as XDP programs call them; the others end the run.

Source: kernel/bpf/bpf_iter.c, bpf_iter_num_new(), _next() and _destroy() (Linux 6.18): the iterator is two ints in
the program's memory, the number given last and the end; what `next` gives is a pointer to the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.machine.faults import Unmodelled

if TYPE_CHECKING:
    from xdp_lsp.machine.machine import Machine

_EINVAL, _E2BIG, _EOPNOTSUPP = (-number & TOP for number in (22, 7, 95))
_MOST_ROUNDS = 1 << 23  # BPF_MAX_LOOPS


def call(machine: Machine, name: str) -> int:
    """Runs the kernel function `name`; gives r0."""
    model = _MODELS.get(name)
    if model is None:
        raise Unmodelled(f"{name}()")
    return model(machine)


def _new(machine: Machine) -> int:
    place = machine.read(1)
    start, end = (machine.sign_extend(machine.read(register), 32) for register in (2, 3))
    rounds = machine.operate(isa.SUB, end, start)
    result = 0
    if machine.holds(isa.JSGT, start, end):
        result = _EINVAL
    elif machine.holds(isa.JSGT, rounds, _MOST_ROUNDS):
        result = _E2BIG
    machine.store(place, 4, 0 if result else machine.operate(isa.SUB, start, 1))
    machine.store(place + 4, 4, 0 if result else end)
    return result


def _next(machine: Machine) -> int:
    place = machine.read(1)
    current, end = (machine.sign_extend(machine.load(place + at, 4), 32) for at in (0, 4))
    following = machine.operate(isa.ADD, current, 1)
    if machine.holds(isa.JSGE, machine.sign_extend(following, 32), end):
        machine.store(place, 8, 0)
        return 0
    machine.store(place, 4, following)
    return place


def _destroy(machine: Machine) -> int:
    machine.store(machine.read(1), 8, 0)
    return 0


def _nothing(machine: Machine) -> int:
    return 0


def _unsupported(machine: Machine) -> int:
    """Hints of a card that has none: what every driver may answer."""
    return _EOPNOTSUPP


_MODELS: dict[str, Callable[[Machine], int]] = {
    "bpf_iter_num_new": _new,
    "bpf_iter_num_next": _next,
    "bpf_iter_num_destroy": _destroy,
    "bpf_rcu_read_lock": _nothing,
    "bpf_rcu_read_unlock": _nothing,
    "bpf_preempt_disable": _nothing,
    "bpf_preempt_enable": _nothing,
    "bpf_xdp_metadata_rx_timestamp": _unsupported,
    "bpf_xdp_metadata_rx_hash": _unsupported,
    "bpf_xdp_metadata_rx_vlan_tag": _unsupported,
}
