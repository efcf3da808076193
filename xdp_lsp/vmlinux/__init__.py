"""A kernel's types as C: the text of `vmlinux.h`, from its BTF.

The order of the types, their names and the shape of the text are libbpf's (tools/lib/bpf/btf_dump.c, Linux 7.2), for
programs are written against what `bpftool btf dump file ... format c` prints. bpftool itself is not asked, be it
installed: its releases differ, older ones lay some records out wrongly, and one way of making a header is enough.

Pure: looks at no file.
"""

from xdp_lsp.vmlinux.header import UnusableBtfError, c_header

__all__ = ["UnusableBtfError", "c_header"]
