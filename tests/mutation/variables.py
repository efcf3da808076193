"""Mutants of what is said of variables."""

from tests.mutation.mutant import mutants

_SEEN = "insight/test_variable_values.py::test_what_a_line_writes_down_is_among_the_values_told"
_PLACES = "program/test_variables.py::test_a_variable_is_where_it_is_said_to_be"
_EXPRESSIONS = "insight/test_located_value.py::test_what_comes_out_of_members_is_a_member"
_SHOWN = "ide/test_variable.py::test_a_variable_has_the_values_that_are_written_beside_it"

MUTANTS = [
    *mutants(
        "program/variable_places.py",
        (
            "variables: slots count from the top of the frame",
            "offset -= self._size",
            "pass",
            f"{_PLACES}[ziglang--O2--gdwarf-5-bpf]",
        ),
        (
            "variables: a spilled number is at the low end of its slot in big-endian code as well",
            "if big_endian and any(use == low",
            "if False and any(use == low",
            f"{_PLACES}[ziglang--O2--gdwarf-4-bpfeb]",
        ),
        (
            "variables: a spilled number that is converted is its slot's address",
            'operations.insert(1, Operation("deref_size", (width // 8,)))',
            "pass",
            f"{_PLACES}[clang-19--O2--gdwarf-5-bpf]",
        ),
    ),
    *mutants(
        "insight/located_value.py",
        (
            "located: a register is not cut to the variable's type",
            "return Value(Kind.SCALAR, extend(number, bits))\n\n\ndef _evaluate",
            "return value\n\n\ndef _evaluate",
            "insight/test_located_value.py::test_a_register_is_cut_to_its_type",
        ),
        (
            "located: a conversion to a signed type adds zeros",
            "extend = WORD.sign_extend if is_signed else WORD.zero_extend",
            "extend = WORD.zero_extend",
            _EXPRESSIONS,
        ),
        (
            "located: a difference is a sum",
            "_plus(left, WORD.scale(number, -1))",
            "_plus(left, number)",
            "insight/test_located_value.py::test_a_number_is_taken_off_another",
        ),
        (
            "located: numbers are divided as unsigned ones",
            '"div": WORD.signed_divide',
            '"div": WORD.unsigned_divide',
            "insight/test_located_value.py::test_numbers_are_divided_as_signed_ones",
        ),
        (
            "located: a part of a slot is its first bytes in big-endian code",
            "skipped = start + length - offset - size if big_endian else offset - start",
            "skipped = offset - start",
            "insight/test_located_value.py::test_a_part_of_a_slot",
        ),
    ),
    *mutants(
        "insight/variable_values.py",
        (
            "at a line: locations are right where instructions were moved",
            "any(after < before for before, after in pairwise(lines))",
            "False",
            f"{_SEEN}[True--O2-ziglang]",
        ),
        (
            "at a line: nothing is joined beside the run",
            "run += self._beside(copy, block, first, last)",
            "pass",
            f"{_SEEN}[True--O2-ziglang]",
        ),
        (
            "at a line: a copy that has the variable nowhere says nothing",
            "return Told(Known.VALUE if known == {Known.VALUE} else Known.IN_PLACES, value)",
            "return Told(Known.VALUE, value)",
            f"{_SEEN}[True--O2-ziglang]",
        ),
        (
            "at a line: tests that were put together are where what they guard is",
            "if is_moved:",
            "if False:",
            f"{_SHOWN}[tests_together.c-wheel]",
        ),
        (
            "at a line: no location is of the assignment behind it",
            "if behind is not Behind.NOTHING:",
            "if False:",
            "oracle/test_random_variables.py",
        ),
        (
            "at a line: a slot of the stack holds the same in all of a block",
            "if any(map(_is_memory, locations[first : last + 1])):",
            "if False:",
            "oracle/test_random_variables.py::test_what_is_written_down_is_told[104]",
        ),
        (
            "at a line: what another call passes is not joined",
            "at = _joined([copy.at for copy in at_line]) or",
            "at = _joined([copy.at for copy in at_line[:1]]) or",
            f"{_SEEN}[True--O2-ziglang]",
        ),
    ),
    *mutants(
        "insight/variable_table.py",
        (
            "variables: assignments without code are told of at the next line",
            "name.line in self.text.tests or not all(map(self._has_code, changed)):",
            "name.line in self.text.tests:",
            f"{_SHOWN}[gone.c-wheel]",
        ),
        (
            "variables: a name means the outermost variable",
            "start, _, index = max(around)",
            "start, _, index = min(around)",
            f"{_SHOWN}[shadowed.c-wheel]",
        ),
    ),
]
