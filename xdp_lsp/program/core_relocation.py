"""What the loader patches for the running kernel (CO-RE), and what of it no kernel changes.

Source: include/uapi/linux/bpf.h, enum bpf_core_relo_kind and struct bpf_core_relo;
Documentation/bpf/llvm_reloc.rst (Linux 7.2).
"""

from __future__ import annotations

from xdp_lsp.objfile import ObjectFile
from xdp_lsp.objfile.btf import ARRAY, ENUM, ENUM64, STRUCT, UNION, Btf
from xdp_lsp.program.layout import Layout

_FIELD_OFFSET, _FIELD_SIZE, _FIELD_EXISTS, _FIELD_SIGNED, _FIELD_LSHIFT, _FIELD_RSHIFT = range(6)
_PHRASES = {
    _FIELD_OFFSET: "the offset of {}",
    _FIELD_SIZE: "the size of {}",
    _FIELD_EXISTS: "whether {} exists",
    _FIELD_SIGNED: "the signedness of {}",
    _FIELD_LSHIFT: "the position of bit field {}",
    _FIELD_RSHIFT: "the position of bit field {}",
    6: "the BTF id of {}",
    7: "the BTF id of {}",
    8: "whether {} exists",
    9: "the size of {}",
    10: "whether {} exists",
    11: "the value of {}",
    12: "whether {} matches",
}
# With a vmlinux.h clang asks for a relocation of every field, packet headers and the program's context among
# them. Their layout is uapi or a standard's: an offset or a size in them is the same on every kernel.
_FIXED_LAYOUTS = """
    xdp_md __sk_buff bpf_fib_lookup bpf_sock bpf_sock_tuple bpf_tcp_sock bpf_tunnel_key bpf_redir_neigh
    bpf_devmap_val bpf_cpumap_val bpf_flow_keys bpf_lpm_trie_key bpf_lpm_trie_key_u8 bpf_perf_event_value
    ethhdr vlan_hdr vlan_ethhdr arphdr iphdr ipv6hdr in_addr in6_addr ipv6_opt_hdr ipv6_rt_hdr ipv6_sr_hdr
    frag_hdr rt0_hdr rt2_hdr ip_auth_hdr ip_esp_hdr tcphdr udphdr icmphdr icmp6hdr igmphdr sctphdr
    sctp_chunkhdr dccp_hdr mpls_label mpls_shim_hdr gre_base_hdr gre_full_hdr vxlanhdr genevehdr geneve_opt
    gtp0_header gtp1_header gtp1_header_long pppoe_hdr erspan_base_hdr nd_msg nd_opt_hdr
"""
_FIXED = frozenset(_FIXED_LAYOUTS.split())
_LAYOUT_KINDS = frozenset((_FIELD_OFFSET, _FIELD_SIZE, _FIELD_SIGNED, _FIELD_LSHIFT, _FIELD_RSHIFT))


def find_patched(obj: ObjectFile, layout: Layout) -> dict[int, str]:
    """Why the imm or offset of an instruction is not known, by its pc."""
    if obj.btf is None or obj.ext is None:
        return {}
    found = {}
    sections = {section.name: section.number for section in reversed(layout.sections)}
    for name, records in obj.ext.core.items():
        if name not in sections:
            continue
        for offset, type_id, access, kind in records:
            pc = layout.pc(sections[name], offset)
            # A flavour (`iphdr___old`) stands for the type before the three underscores.
            root = obj.btf.resolve(type_id).name.partition("___")[0]
            if pc is None or (kind in _LAYOUT_KINDS and root in _FIXED):
                continue
            accessed = _accessed(obj.btf, type_id, obj.btf.string(access))
            phrase = _PHRASES.get(kind, "something about {}").format(accessed)
            found[pc] = f"CO-RE: {phrase}"
    return found


def _accessed(btf: Btf, type_id: int, access: str) -> str:
    """The words for an access string: an index of the type, then of members, elements or enumerators."""
    found = btf.resolve(type_id)
    name = btf.type(type_id).name or found.name or "an unnamed type"
    try:
        indices = [int(part) for part in access.split(":")]
        if found.kind in (ENUM, ENUM64):
            return btf.enumerators(found)[indices[0]]
        for index in indices[1:]:
            if found.kind in (STRUCT, UNION):
                member = btf.members(found)[index]
                name += f".{member.name}" if member.name else ""
                found = btf.resolve(member.type)
            elif found.kind == ARRAY:
                name += f"[{index}]"
                found = btf.resolve(btf.array(found)[0])
    except (ValueError, IndexError):
        pass  # a corrupt access string: the type alone is said
    return name
