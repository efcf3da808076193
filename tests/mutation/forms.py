"""Mutants of forms: arithmetic on them, and single instructions."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/linear.py",
        (
            "linear: a factor does not reach the constant",
            "centred(a.const + factor * b.const)",
            "centred(a.const + b.const)",
            "verifier/test_linear.py",
        ),
        (
            "linear: a multiple of a form is the form",
            "if not a.terms and factor == 1:",
            "if not a.terms:",
            "verifier/test_linear.py",
        ),
        (
            "linear: a multiple keeps the constant",
            "Linear(centred(a.const * factor), tuple",
            "Linear(a.const, tuple",
            "verifier/test_linear.py",
        ),
        (
            "linear: a direction loses its sign",
            "for symbol, coefficient in terms), -1",
            "for symbol, coefficient in terms), 1",
            "verifier/test_linear.py::test_a_direction_and_its_sign_are_the_terms",
        ),
        (
            "linear: what is put in for a symbol is not multiplied",
            "+ a.terms[at + 1 :]), by, coefficient)",
            "+ a.terms[at + 1 :]), by, 1)",
            "verifier/test_linear.py",
        ),
        (
            "linear: a sum is the symbol in it",
            "if self.const == 0 and len(self.terms) == 1 and",
            "if len(self.terms) == 1 and",
            "verifier/test_linear.py::test_only_a_symbol_alone_is_a_symbol",
        ),
        (
            "linear: a multiple is the symbol in it",
            "len(self.terms) == 1 and self.terms[0][1] == 1:",
            "len(self.terms) == 1:",
            "verifier/test_linear.py::test_only_a_symbol_alone_is_a_symbol",
        ),
        (
            "linear: numbers are not taken modulo 2^64",
            "((x + HALF) & (MODULUS - 1)) - HALF",
            "x",
            "verifier/test_linear.py",
        ),
    ),
    *mutants(
        "verifier/symbols.py",
        (
            "symbols: an unsigned type is a bit short",
            "base = WORD.of_width(parameter)",
            "base = WORD.of_width(parameter - 1)",
            "verifier/test_arithmetic.py::test_a_length_stripped_and_added_again_cancels_through_32_bits",
        ),
        (
            "symbols: a signed type has no negative numbers",
            "WORD.between(-1 << (parameter - 1), (1 << (parameter - 1)) - 1)",
            "WORD.between(0, (1 << (parameter - 1)) - 1)",
            "verifier/test_arithmetic.py::test_an_extension_of_a_narrower_one_is_not_undone",
        ),
        (
            "symbols: two pointers in one form point into no frame",
            "(Region.UNKNOWN if mixed else Region.OTHER)",
            "Region.OTHER",
            "verifier/test_memory.py::test_a_store_through_what_may_be_any_frame_forgets_all",
        ),
        (
            "symbols: an operation is known by its operands alone",
            "definition = Definition(op, args, parameter)",
            "definition = Definition(op, args)",
            "verifier/test_arithmetic.py::test_an_extension_of_a_narrower_one_is_not_undone",
        ),
    ),
    *mutants(
        "verifier/arithmetic.py",
        (
            "arithmetic: nothing wraps",
            "if turns == (high - least) // modulus and",
            "if",
            "verifier/test_arithmetic.py::test_extensions_of_extensions_by_enumeration",
        ),
        (
            "arithmetic: an extension of a narrower one is undone",
            "            and definition.parameter >= width\n",
            "",
            "verifier/test_arithmetic.py::test_an_extension_of_a_narrower_one_is_not_undone",
        ),
        (
            "arithmetic: small coefficients lose their sign",
            "return (x + half) % modulus - half",
            "return x % half",
            "verifier/test_arithmetic.py::test_extensions_of_extensions_by_enumeration",
        ),
        (
            "arithmetic: a shift back undoes any multiple",
            "if a.const % factor == 0 and all(coefficient % factor == 0 for _, coefficient in a.terms):",
            "if a.const % factor == 0:",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[112-64]",
        ),
        (
            "arithmetic: a shift back loses nothing",
            "return extend(facts, divided, WORD.bits - count)",
            "return divided",
            "verifier/test_arithmetic.py::test_shifts_left_and_right_are_an_extension",
        ),
        (
            "arithmetic: an arithmetic shift back extends with zeros",
            ("extend = sign_extend if signed else zero_extend\n        return"),
            "extend = zero_extend\n        return",
            "verifier/test_arithmetic.py::test_shifts_left_and_right_are_an_extension",
        ),
        (
            "arithmetic: a constant is shifted with its sign",
            "a.const >> count if signed else (a.const & _TOP) >> count",
            "a.const >> count",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[112-64]",
        ),
        (
            "arithmetic: a mask of unknown bits masks nothing",
            "if not _possible(facts.evaluate(a)) & ~mask:",
            "if not facts.evaluate(a).bits.value & ~mask:",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[80-64]",
        ),
        (
            "arithmetic: an odd mask is an extension",
            "if mask & (mask + 1) == 0:",
            "if mask & 1:",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[80-64]",
        ),
        (
            "arithmetic: bits known to be set are not possible",
            "return value.bits.value | value.bits.mask",
            "return value.bits.mask",
            "verifier/test_arithmetic.py::test_a_shifted_and_negated_length_stays_linear",
        ),
        (
            "arithmetic: or is a sum where one side may be clear",
            (
                "if not _possible(facts.evaluate(a)) & _possible(facts.evaluate(b)):\n"
                "        return linear.add(a, b)  # disjoint"
            ),
            (
                "if not facts.evaluate(a).bits.value & _possible(facts.evaluate(b)):\n"
                "        return linear.add(a, b)  # disjoint"
            ),
            "verifier/test_arithmetic.py::test_or_of_disjoint_bits_is_a_sum",
        ),
        (
            "arithmetic: xor with a constant is a difference",
            "if b.is_constant and not possible_a & ~(b.const & _TOP):",
            "if b.is_constant:",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[160-64]",
        ),
        (
            "arithmetic: xor is the difference the other way round",
            "return linear.subtract(b, a)  # every",
            "return linear.subtract(a, b)  # every",
            "verifier/test_arithmetic.py::test_a_shifted_and_negated_length_stays_linear",
        ),
        (
            "arithmetic: any division by a constant is a shift",
            "b.const > 0 and b.const & (b.const - 1) == 0:",
            "b.const > 0:",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[48-64]",
        ),
        (
            "arithmetic: a signed division is a shift",
            "if not signed and b.is_constant and b.const > 0",
            "if b.is_constant and b.const > 0",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[48-64]",
        ),
        (
            "arithmetic: a signed remainder is unsigned",
            "Op.SMOD if signed else Op.UMOD",
            "Op.UMOD",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[144-64]",
        ),
        (
            "arithmetic: a signed quotient is unsigned",
            "Op.SDIV if signed else Op.UDIV",
            "Op.UDIV",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[48-64]",
        ),
        (
            "arithmetic: a swapped constant is not",
            'to_bytes(width // 8, "little")',
            'to_bytes(width // 8, "big")',
            "verifier/test_arithmetic.py::test_byte_swap_of_a_constant",
        ),
        (
            "arithmetic: a swap keeps the number",
            "return facts.define(Op.BYTE_SWAP, a, parameter=width)",
            "return zero_extend(facts, a, width)",
            "verifier/test_arithmetic.py::test_byte_swap",
        ),
        (
            "arithmetic: the largest count is left out",
            "range(first, last + 1)]",
            "range(first, max(last, first + 1))]",
            "verifier/test_arithmetic.py::test_a_shift_by_a_varying_count_is_the_hull_of_all[96-72]",
        ),
        (
            "arithmetic: a 32-bit shift takes six bits of its count",
            "and_(facts, b, constant(width - 1))",
            "and_(facts, b, constant(63))",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[96-32]",
        ),
        (
            "arithmetic: a 32-bit arithmetic shift looks at bit 63",
            "sign_extend(facts, a, width) if narrow else a, b, width",
            "a, b, width",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[192-32]",
        ),
        (
            "arithmetic: a 32-bit operation looks at the upper half",
            "if narrow:\n",
            "if narrow and signed:\n",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[112-32]",
        ),
        (
            "arithmetic: a signed 32-bit operation reads unsigned",
            ("extend = sign_extend if signed else zero_extend\n            a, b"),
            "extend = zero_extend\n            a, b",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[48-32]",
        ),
        (
            "arithmetic: a 32-bit result keeps its carry",
            "return zero_extend(facts, result, width) if narrow and result is not None else result",
            "return result",
            "verifier/test_arithmetic.py::test_operate_by_enumeration[0-32]",
        ),
        (
            "arithmetic: the product with one of several constants is linear",
            "factor = facts.evaluate(one).constant\n",
            "factor = WORD.unsigned(facts.evaluate(one))[0]\n",
            "verifier/test_arithmetic.py::test_every_form_of_a_run_is_told_by_its_definition",
        ),
    ),
    *mutants(
        "verifier/transfer.py",
        (
            "transfer: a 32-bit negation has a sign",
            "return negated if width == 64 else arithmetic.zero_extend(facts, negated, width)",
            "return negated",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a 32-bit immediate has a sign",
            "instruction.imm if width == 64 else instruction.imm & _MASK32",
            "instruction.imm",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a sign-extending move extends with zeros",
            "source = arithmetic.sign_extend(facts, source, instruction.offset)",
            "source = arithmetic.zero_extend(facts, source, instruction.offset)",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a 32-bit move keeps the upper half",
            "return source if width == 64 else arithmetic.zero_extend(facts, source, width)",
            "return source",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a sign-extending load extends with zeros",
            "if instruction.mode == isa.MEMSX:",
            "if instruction.mode == isa.ATOMIC:",
            "verifier/test_instructions.py::test_a_load_extends_with_zeros_or_the_sign",
        ),
        (
            "transfer: to the machine's own order is no cut",
            "arithmetic.zero_extend(state.facts, source, bits) if bits < 64 else source",
            "source",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: every byte order but big is the machine's",
            "if instruction.klass == isa.ALU64 or to_big",
            "if to_big",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: an atomic addition stores its operand",
            "form if operation == STORE_RELEASE else None",
            "form",
            "verifier/test_instructions.py::test_a_fetch_brings_an_unknown_value_and_leaves_one",
        ),
        (
            "transfer: a fetch leaves the register",
            "state.frame.registers[fetched] = None",
            "pass",
            "verifier/test_instructions.py::test_a_fetch_brings_an_unknown_value_and_leaves_one",
        ),
        (
            "transfer: compare and exchange brings the value to src",
            "fetched = 0 if operation == CMPXCHG else instruction.src",
            "fetched = instruction.src",
            "verifier/test_instructions.py::test_compare_and_exchange_brings_the_value_to_r0",
        ),
        (
            "transfer: the loader patches no number",
            "if pc in self._image.patched and not instruction.uses_register:",
            "if False:",
            "verifier/test_instructions.py::test_what_the_loader_patches_is_unknown",
        ),
        (
            "transfer: the loader patches no access",
            "if base is None or pc not in self._image.patched:",
            "if True:",
            "verifier/test_instructions.py::test_what_the_loader_patches_is_unknown",
        ),
        (
            "transfer: signed division is unsigned",
            "signed=bool(instruction.offset)",
            "signed=False",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a 64-bit immediate has no upper half",
            "constant((upper << 32) | (instruction.imm & _MASK32))",
            "constant(instruction.imm & _MASK32)",
            "verifier/test_instructions.py::test_one_instruction",
        ),
        (
            "transfer: a section's address has no offset",
            "table.data_section(address.section)), address.offset)",
            "table.data_section(address.section)), 0)",
            "verifier/test_calls.py::test_a_setting_is_read_where_its_address_says",
        ),
    ),
]
