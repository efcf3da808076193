"""Mutants of control flow and of linking."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/cfg.py",
        (
            "cfg: branches are not taken",
            "return (following, target) if target != following else (following,)",
            "return (following,)",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: branches are always taken",
            "return (following, target) if target != following else (following,)",
            "return (target,)",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: a long jump goes to the next",
            "return (pc + 1 + instruction.imm,)",
            "return (pc + 1 + instruction.offset,)",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: a jump table has one target",
            "return image.jump_targets.get(pc, (len(image.slots),))",
            "return image.jump_targets.get(pc, (len(image.slots),))[:1]",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: a table that is not known goes nowhere",
            "image.jump_targets.get(pc, (len(image.slots),))",
            "image.jump_targets.get(pc, ())",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: may_goto compares",
            "        and instruction.opcode != _MAY_GOTO\n",
            "",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: code that leaves its function is the end",
            ("                else:\n                    self.broken.append(pc)\n"),
            "",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: functions called by functions are not reached",
            "if through_arrays or not isinstance(image.addresses.get(pc), MapAddress)",
            "if start == entry and (through_arrays or not isinstance(image.addresses.get(pc), MapAddress))",
            "verifier/test_cfg.py",
        ),
        (
            "cfg: a callback is not reached",
            ("            if isinstance(address, FunctionAddress):\n                yield pc, address.pc"),
            ("            if isinstance(address, FunctionAddress):\n                continue"),
            "verifier/test_cfg.py",
        ),
        (
            "cfg: a 64-bit load takes one slot",
            "following = pc + (2 if instruction.is_wide else 1)",
            "following = pc + 1",
            "verifier/test_cfg.py",
        ),
    ),
    *mutants(
        "program/link.py",
        (
            "link: a call leads to one slot before",
            "(instruction.imm + 1) * SLOT_SIZE if addend",
            "instruction.imm * SLOT_SIZE if addend",
            "program/test_link.py",
        ),
        (
            "link: a call leads to the section's start",
            "self._layout.pc(symbol.section, symbol.value + addend)",
            "self._layout.pc(symbol.section, addend)",
            "program/test_link.py::test_functions_behind_others_are_found",
        ),
        (
            "link: an address of a function has no addend",
            "self._layout.pc(section.number, symbol.value + imm)",
            "self._layout.pc(section.number, symbol.value)",
            "program/test_link.py::test_functions_behind_others_are_found",
        ),
        (
            "link: data has no addend",
            "self._data_names[section.number], symbol.value + imm)",
            "self._data_names[section.number], symbol.value)",
            "program/test_link.py::test_data_sections_have_typed_variables[bpf-clang-19]",
        ),
        (
            "link: data is where the addend says",
            "self._data_names[section.number], symbol.value + imm)",
            "self._data_names[section.number], imm)",
            "program/test_link.py::test_data_sections_have_typed_variables[bpf-clang-19]",
        ),
        (
            "link: a map is the first of its section",
            "in_section = symbol.value + (imm if symbol.type == STT_SECTION else 0)",
            "in_section = 0",
            "program/test_link.py",
        ),
        (
            "link: what another object defines is at 0",
            ("            return UnknownAddress(self._extern(symbol.name))\n"),
            ("            return DataAddress(next(iter(self._data_names.values()), '.data'), 0)\n"),
            "program/test_link.py::test_externs_are_unknown_and_kernel_functions_known_by_name[clang-19]",
        ),
        (
            "link: every function outside is the kernel's",
            'self._externs.get(name) == ".ksyms"',
            "True",
            "program/test_link.py::test_externs_are_unknown_and_kernel_functions_known_by_name[clang-19]",
        ),
        (
            "link: every pointer of a kfunc is to constants",
            "return -size if CONST in btf.qualifiers(pointer.size_or_type) else size",
            "return -size",
            "program/test_link.py::test_externs_are_unknown_and_kernel_functions_known_by_name[clang-19]",
        ),
        (
            "link: a call without relocation leads nowhere",
            "links.calls[pc] = target\n            else",
            "pass\n            else",
            "program/test_link.py",
        ),
    ),
]
