"""The BPF instruction set: decode, name and print instructions; what each helper takes and returns.

Source of the rules: Documentation/bpf/standardization/instruction-set.rst and include/uapi/linux/bpf.h (7.2).
Knows nothing of ELF: relocations are `xdp_lsp.program`'s.
"""

from xdp_lsp.isa.decode import DecodeError, decode
from xdp_lsp.isa.helpers import Helper, Param, helper
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.printer import print_instruction
from xdp_lsp.isa.validity import why_invalid

__all__ = [
    "DecodeError",
    "Helper",
    "Instruction",
    "Param",
    "decode",
    "helper",
    "print_instruction",
    "why_invalid",
]
