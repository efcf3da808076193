"""Which functions of an object are XDP programs, and how each is entered.

A section's name says it, or the type of the context, or what the code does: only XDP programs may call some helpers,
and programs that tail calls join are of one type. What none of these tells of is left out, which costs no
answer: a function that calls no XDP helper prepends nothing. Where it may all the same, because what it calls is not
in the object, it is told (`Entries.undecided`).

Source: the section names of tools/lib/bpf/libbpf.c, section_defs[] (Linux 7.2), and the prefixes that libbpf
before 1.0 matched; iproute2's "ID/KEY" sections (lib/bpf_legacy.c); include/uapi/linux/bpf.h.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.isa.instruction import CALL, CALL_HELPER, JMP, Instruction
from xdp_lsp.program.contexts import Contexts
from xdp_lsp.program.image import (
    Attach,
    Function,
    FunctionAddress,
    MapAddress,
    MapDefinition,
    Program,
    Undecided,
    tail_called,
)
from xdp_lsp.program.legacy_maps import slot_of
from xdp_lsp.program.link import Links

_DEVMAP = re.compile(r"(xdp(\.frags)?/devmap|xdp_devmap)(/.*)?")
_CPUMAP = re.compile(r"(xdp(\.frags)?/cpumap|xdp_cpumap)(/.*)?")
# Sections of other program types: a function there is no XDP program, whatever it takes.
_OTHER_TYPES = re.compile(
    r"(socket|sk_|sockops|tc|tcx|netkit|classifier|action|cgroup|[ku](ret)?(probe|syscall)|usdt|ksyscall|kretsyscall"
    r"|tracepoint|tp|raw_tp|raw_tracepoint|tp_btf|fentry|fexit|fmod_ret|fsession|lsm|iter|syscall|lwt_|lirc_mode2"
    r"|perf_event|flow_dissector|struct_ops)([^a-z].*|$)|(sk_|lwt_|cgroup|sockops|raw_).*"
)
# Helpers that the kernel gives to XDP programs alone (net/core/filter.c, xdp_func_proto(), 7.2): xdp_adjust_head,
# redirect_map, xdp_adjust_meta, xdp_adjust_tail, xdp_get_buff_len, xdp_load_bytes, xdp_store_bytes.
_XDP_HELPERS = frozenset((44, 51, 54, 65, 188, 189, 190))
# And kfuncs (net/core/xdp.c, net/core/filter.c): bpf_xdp_metadata_rx_hash, bpf_xdp_pull_data, ...
_XDP_KFUNCS = ("bpf_xdp_", "bpf_dynptr_from_xdp")
_TAIL_CALL = 12


class Entries(NamedTuple):
    """`undecided` may be XDP programs, for all that the object tells."""

    programs: tuple[Program, ...]
    undecided: tuple[Undecided, ...]


def find_programs(
    functions: Sequence[Function],
    slots: Sequence[Instruction],
    links: Links,
    maps: Mapping[str, MapDefinition],
    *,
    contexts: Contexts,
    words: Collection[str] = (),
) -> Entries:
    """The XDP programs among `functions`, in order; `words` are names of functions of which the user says it."""
    finder = _Finder(functions, slots, links, maps, contexts=contexts, words=words)
    answers = {function.start: finder.is_program(function) for function in functions}
    finder.join(answers)
    programs = tuple(finder.program(function) for function in functions if answers[function.start])
    undecided = (
        Undecided(function.name, function.section, finder.may_prepend(function))
        for function in functions
        if answers[function.start] is None
    )
    return Entries(programs, tuple(undecided))


def is_numbered_section(section: str) -> bool:
    """Whether iproute2 puts what is in `section` into a program array, and does nothing else with it."""
    return slot_of(section) is not None


class _Finder:
    def __init__(
        self,
        functions: Sequence[Function],
        slots: Sequence[Instruction],
        links: Links,
        maps: Mapping[str, MapDefinition],
        *,
        contexts: Contexts,
        words: Collection[str],
    ) -> None:
        self._slots = slots
        self._links = links
        self._maps = maps
        self._contexts = contexts
        self._words = words
        self._by_start = {function.start: function for function in functions}
        self._entered = tail_called(maps.values())
        self._parts = links.targets() - self._entered
        self._has_sections = any(function.section != ".text" for function in functions)
        self._crowded = {function.section for function in functions if function.is_global}

    def is_program(self, function: Function) -> bool | None:
        """None where nothing tells."""
        if function.name in self._words:
            return True
        section = function.section.removeprefix("?")
        attach = _attach_of(section)
        if attach is None and _OTHER_TYPES.fullmatch(section):
            return False
        if function.start in self._parts and (attach is None or not function.is_global):
            return False
        if attach is Attach.FREPLACE:
            return self._contexts.takes_xdp(function.name) is not False
        if attach is not None and function.is_global:
            return not self._contexts.takes_other(function.name)
        told = self._contexts.takes_xdp(function.name)
        if told is None and self._calls_xdp(function):
            # libbpf's prog_is_subprog(): beside programs of other sections what stands in .text is parts of them.
            return function.section != ".text" or not self._has_sections
        # Loaders of old, which look for no symbol, take a local function for a section's program; libbpf refuses it.
        # Beside global ones it may as well be what is left of a part that was inlined everywhere.
        if told is None and attach is not None and function.section not in self._crowded:
            return True
        return told

    def join(self, answers: dict[int, bool | None]) -> None:
        """Settle open `answers` by tail calls: the kernel lets them join programs of one type only."""
        open_ = {start for start, told in answers.items() if told is None}
        groups = self._groups() if open_ else []
        for _ in groups:  # each round settles a group, or there is no more to settle
            for group in groups:
                if any(answers.get(start) for start in group):
                    answers.update(dict.fromkeys(group & open_, True))

    def program(self, function: Function) -> Program:
        section = function.section.removeprefix("?")
        attach = _attach_of(section)
        if attach is None:
            attach = Attach.TAIL_CALL if is_numbered_section(section) else Attach.XDP
        if attach is Attach.XDP and function.start in self._entered:
            attach = Attach.TAIL_CALL
        frags = section == "xdp.frags" or section.startswith("xdp.frags/")
        return Program(function.name, function.section, function.start, attach, frags)

    def may_prepend(self, function: Function) -> bool:
        """Whether `function` leads to code that is not in the object."""
        return any(
            (pc in self._links.kfuncs and not self._links.kfuncs[pc].is_kernel)
            or self._calls_helper(pc, (_TAIL_CALL,))
            for pc in self._pcs(function)
        )

    def _calls_xdp(self, function: Function) -> bool:
        """Whether a run of `function` can get to a call of what only XDP programs may call."""
        return any(
            self._calls_helper(pc, _XDP_HELPERS)
            or (pc in self._links.kfuncs and self._links.kfuncs[pc].name.startswith(_XDP_KFUNCS))
            for pc in self._pcs(function)
        )

    def _groups(self) -> list[set[int]]:
        """The programs that one program array joins: those in it, and those that tail-call through it."""
        groups = {name: set(one.programs.values()) for name, one in self._maps.items() if one.programs}
        for function in self._by_start.values() if groups else ():
            pcs = self._pcs(function)
            if any(self._calls_helper(pc, (_TAIL_CALL,)) for pc in pcs):
                for address in map(self._links.addresses.get, pcs):
                    if isinstance(address, MapAddress) and address.map in groups:
                        groups[address.map].add(function.start)
        return list(groups.values())

    def _calls_helper(self, pc: int, helpers: Collection[int]) -> bool:
        slot = self._slots[pc]
        return slot.opcode == JMP | CALL and slot.src == CALL_HELPER and slot.imm in helpers

    def _pcs(self, function: Function) -> list[int]:
        """The instructions of `function` and of all that it calls or hands on to be called."""
        todo, seen = [function.start], {function.start}
        pcs: list[int] = []
        while todo:
            one = self._by_start.get(todo.pop())
            for pc in range(one.start, one.end) if one is not None else ():
                pcs.append(pc)
                address = self._links.addresses.get(pc)
                callee = address.pc if isinstance(address, FunctionAddress) else self._links.calls.get(pc)
                if callee is not None and callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
        return pcs


def _attach_of(section: str) -> Attach | None:
    """What the name of a section says; None where it says nothing of XDP."""
    if _DEVMAP.fullmatch(section):
        return Attach.DEVMAP
    if _CPUMAP.fullmatch(section):
        return Attach.CPUMAP
    if section == "freplace" or section.startswith("freplace/"):
        return Attach.FREPLACE
    return Attach.XDP if section.startswith("xdp") else None
