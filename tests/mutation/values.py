"""Mutants of the joined pass, and of what it tells."""

from tests.mutation.mutant import mutants

_RANDOM = "oracle/test_random_values.py"

MUTANTS = [
    *mutants(
        "verifier/values.py",
        (
            "values: an instruction has what the last state to come there had",
            "self.points[pc] = now if old is None else joined_points(old, now)",
            "self.points[pc] = now",
            "verifier/test_values.py::test_calls_of_a_function_are_joined",
        ),
        (
            "values: a form keeps its value in every state",
            "if state is not self._state or ends != self._ends:",
            "if self._state is None:",
            _RANDOM,
        ),
        (
            "values: a walk that did not end is believed",
            "return seen if finished else None",
            "return seen",
            _RANDOM,
        ),
        (
            "values: a function by itself is given the context",
            "is_program=entry == program)",
            "is_program=True)",
            _RANDOM,
        ),
        (
            "values: a timer's function runs only where it is called",
            "if pc in image.kfuncs:\n        return image",
            "if True:\n        return False and image",
            "verifier/test_values.py::test_a_function_that_the_walk_is_not_led_to_is_given_anything",
        ),
    ),
    *mutants(
        "verifier/value.py",
        (
            "value: what one of two paths does not know is what the other does",
            "    if a is None or b is None:\n        return None\n",
            "    if a is None or b is None:\n        return a or b\n",
            _RANDOM,
        ),
        (
            "value: pointers into two frames are one",
            "    if a[2:4] != b[2:4]:\n        return OTHER\n",
            "",
            "verifier/test_value.py",
        ),
        (
            "value: a pointer is null nowhere",
            "may_be_null=not facts.excludes(of_symbol(symbol), 0)",
            "may_be_null=False",
            "verifier/test_values.py::test_a_look_up_may_find_nothing",
        ),
        (
            "value: an offset counts from where the packet came in",
            "facts.evaluate(linear.subtract(offset, state.total)))",
            "facts.evaluate(offset))",
            "cases/test_values_of_runs.py::test_runs_have_the_values_that_are_claimed[loop_inside_no_prepend.c]",
        ),
        (
            "value: the old end of the packet is the new one",
            "return _packet(state, offset) if symbol == state.packet else OTHER",
            "return _packet(state, offset)",
            "verifier/test_values.py::test_a_tail_call_from_a_function_may_move_the_packet",
        ),
    ),
    *mutants(
        "verifier/whole.py",
        (
            "whole: a function that is not entered moves nothing",
            "    def can_move(self, callee: int) -> bool:\n        return True\n",
            "    def can_move(self, callee: int) -> bool:\n        return self._enters_calls\n",
            "verifier/test_values.py::test_a_function_that_is_not_entered_may_move_the_packet",
        ),
    ),
    *mutants(
        "verifier/helpers.py",
        (
            "helpers: the offset in the packet is the length",
            "XDP_LOAD_BYTES: {3: 4}",
            "XDP_LOAD_BYTES: {3: 2}",
            "verifier/test_values.py::test_a_helper_writes_as_many_bytes_as_it_is_told",
        ),
    ),
    *mutants(
        "verifier/memory.py",
        (
            "memory: four bytes behind an unknown pointer are a number of 32 bits",
            "WORD.top if is_pointer else WORD.of_width(8 * size)",
            "WORD.of_width(8 * size)",
            "verifier/test_values.py::test_four_bytes_behind_an_unknown_pointer_may_be_an_address",
        ),
        (
            "memory: metadata is supported where there may be some",
            "if WORD.contains(state.facts.evaluate(state.metadata), 0):",
            "if state.metadata == linear.ZERO and False:",
            "verifier/test_values.py::test_metadata_may_be_unsupported",
        ),
    ),
    *mutants(
        "verifier/merge.py",
        (
            "merge: a value of one map is one of another",
            "return info is not None and info.name == name and not info.is_fixed",
            "return info is not None",
            "verifier/test_values.py::test_values_of_two_maps_are_told_apart",
        ),
    ),
    *mutants(
        "verifier/join.py",
        (
            "join: a value of either map is one of the first",
            "if one.name == other.name and not (one.is_fixed or other.is_fixed)",
            "if not (one.is_fixed or other.is_fixed)",
            "verifier/test_values.py::test_values_of_two_maps_are_told_apart",
        ),
    ),
]
