"""What helpers do, as far as XDP programs use them; the others end the run.

Sources: net/core/filter.c, kernel/bpf/helpers.c, arraymap.c, hashtab.c, ringbuf.c (Linux 6.18); the prototypes are
those of `isa.helpers`. Where the kernel's answer rests on what a run does not have (routes, time, other CPUs) it is
an input, one of those that the kernel can give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.helpers import helper
from xdp_lsp.machine.arithmetic import TOP, signed
from xdp_lsp.machine.faults import Unmodelled
from xdp_lsp.machine.inputs import Kind, Source
from xdp_lsp.machine.maps import ARRAYS, INDEX_SIZE, INNER_MAPS, PROG_ARRAY
from xdp_lsp.machine.memory import Region
from xdp_lsp.program.image import MapDefinition

if TYPE_CHECKING:
    from xdp_lsp.machine.machine import Machine

_ENOENT, _E2BIG, _EAGAIN, _EEXIST, _EINVAL, _ENOSPC = (-number & TOP for number in (2, 7, 11, 17, 22, 28))
_NOEXIST, _EXIST = 1, 2  # flags of bpf_map_update_elem
_XDP_REDIRECT, _XDP_ABORTED = 4, 0
_LONGEST_COPY = 0xFFFF  # bytes of bpf_xdp_load_bytes
_LARGEST_RECORD = 1 << 16  # bytes of a ring buffer's record that a run makes
_MOST_ELEMENTS = 1 << 10  # of a map that a callback runs over

# Helpers that give a number of so many bits.
_NUMBERS = {
    "bpf_get_prandom_u32": 32,
    "bpf_get_smp_processor_id": 8,
    "bpf_get_numa_node_id": 4,
    "bpf_ktime_get_ns": 64,
    "bpf_ktime_get_boot_ns": 64,
    "bpf_ktime_get_coarse_ns": 64,
    "bpf_ktime_get_tai_ns": 64,
    "bpf_jiffies64": 64,
    "bpf_tcp_raw_gen_syncookie_ipv4": 48,
    "bpf_tcp_raw_gen_syncookie_ipv6": 48,
}
# Helpers that change nothing a program sees, and what they can give: success first.
_STATUSES = {
    "bpf_trace_printk": (0,),
    "bpf_trace_vprintk": (0,),
    "bpf_spin_lock": (0,),
    "bpf_spin_unlock": (0,),
    "bpf_perf_event_output": (0, _ENOENT, _ENOSPC),
    "bpf_xdp_output": (0, _ENOENT, _ENOSPC),
    "bpf_ringbuf_output": (0, _EAGAIN),
    "bpf_ringbuf_submit": (0,),
    "bpf_ringbuf_discard": (0,),
    "bpf_map_push_elem": (0, _E2BIG),
    "bpf_timer_init": (0,),
    "bpf_timer_set_callback": (0,),
    "bpf_timer_start": (0,),
    "bpf_timer_cancel": (0,),
    "bpf_tcp_raw_check_syncookie_ipv4": (0, -13 & TOP),
    "bpf_tcp_raw_check_syncookie_ipv6": (0, -13 & TOP),
    "bpf_sk_lookup_tcp": (0,),
    "bpf_sk_lookup_udp": (0,),
    "bpf_skc_lookup_tcp": (0,),
    "bpf_sk_release": (0,),
}


def call(machine: Machine, number: int) -> int | None:
    """Runs helper `number`: what it gives, or None where it has said what the machine goes on with."""
    known = helper(number)
    name = known.name if known is not None else f"helper {number}"
    model = _MODELS.get(name)
    if model is not None:
        return model(machine)
    if name in _NUMBERS:
        return machine.result(name, _NUMBERS[name])
    if name in _STATUSES:
        return machine.result(name, allowed=_STATUSES[name])
    raise Unmodelled(name)


# -- maps -----------------------------------------------------------------------------------------


def _key(machine: Machine, found: MapDefinition, register: int) -> bytes:
    return machine.bytes_at(machine.read(register), found.key_size)


def _is_index(machine: Machine, found: MapDefinition, register: int) -> bool:
    """Whether the key of an array is one of its indices."""
    index = machine.load(machine.read(register), INDEX_SIZE)
    return machine.holds(isa.JLT, index, found.max_entries or 1, 32)


def _is_present(machine: Machine, found: MapDefinition, key: bytes) -> int:
    """Whether a map that is no array has `key`: 1 or 0, as the input says where the program has not."""
    if machine.maps.known(found, key):
        return int(machine.maps.value(found, key) is not None)
    return machine.input(Source(Kind.PRESENT, found.name, key, bits=1))


def _lookup(machine: Machine) -> int:
    found = machine.maps.at(machine.read(1))
    if found.type in INNER_MAPS or found.type == PROG_ARRAY:
        raise Unmodelled("a look-up in a map of maps")
    if found.type in ARRAYS:
        if not _is_index(machine, found, 2):
            return 0
        region = machine.maps.value(found, _key(machine, found, 2))
        assert region is not None  # nothing is taken out of an array
        return region.address
    key = _key(machine, found, 2)
    present = _is_present(machine, found, key)
    region = machine.maps.value(found, key) if present else None
    # 0 times any address is the null pointer.
    return machine.operate(isa.MUL, present, region.address if region else 1)


def _update(machine: Machine) -> int:
    found = machine.maps.at(machine.read(1))
    flags = machine.read(4)
    if found.type in ARRAYS:
        if not _is_index(machine, found, 2):
            return _E2BIG
        if machine.holds(isa.JEQ, flags, _NOEXIST):
            return _EEXIST
    key = _key(machine, found, 2)
    if found.type not in ARRAYS and flags:
        present = _is_present(machine, found, key)
        if flags == _EXIST and machine.holds(isa.JEQ, present, 0):
            return _ENOENT
        if flags == _NOEXIST and machine.holds(isa.JNE, present, 0):
            return _EEXIST
    machine.copy(machine.read(3), machine.maps.put(found, key).address, found.value_size)
    return 0


def _delete(machine: Machine) -> int:
    found = machine.maps.at(machine.read(1))
    if found.type in ARRAYS:
        return _EINVAL
    key = _key(machine, found, 2)
    if machine.holds(isa.JEQ, _is_present(machine, found, key), 0):
        return _ENOENT
    machine.maps.delete(found, key)
    return 0


def _take(machine: Machine) -> int:
    """bpf_map_pop_elem(), bpf_map_peek_elem(): a queue or stack that holds anything, or nothing."""
    found = machine.maps.at(machine.read(1))
    name = f"an element of {found.name}"
    result = machine.result(name, allowed=(0, _ENOENT))
    machine.output(name, machine.read(2), found.value_size)
    return result


def _for_each(machine: Machine) -> None:
    found = machine.maps.at(machine.read(1))
    if found.type in INNER_MAPS:
        raise Unmodelled("a walk over a map of maps")
    rounds: list[tuple[int, ...]] = []
    for key in machine.maps.keys(found)[:_MOST_ELEMENTS]:
        region = machine.maps.value(found, key)
        assert region is not None
        place = machine.memory.add(key, writable=False)
        rounds.append((machine.read(1), place.address, region.address, machine.read(3)))
    machine.start_callback(machine.read(2), machine.read(3), rounds=rounds)


def _loop(machine: Machine) -> None:
    limit = machine.operate(isa.AND, machine.read(1), 0xFFFFFFFF)
    machine.start_callback(machine.read(2), machine.read(3), limit=limit)


def _tail_call(machine: Machine) -> int | None:
    """An empty slot of the array lets the program go on, as does one that the loader alone fills."""
    found = machine.maps.at(machine.read(2))
    index = machine.read(3)
    for at, entry in found.programs.items():
        if machine.holds(isa.JEQ, index, at, 32):
            return None if machine.tail_call(entry) else _ENOENT
    return _ENOENT


def _reserve(machine: Machine) -> int:
    """bpf_ringbuf_reserve(): what the record holds is taken to be zeros."""
    size = machine.read(2)
    if size > _LARGEST_RECORD:
        return 0
    region: Region = machine.memory.add(bytes(size))
    present = machine.result("bpf_ringbuf_reserve", 1, (1, 0))
    return machine.operate(isa.MUL, present, region.address)


# -- the packet -----------------------------------------------------------------------------------


def _bytes_of_packet(machine: Machine) -> tuple[int, int] | None:
    """Where the bytes are that bpf_xdp_load_bytes() and bpf_xdp_store_bytes() mean, and how many; None: outside."""
    offset = machine.operate(isa.AND, machine.read(2), 0xFFFFFFFF)
    size = machine.operate(isa.AND, machine.read(4), 0xFFFFFFFF)
    end = machine.operate(isa.ADD, machine.operate(isa.ADD, offset, size), machine.total)
    if offset > _LONGEST_COPY or size > _LONGEST_COPY or machine.holds(isa.JSGT, end, machine.length):
        return None
    return (machine.first + signed(machine.total) + offset) & TOP, int(size)


def _load_bytes(machine: Machine) -> int:
    place = _bytes_of_packet(machine)
    if place is None:
        return _EINVAL
    machine.copy(place[0], machine.read(3), place[1])
    return 0


def _store_bytes(machine: Machine) -> int:
    place = _bytes_of_packet(machine)
    if place is None:
        return _EINVAL
    machine.copy(machine.read(3), place[0], place[1])
    return 0


def _delta(machine: Machine) -> int:
    return machine.sign_extend(machine.read(2), 32)


def _redirect(machine: Machine) -> int:
    machine.redirects.append(machine.pc)
    return _XDP_REDIRECT if machine.holds(isa.JEQ, machine.read(2), 0) else _XDP_ABORTED


def _redirect_map(machine: Machine) -> int:
    """__bpf_xdp_redirect_map(): an entry, or the action in the low bits of the flags."""
    machine.redirects.append(machine.pc)
    flags = machine.read(3)
    found = machine.maps.at(machine.read(1))
    index = (machine.read(2) & 0xFFFFFFFF).to_bytes(INDEX_SIZE, machine.memory.order)
    present = machine.input(Source(Kind.PRESENT, found.name, index, bits=1))
    if machine.holds(isa.JNE, present, 0):
        return _XDP_REDIRECT
    return machine.operate(isa.AND, flags, 3)


def _csum_diff(machine: Machine) -> int:
    """The ones' complement sum of `to` and the complement of `from`: some number of 32 bits that stands for it."""
    taken = machine.bytes_at(machine.read(1), machine.read(2)) if machine.read(2) else b""
    added = machine.bytes_at(machine.read(3), machine.read(4)) if machine.read(4) else b""
    total = machine.read(5) & 0xFFFFFFFF
    order = machine.memory.order
    for at in range(0, len(added), 4):
        total += int.from_bytes(added[at : at + 4], order)
    for at in range(0, len(taken), 4):
        total += ~int.from_bytes(taken[at : at + 4], order) & 0xFFFFFFFF
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def _fib_lookup(machine: Machine) -> int:
    """struct bpf_fib_lookup: mtu_result, ifindex, rt_metric, and the addresses of the next hop's link."""
    name = "bpf_fib_lookup"
    codes = tuple(range(9))  # BPF_FIB_LKUP_RET_SUCCESS to _NO_SRC_ADDR
    result = machine.result(name, allowed=(*codes, _EINVAL))
    if machine.holds(isa.JEQ, result, 0):
        for offset, size in ((6, 2), (8, 4), (52, 6), (58, 6)):
            machine.output(name, machine.read(2) + offset, size)
    return result


def _check_mtu(machine: Machine) -> int:
    name = "bpf_check_mtu"
    result = machine.result(name, allowed=(0, 1, 2, _EINVAL))  # enum bpf_check_mtu_ret
    machine.output(name, machine.read(3), 4)
    return result


_MODELS: dict[str, Callable[[Machine], int | None]] = {
    "bpf_map_lookup_elem": _lookup,
    "bpf_map_lookup_percpu_elem": _lookup,
    "bpf_map_update_elem": _update,
    "bpf_map_delete_elem": _delete,
    "bpf_map_pop_elem": _take,
    "bpf_map_peek_elem": _take,
    "bpf_for_each_map_elem": _for_each,
    "bpf_loop": _loop,
    "bpf_tail_call": _tail_call,
    "bpf_ringbuf_reserve": _reserve,
    "bpf_redirect": _redirect,
    "bpf_redirect_map": _redirect_map,
    "bpf_xdp_adjust_head": lambda machine: machine.adjust_head(_delta(machine)),
    "bpf_xdp_adjust_meta": lambda machine: machine.adjust_meta(_delta(machine)),
    "bpf_xdp_adjust_tail": lambda machine: machine.adjust_tail(_delta(machine)),
    "bpf_xdp_get_buff_len": lambda machine: machine.operate(isa.SUB, machine.length, machine.total),
    "bpf_xdp_load_bytes": _load_bytes,
    "bpf_xdp_store_bytes": _store_bytes,
    "bpf_csum_diff": _csum_diff,
    "bpf_fib_lookup": _fib_lookup,
    "bpf_check_mtu": _check_mtu,
}
