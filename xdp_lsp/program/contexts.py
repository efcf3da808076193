"""What the type of a function says of the kind of program that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdp_lsp.objfile import Btf
from xdp_lsp.objfile.btf import PTR, STRUCT

# As `Dwarf.parameters` has them: of each function the structs that its parameters point to.
Parameters = Mapping[str, Sequence[str | None]]

_XDP = "xdp_md"
# The contexts of other types (include/uapi/linux/bpf.h and include/linux/bpf_types.h, Linux 7.2).
_OTHER_CONTEXTS = """
    __sk_buff bpf_sock bpf_sock_addr bpf_sock_ops bpf_sockopt bpf_sk_lookup bpf_cgroup_dev_ctx bpf_sysctl sk_msg_md
    sk_reuseport_md bpf_perf_event_data pt_regs bpf_raw_tracepoint_args bpf_nf_ctx bpf_flow_keys
"""
_OTHERS = frozenset(_OTHER_CONTEXTS.split())


class Contexts:
    """Whether functions are XDP programs by their types: BTF's, or where there are none DWARF's.

    DWARF takes long to read, so `read_parameters` is called when something rests on it.
    """

    def __init__(self, btf: Btf | None, read_parameters: Callable[[], Parameters]) -> None:
        self._btf = btf
        self._read_parameters = read_parameters

    def takes_xdp(self, function: str) -> bool | None:
        """Whether `struct xdp_md *` is its only parameter.

        None where nothing says so or otherwise: without types, and of a pointer to void or to a struct of the
        program's own, which any context may be.
        """
        pointees = self._pointees(function)
        if pointees is None:
            return None
        if len(pointees) != 1 or pointees[0] is None:
            return False
        if pointees[0] == _XDP:
            return True
        return False if pointees[0] in _OTHERS else None

    def takes_other(self, function: str) -> bool:
        """Whether it takes the context of another type of program."""
        pointees = self._pointees(function)
        return pointees is not None and len(pointees) == 1 and pointees[0] in _OTHERS

    def _pointees(self, function: str) -> Sequence[str | None] | None:
        btf = self._btf
        found = btf.function(function) if btf is not None else None
        if btf is None or found is None:
            return self._read_parameters().get(function)
        parameters = btf.parameters(btf.resolve(found.size_or_type))
        return [_struct_behind(btf, parameter.type) for parameter in parameters]


def _struct_behind(btf: Btf, type_id: int) -> str | None:
    """As an element of `Parameters`."""
    pointer = btf.resolve(type_id)
    if pointer.kind != PTR:
        return None
    pointee = btf.resolve(pointer.size_or_type)
    return pointee.name if pointee.kind == STRUCT else ""
