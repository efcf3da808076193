"""The BPF instruction set: decode, name and print instructions; what each helper takes and returns.

Source of the rules: Documentation/bpf/standardization/instruction-set.rst and include/uapi/linux/bpf.h (7.2).
Knows nothing of ELF: relocations are `xdp_lsp.program`'s.
"""
