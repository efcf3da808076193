"""Mutants of tnums and circular ranges."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "domains/tnum.py",
        (
            "tnum: a sum forgets its carries",
            "((a.mask + b.mask + known) ^ known) | a.mask | b.mask",
            "a.mask | b.mask",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a difference forgets its borrows",
            "(((known + a.mask) ^ (known - b.mask)) | a.mask | b.mask) & top",
            "(a.mask | b.mask) & top",
            "domains/test_tnum.py",
        ),
        (
            "tnum: and knows what one side does not",
            "(a.value | a.mask) & (b.value | b.mask) & ~value",
            "a.mask & b.mask",
            "domains/test_tnum.py",
        ),
        (
            "tnum: or knows what one side does not",
            "(a.mask | b.mask) & ~value",
            "a.mask & b.mask & ~value",
            "domains/test_tnum.py",
        ),
        (
            "tnum: xor knows what one side does not",
            "    mask = a.mask | b.mask\n",
            "    mask = a.mask & b.mask\n",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a left shift leaves unknown bits behind",
            "(a.mask << count) & top)",
            "(a.mask << count) & a.mask)",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a right shift loses an unknown bit",
            "a.mask >> count)",
            "a.mask >> count >> 1)",
            "domains/test_tnum.py",
        ),
        (
            "tnum: an unknown sign is taken for plus",
            "Tnum(value, mask | high)",
            "Tnum(value, mask)",
            "domains/test_tnum.py::test_sign_extension_is_exact[1]",
        ),
        (
            "tnum: a known sign is not extended",
            "value | high if value & sign else value",
            "value",
            "domains/test_tnum.py::test_sign_extension_is_exact[1]",
        ),
        (
            "tnum: a negative factor is taken for positive",
            "total = sub(const(0), total, bits)",
            "pass",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a product forgets the known bits of an unknown summand",
            "Tnum(0, (b.value | b.mask) & top)",
            "Tnum(0, b.mask & top)",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a range knows more than its leading bits",
            "(1 << (low ^ high).bit_length()) - 1",
            "low ^ high",
            "domains/test_tnum.py",
        ),
        (
            "tnum: the least member is passed over",
            "(higher & -higher).bit_length() - 1",
            "higher.bit_length() - 1",
            "domains/test_tnum.py",
        ),
        (
            "tnum: the largest member is passed over",
            "a.mask), ~end & top)",
            "a.mask), (~end & top) + 1)",
            "domains/test_tnum.py",
        ),
        (
            "tnum: a meet is empty where one side knows nothing",
            "(a.value ^ b.value) & ~a.mask & ~b.mask",
            "(a.value ^ b.value) & ~a.mask",
            "domains/test_tnum.py::test_lattice",
        ),
        (
            "tnum: a join keeps bits that differ",
            "a.mask | b.mask | (a.value ^ b.value)",
            "a.mask | b.mask",
            "domains/test_tnum.py::test_lattice",
        ),
        (
            "tnum: a larger tnum is a subset",
            "return not self.mask & ~other.mask and self.value",
            "return self.value",
            "domains/test_tnum.py",
        ),
        (
            "tnum: swapped bytes are all known",
            "Tnum(swapped(a.value), swapped(a.mask))",
            "Tnum(swapped(a.value), 0)",
            "domains/test_words.py::test_byte_swaps",
        ),
        (
            "tnum: a member must have no unknown bit set",
            "x & ~self.mask == self.value",
            "x == self.value",
            "domains/test_tnum.py",
        ),
    ),
    *mutants(
        "domains/circular.py",
        ("circular: the last value is no member", "<= self.size", "< self.size", "domains/test_circular.py"),
        (
            "circular: a range wraps into a small one",
            "return Circular(low & top, high - low)",
            "return Circular(low & top, (high - low) & (top >> 1))",
            "domains/test_circular.py",
        ),
        (
            "circular: unsigned bounds ignore the way through 0",
            "(0, top) if high > top else (a.low, high)",
            "(a.low, min(high, top))",
            "domains/test_circular.py",
        ),
        (
            "circular: signed bounds ignore the sign change",
            "(-half, half - 1) if high >= half else (low, high)",
            "(low, min(high, half - 1))",
            "domains/test_circular.py",
        ),
        (
            "circular: a sum is as wide as its wider operand",
            "size = a.size + b.size",
            "size = max(a.size, b.size)",
            "domains/test_circular.py",
        ),
        (
            "circular: a negative multiple starts at the wrong end",
            "first = a.low if factor >= 0 else a.low + a.size",
            "first = a.low",
            "domains/test_circular.py",
        ),
        (
            "circular: a multiple is no wider",
            "size = a.size * abs(factor)",
            "size = a.size",
            "domains/test_circular.py",
        ),
        (
            "circular: an arc that starts inside is a subset",
            "((a.low - b.low) & top) + a.size <= b.size",
            "((a.low - b.low) & top) <= b.size",
            "domains/test_circular.py",
        ),
        (
            "circular: a join leaves out the second arc's tail",
            "max(a.size, ((b.low - a.low) & top) + b.size)",
            "max(a.size, (b.low - a.low) & top)",
            "domains/test_circular.py::test_join_is_the_smallest_arc_that_holds_both",
        ),
        (
            "circular: a meet drops what is past the start",
            "return Circular(a.low, min(a.size, wraps_to))",
            "return None",
            "domains/test_circular.py::test_meet_keeps_every_common_value_and_is_exact_in_one_piece",
        ),
        (
            "circular: a meet in two pieces keeps one",
            "                return a\n            return b\n",
            ("                return Circular(b.low, a.size - start)\n            return b\n"),
            "domains/test_circular.py::test_meet_keeps_every_common_value_and_is_exact_in_one_piece",
        ),
        (
            "circular: a value inside cuts the arc",
            "        return Circular(a.low, a.size - 1)\n    return a\n",
            (
                "        return Circular(a.low, a.size - 1)\n"
                "    return Circular(a.low, ((x - a.low) & top) - 1)\n"
            ),
            "domains/test_circular.py::test_without_loses_nothing_else",
        ),
        (
            "circular: widening stops short above",
            "at = bisect_left(thresholds, high)\n",
            "at = bisect_left(thresholds, high - 1)\n",
            "domains/test_circular.py::test_widen_holds_both[[0]]",
        ),
        (
            "circular: widening stops short below",
            "bisect_right(thresholds, low) - 1",
            "bisect_right(thresholds, low + 1) - 1",
            "domains/test_circular.py::test_widen_holds_both[[0]]",
        ),
        (
            "circular: a quotient is rounded up too far",
            "-(-first // magnitude), (first",
            "first // magnitude + 1, (first",
            "domains/test_circular.py::test_divide_keeps_every_member_whose_multiple_fits[-9]",
        ),
        (
            "circular: a quotient by a negative factor is mirrored",
            "Circular((a.low + a.size - steps_to) & top,",
            "Circular((a.low + steps_from) & top,",
            "domains/test_circular.py::test_divide_keeps_every_member_whose_multiple_fits[-9]",
        ),
        (
            "circular: a quotient trusts an arc around two pieces",
            "if first + met.size > multiples.size:",
            "if first > multiples.size:",
            "domains/test_circular.py::test_divide_keeps_every_member_whose_multiple_fits[-9]",
        ),
        (
            "circular: a quotient trusts multiples that go round",
            "if a.size * magnitude >= top:",
            "if a.size * magnitude >= top << 2:",
            "domains/test_circular.py::test_divide_keeps_every_member_whose_multiple_fits[-9]",
        ),
    ),
]
