"""Which functions of an object are XDP programs, and how each is entered.

Source: the section names of tools/lib/bpf/libbpf.c, section_defs[] (Linux 7.2), and the prefixes that libbpf
before 1.0 matched; iproute2's "ID/KEY" sections (lib/bpf_legacy.c); include/uapi/linux/bpf.h.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from xdp_lsp.isa.instruction import CALL, CALL_HELPER, JMP, Instruction
from xdp_lsp.objfile import Btf
from xdp_lsp.objfile.btf import PTR, STRUCT
from xdp_lsp.program.image import Attach, Function, Program

_DEVMAP = re.compile(r"(xdp(\.frags)?/devmap|xdp_devmap)(/.*)?")
_CPUMAP = re.compile(r"(xdp(\.frags)?/cpumap|xdp_cpumap)(/.*)?")
# iproute2: slot KEY of the program array whose id is ID.
_TAIL_SECTION = re.compile(r"\d+/\d+|0x[0-9a-f]+/\d+")
# Sections of other program types: a function there is no XDP program, whatever it takes.
_OTHER_TYPES = re.compile(
    r"(socket|sk_|sockops|tc|tcx|netkit|classifier|action|cgroup|[ku](ret)?(probe|syscall)|usdt|ksyscall|kretsyscall"
    r"|tracepoint|tp|raw_tp|raw_tracepoint|tp_btf|fentry|fexit|fmod_ret|fsession|lsm|iter|syscall|lwt_|lirc_mode2"
    r"|perf_event|flow_dissector|struct_ops)([^a-z].*|$)|(sk_|lwt_|cgroup|sockops|raw_).*"
)
# Helpers that the kernel gives to XDP programs alone (net/core/filter.c, xdp_func_proto(), 7.2):
# xdp_adjust_head, xdp_adjust_meta, xdp_adjust_tail, xdp_get_buff_len, xdp_load_bytes, xdp_store_bytes.
_XDP_HELPERS = frozenset((44, 54, 65, 188, 189, 190))


def find_programs(
    functions: Sequence[Function],
    slots: Sequence[Instruction],
    calls: Mapping[int, int],
    tail_called: Collection[int],
    btf: Btf | None,
) -> tuple[Program, ...]:
    """Every XDP program among `functions`, in order; `tail_called`: the pcs that program arrays hold."""
    callees = set(calls.values())
    crowded = {function.section for function in functions if function.is_global}
    programs = []
    for function in functions:
        if not function.is_global and (function.section in crowded or function.start in callees):
            continue
        section = function.section.removeprefix("?")
        attach = _attach_of(section)
        if attach is Attach.FREPLACE:
            if _takes_xdp_context(function, btf) is False:
                continue
        elif attach is None:
            if _OTHER_TYPES.fullmatch(section) or function.start in callees:
                continue
            if not _looks_like_xdp(function, slots, btf):
                continue
            attach = Attach.TAIL_CALL if is_numbered_section(section) else Attach.XDP
        if attach is Attach.XDP and function.start in tail_called:
            attach = Attach.TAIL_CALL
        frags = section == "xdp.frags" or section.startswith("xdp.frags/")
        programs.append(Program(function.name, function.section, function.start, attach, frags))
    return tuple(programs)


def is_numbered_section(section: str) -> bool:
    """Whether iproute2 puts what is in `section` into a program array, and does nothing else with it."""
    return _TAIL_SECTION.fullmatch(section) is not None


def _attach_of(section: str) -> Attach | None:
    """What the name of a section says; None where it says nothing of XDP."""
    if _DEVMAP.fullmatch(section):
        return Attach.DEVMAP
    if _CPUMAP.fullmatch(section):
        return Attach.CPUMAP
    if section == "freplace" or section.startswith("freplace/"):
        return Attach.FREPLACE
    return Attach.XDP if section.startswith("xdp") else None


def _looks_like_xdp(function: Function, slots: Sequence[Instruction], btf: Btf | None) -> bool:
    """Whether the type of a function, or without types a call of a helper that only XDP has, says so."""
    told = _takes_xdp_context(function, btf)
    if told is not None:
        return told
    return any(
        slot.opcode == JMP | CALL and slot.src == CALL_HELPER and slot.imm in _XDP_HELPERS
        for slot in slots[function.start : function.end]
    )


def _takes_xdp_context(function: Function, btf: Btf | None) -> bool | None:
    """Whether `struct xdp_md *` is the only parameter; None where there is no type for the function."""
    found = btf.function(function.name) if btf else None
    if btf is None or found is None:
        return None
    parameters = btf.parameters(btf.resolve(found.size_or_type))
    if len(parameters) != 1:
        return False
    pointer = btf.resolve(parameters[0].type)
    if pointer.kind != PTR:
        return False
    context = btf.resolve(pointer.size_or_type)
    return context.kind == STRUCT and context.name == "xdp_md"
