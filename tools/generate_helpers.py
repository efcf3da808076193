#!/usr/bin/env python3
"""Write xdp_lsp/isa/helpers.tsv, what each helper takes and returns, from the manual in linux/bpf.h.

usage: generate_helpers.py [BPF_H]      default: the header of the installed ziglang wheel
"""

from __future__ import annotations

import sys
from pathlib import Path

from xdp_lsp.toolchain.helper_defs import Argument, parse_prototypes

TARGET = Path(__file__).parents[1] / "xdp_lsp" / "isa" / "helpers.tsv"
HEADER = "# id\tname\treturns\tparameters\tparameters that the kernel only reads though they are not const\n"

# Arguments of type ARG_PTR_TO_MEM | MEM_RDONLY whose prototype in the manual lacks `const`:
# net/core/filter.c, kernel/bpf/ringbuf.c, kernel/bpf/helpers.c, kernel/trace/bpf_trace.c, Linux 5.17 to 7.2.
READ_ONLY = {
    "bpf_perf_event_output": (3,),
    "bpf_csum_diff": (0, 2),
    "bpf_sk_lookup_tcp": (1,),
    "bpf_sk_lookup_udp": (1,),
    "bpf_skc_lookup_tcp": (1,),
    "bpf_tcp_check_syncookie": (1, 3),
    "bpf_tcp_gen_syncookie": (1, 3),
    "bpf_ringbuf_output": (1,),
    "bpf_snprintf_btf": (2,),
    "bpf_snprintf": (3,),
    "bpf_tcp_raw_gen_syncookie_ipv4": (0, 1),
    "bpf_tcp_raw_gen_syncookie_ipv6": (0, 1),
    "bpf_tcp_raw_check_syncookie_ipv4": (0, 1),
    "bpf_tcp_raw_check_syncookie_ipv6": (0, 1),
}


def default_header() -> Path:
    import ziglang  # noqa: PLC0415 - only where no header is named

    return Path(ziglang.__path__[0], "lib", "libc", "include", "any-linux-any", "linux", "bpf.h")


def spelled(argument: Argument) -> str:
    return f"{argument.type} {argument.stars}{argument.name}".strip() if argument.type != "..." else "..."


def render(header: str) -> str:
    lines = [HEADER]
    for prototype in parse_prototypes(header):
        parameters = "; ".join(map(spelled, prototype.arguments))
        read_only = " ".join(map(str, READ_ONLY.get(prototype.name, ())))
        fields = (str(prototype.number), prototype.name, prototype.result, parameters, read_only)
        lines.append("\t".join(fields) + "\n")
    return "".join(lines)


def main() -> None:
    header = Path(sys.argv[1]) if len(sys.argv) > 1 else default_header()
    TARGET.write_text(render(header.read_text("utf-8")), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
