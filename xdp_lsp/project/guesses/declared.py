"""Which headers of the system declare what a source forgets, for another one included them at its time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_HELPER = r"bpf_(?:map|xdp|get|ktime|fib|csum|tail|redirect|perf|trace)\w*"
_STRUCTURES = {
    "iphdr": "linux/ip.h",
    "ipv6hdr": "linux/ipv6.h",
    "tcphdr": "linux/tcp.h",
    "udphdr": "linux/udp.h",
    "icmphdr": "linux/icmp.h",
    "icmp6hdr": "linux/icmpv6.h",
}
_DECLARED_BY = (
    # libbpf's header is of use only behind the kernel's.
    (
        re.compile(rf"{_HELPER}|xdp_md|xdp_action|XDP_[A-Z]+|BPF_MAP_TYPE_\w+|BPF_ANY|BPF_NOEXIST"),
        "linux/bpf.h",
    ),
    (re.compile(r"__(?:[us](?:8|16|32|64)|[bl]e(?:16|32|64)|w?sum(?:16)?)"), "linux/types.h"),
    (re.compile(r"u?int(?:8|16|32|64|ptr)_t|U?INT(?:8|16|32|64)_MAX"), "stdint.h"),
    (re.compile(r"size_t|NULL|offsetof"), "stddef.h"),
    (re.compile(r"bpf_(?:hton|ntoh|cpu_to_be|be\d+_to_cpu)\w+|[hn]to[nh][sl]"), "bpf/bpf_endian.h"),
    (re.compile(_HELPER), "bpf/bpf_helpers.h"),
    (re.compile(r"LINUX_VERSION_CODE|KERNEL_VERSION"), "linux/version.h"),
    (re.compile(r"__constant_[hn]to[nh][sl]"), "asm/byteorder.h"),
    (re.compile(r"IPPROTO_\w+|INADDR_\w+|in_addr|sockaddr_in"), "linux/in.h"),
    (re.compile(r"in6_addr|IPPROTO_(?:HOPOPTS|ICMPV6|DSTOPTS|MH|ROUTING|FRAGMENT)"), "linux/in6.h"),
    (re.compile(r"ETH_\w+|ethhdr"), "linux/if_ether.h"),
    *((re.compile(name), header) for name, header in _STRUCTURES.items()),
    (re.compile(r"E[A-Z]{3,}"), "errno.h"),
)
_MACROS = {
    **{name: f"__builtin_{name}" for name in ("memcpy", "memset", "memmove")},
    "likely(x)": "__builtin_expect(!!(x), 1)",  # of libbpf from 1.6 on
    "unlikely(x)": "__builtin_expect(!!(x), 0)",
    "AF_INET": "2",
    "AF_INET6": "10",
    **{name: f"bpf_{name}" for name in ("htons", "htonl", "ntohs", "ntohl")},
    "IP_DF": "0x4000",  # of the kernel's <net/ip.h>
    "IP_MF": "0x2000",
    "IP_OFFSET": "0x1FFF",
}


def headers_of(names: Collection[str]) -> Iterator[str]:
    """The headers that declare one of `names`, as they are included, in the order in which they have to be."""
    for pattern, header in _DECLARED_BY:
        if any(map(pattern.fullmatch, names)):
            yield header


def macros_of(names: Collection[str]) -> Iterator[str]:
    """The definitions of those of `names` that are macros which no header for programs has: `AF_INET=2`."""
    return (f"{name}={text}" for name, text in _MACROS.items() if name.split("(")[0] in names)
