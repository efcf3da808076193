"""Mutants of frames, of other memory, and of prepends that failed."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/state.py",
        (
            "state: a store leaves a larger one that begins before it",
            "if o < high and o + size > low]",
            "if low <= o < high]",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-little]",
        ),
        (
            "state: a store leaves what it overwrites",
            "self.forget(offset, offset + size, facts)\n",
            "pass\n",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: the rest of a larger store is its beginning",
            "_piece(facts, form, size, start - offset, end - start)",
            "_piece(facts, form, size, 0, end - start)",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: a narrow store keeps the whole number",
            "form if size == 8 else arithmetic.zero_extend(facts, form, 8 * size)",
            "form",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: a part of a store is its low bytes",
            "skipped = start + length - offset - size if big_endian else offset - start",
            "skipped = 0",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: parts of a store are in little-endian order",
            "skipped = start + length - offset - size if big_endian else offset - start",
            "skipped = offset - start",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[1-big]",
        ),
        (
            "state: pieces are put together in little-endian order",
            "position = offset + size - at - piece[0] if big_endian else at - offset",
            "position = at - offset",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: a piece may reach beyond the load",
            "if piece is None or at + piece[0] > offset + size:",
            "if piece is None:",
            "verifier/test_memory.py::test_a_frame_is_an_array_of_bytes[0-big]",
        ),
        (
            "state: copies share their outer frames",
            "self.frames[depth] = self.frames[depth].copy()",
            "pass",
            "verifier/test_memory.py::test_a_copy_of_a_state_has_its_own_frames",
        ),
        (
            "state: a store anywhere spares the outer frames",
            ("for depth in range(len(self.frames)):\n            self.own_frame(depth).stack.clear()"),
            (
                "for depth in range(len(self.frames) - 1, len(self.frames)):\n"
                "            self.own_frame(depth).stack.clear()"
            ),
            "verifier/test_memory.py::test_a_store_through_what_may_be_any_frame_forgets_all[a multiple]",
        ),
        (
            "state: an unknown register points into no frame",
            "self.facts.table.fresh(WORD.top, region=Region.UNKNOWN)",
            "self.facts.table.fresh(WORD.top)",
            "verifier/test_calls.py::test_an_unknown_register_may_point_into_a_frame",
        ),
        (
            "pending: prepends that failed on one path have on both",
            "either and either._replace(certain=False)",
            "either",
            "verifier/test_pending.py",
        ),
        (
            "pending: of two paths the worse failure is forgotten",
            "min(a.low, b.low), max(a.high, b.high), a.certain and b.certain",
            "min(a.low, b.low), min(a.high, b.high), a.certain and b.certain",
            "verifier/test_pending.py",
        ),
        (
            "pending: a later failure takes the place of the first",
            "min(old.low, low), min(old.high, high) if old.certain else high, True",
            "low, high, True",
            "verifier/test_pending.py",
        ),
        (
            "pending: a failed trim counts as a prepend",
            "old.high if old.certain else max(old.high, high), old.certain",
            "min(old.high, high), old.certain",
            "verifier/test_pending.py",
        ),
    ),
    *mutants(
        "verifier/memory.py",
        (
            "memory: a store through an unknown pointer spares the frames",
            "if base is None or _may_be_frame(state, base):",
            "if base is None:",
            "verifier/test_memory.py::test_a_store_through_what_may_be_any_frame_forgets_all[two pointers]",
        ),
        (
            "memory: a store through nothing known spares the frames",
            "if base is None or _may_be_frame(state, base):",
            "if base is not None and _may_be_frame(state, base):",
            "verifier/test_memory.py::test_a_store_through_what_may_be_any_frame_forgets_all[no form]",
        ),
        (
            "memory: an unknown pointer is into no frame",
            "region[0] in (Region.STACK, Region.UNKNOWN)",
            "region[0] is Region.STACK",
            "verifier/test_memory.py::test_a_store_through_what_may_be_any_frame_forgets_all[two pointers]",
        ),
        (
            "memory: a store at a variable offset is one at the least",
            "frame.forget(low, high + size)",
            "frame.forget(low, low + size)",
            "verifier/test_memory.py::test_a_store_at_a_variable_offset_reaches_as_far_as_its_size",
        ),
        (
            "memory: a store at a variable offset is a byte long",
            "frame.forget(low, high + size)",
            "frame.forget(low, high + 1)",
            "verifier/test_memory.py::test_a_store_at_a_variable_offset_reaches_as_far_as_its_size",
        ),
        (
            "memory: a store at a variable offset stores at the least",
            "        if low == high:\n",
            "        if low <= high:\n",
            "verifier/test_memory.py::test_a_store_at_a_variable_offset_reaches_as_far_as_its_size",
        ),
        (
            "memory: what may be written behind a pointer is 8 bytes",
            "0 if size is None else high + size",
            "high + 8",
            "verifier/test_memory.py::test_what_a_helper_may_write_is_forgotten",
        ),
        (
            "memory: nothing is written behind an unknown value",
            ("        if pointer is None:\n            state.forget_frames()\n"),
            "        if pointer is None:\n",
            "verifier/test_memory.py::test_what_a_helper_may_write_is_forgotten",
        ),
        (
            "memory: nothing is written behind an unknown pointer",
            ("            if _may_be_frame(state, pointer):\n                state.forget_frames()\n"),
            "",
            "verifier/test_memory.py::test_what_a_helper_may_write_is_forgotten",
        ),
        (
            "memory: what is loaded from the stack is no pointer",
            "kind = Region.UNKNOWN if size == 8 else kind",
            "kind = Region.OTHER",
            "verifier/test_memory.py::test_a_load_from_where_a_pointer_may_have_been_spilled_may_point_to_a_frame",
        ),
        (
            "memory: the packet starts where it came in",
            "return linear.add(packet, state.total)",
            "return packet",
            "verifier/test_memory.py::test_the_context",
        ),
        (
            "memory: the packet ends at its longest",
            "return linear.add(packet, state.length)",
            "return linear.shift(packet, 1514)",
            "verifier/test_memory.py::test_the_context",
        ),
        (
            "memory: metadata starts where the packet does",
            "linear.subtract(state.total, state.metadata)",
            "state.total",
            "verifier/test_memory.py::test_the_context",
        ),
        (
            "memory: every driver takes metadata",
            "WORD.between(0, 1))",
            "WORD.const(0))",
            "verifier/test_calls.py::test_metadata_may_not_be_supported",
        ),
        (
            "memory: two fields of the context are one",
            '("context", address.const), WORD.of_width(32)',
            '("context",), WORD.of_width(32)',
            "verifier/test_calls.py::test_two_fields_of_the_context_differ",
        ),
        (
            "memory: variables keep their initial value",
            "if section is None or not section.is_constant:",
            "if section is None:",
            "verifier/test_memory.py::test_a_variable_is_unknown",
        ),
        (
            "memory: a setting of zero stays zero",
            "if value == 0 or not self._assume_constants:",
            "if not self._assume_constants:",
            "verifier/test_memory.py::test_a_setting_that_is_zero_is_unknown",
        ),
        (
            "memory: a setting is kept by those who assume none",
            "if value == 0 or not self._assume_constants:",
            "if value == 0:",
            "verifier/test_memory.py::test_a_setting_that_is_not_zero_is_assumed_and_told",
        ),
        (
            "memory: a table holds no setting",
            "if value is None or section.is_setting(offset):",
            "if value is None:",
            "verifier/test_memory.py",
        ),
        (
            "memory: the last entry of a table is never read",
            "range(first, high + 1, step)",
            "range(first, max(high, first + 1), step)",
            "verifier/test_memory.py",
        ),
        (
            "memory: entries are two strides apart",
            "range(first, high + 1, step)",
            "range(first, high + 1, 2 * step)",
            "verifier/test_memory.py",
        ),
        (
            "memory: a table is read as the machine reads",
            '"big" if self._image.big_endian else "little"',
            '"little"',
            "verifier/test_memory.py",
        ),
        (
            "memory: entries of a table are one join with its first",
            "joined = entry if joined is None else WORD.join(joined, entry)",
            "joined = joined or entry",
            "verifier/test_memory.py",
        ),
    ),
    *mutants(
        "program/image.py",
        (
            "memory: an untyped section holds no setting",
            "variable.is_volatile or not self.has_types",
            "variable.is_volatile",
            "verifier/test_memory.py::test_without_types_every_variable_may_be_a_setting",
        ),
    ),
]
