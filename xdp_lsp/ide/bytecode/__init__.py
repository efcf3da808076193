"""The code of a file as text: each instruction under the line that it comes from, with what is known there.

What `llvm-objdump -S`, `bpftool prog dump xlated linum` and the verifier's log show, in one:

      prog (xdp): needs 96 bytes; fits all 22 targets (portable 152, i40e); 26 instructions
      ; __u32 n = *(volatile __u32 *)&c->len & 7; @ countdown.c:8
    *    13: (54) w1 &= 7                            ; r1=scalar(umax=7)
      ; while (n--) { @ countdown.c:10
    *    14: (16) if w1 == 0x0 goto pc+3 <18>        ; else r1=scalar(umin=1,umax=7)

Slots are numbered as llvm-objdump does, from the start of the section; `<18>` is the one that is jumped to. `*` marks
what a delta is computed by (`verifier.delta_slice`), `>` calls that move the packet's start or its metadata's. Behind
an instruction stand registers that it reads, as they are before it where that was not told since the last label, then
what it writes, as it is after; behind a branch, what is learnt where it is not taken (`else`).
"""

from xdp_lsp.ide.bytecode.lister import listing, rows
from xdp_lsp.ide.bytecode.rows import FunctionRows, Kind, Listing, Part, Row, note

__all__ = ["FunctionRows", "Kind", "Listing", "Part", "Row", "listing", "note", "rows"]
