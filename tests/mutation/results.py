"""Mutants of what helpers and iterators give back, and of what is recorded of a walk."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/iterators.py",
        (
            "iterators: they always start",
            "            yield failed, False\n",
            "            pass\n",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: too many rounds are started",
            "WORD.between(_MOST_ROUNDS + 1, 1 << 32)",
            "WORD.between(_MOST_ROUNDS + 2, 1 << 32)",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: none is empty",
            "WORD.between(0, _MOST_ROUNDS)",
            "WORD.between(1, _MOST_ROUNDS)",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: the last round is left out",
            "WORD.between(1, 1 << 33), pc)",
            "WORD.between(2, 1 << 33), pc)",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: they never end",
            "        yield over, None\n",
            "        pass\n",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: they end a round late",
            "WORD.between(-(1 << 33), 0), pc)",
            "WORD.between(-(1 << 33), -1), pc)",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: the number given stays",
            "_write(state, number, end)",
            "_write(state, last, end)",
            "verifier/test_iterators.py",
        ),
        (
            "iterators: an int is all of a register",
            "return arithmetic.sign_extend(facts, form, 32)",
            "return form",
            "verifier/test_iterators.py",
        ),
    ),
    *mutants(
        "verifier/helpers.py",
        (
            "helpers: a redirect never fails",
            "REDIRECT: WORD.between(0, 4)",
            "REDIRECT: WORD.const(4)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: a redirect through a map never fails",
            "REDIRECT_MAP: WORD.between(0, 4)",
            "REDIRECT_MAP: WORD.const(4)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: a map is always updated",
            "MAP_UPDATE_ELEM: WORD.join(_STATUS, WORD.between((1 << 32) - _MAX_ERRNO, (1 << 32) - 1))",
            "MAP_UPDATE_ELEM: WORD.const(0)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: an update's failure fills the word",
            "MAP_UPDATE_ELEM: WORD.join(_STATUS, WORD.between((1 << 32) - _MAX_ERRNO, (1 << 32) - 1))",
            "MAP_UPDATE_ELEM: _STATUS",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: bytes are always loaded",
            "XDP_LOAD_BYTES: _STATUS",
            "XDP_LOAD_BYTES: WORD.const(0)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: the tail always moves",
            "ADJUST_TAIL: _STATUS",
            "ADJUST_TAIL: WORD.const(0)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: a checksum is never an error",
            "WORD.between(-_MAX_ERRNO, 0xFFFFFFFF),  # a 32-bit",
            "WORD.of_width(32),  # a 32-bit",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: random numbers are bytes",
            "GET_PRANDOM_U32: _U32",
            "GET_PRANDOM_U32: WORD.of_width(8)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: what is not listed gives 0",
            "_RANGES.get(helper_id, WORD.top)",
            "_RANGES.get(helper_id, WORD.const(0))",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "helpers: no unknown helper writes",
            "    if known is None:\n        return True\n",
            "    if known is None:\n        return False\n",
            "verifier/test_calls.py::test_what_a_helper_may_write_is_not_known_after",
        ),
        (
            "helpers: helpers write through pointers to constants only",
            "parameter.is_pointer and not parameter.is_const",
            "parameter.is_pointer and parameter.is_const",
            "verifier/test_calls.py::test_what_a_helper_may_write_is_not_known_after",
        ),
        (
            "helpers: a loop over a map runs nothing",
            "frozenset({LOOP, FOR_EACH_MAP_ELEM, FIND_VMA, USER_RINGBUF_DRAIN})",
            "(LOOP, FIND_VMA, USER_RINGBUF_DRAIN)",
            "verifier/test_calls.py::test_a_callback_moves_the_packet",
        ),
        (
            "helpers: adjust_meta moves nothing",
            "MOVING = frozenset({ADJUST_HEAD, ADJUST_META})",
            "MOVING = frozenset({ADJUST_HEAD})",
            "verifier/test_calls.py::test_metadata_may_be_252_bytes_long",
        ),
    ),
    *mutants(
        "verifier/record.py",
        (
            "record: the last demand counts",
            "self.demand = demand.hull(self.demand)",
            "self.demand = demand",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "record: the need is the least of the calls'",
            "largest = max((demand.max for demand in demands), default=None)",
            "largest = min((demand.max for demand in demands), default=None)",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "record: a demand without bound is a number",
            "elif largest is not None and largest > UNBOUNDED_NEED:",
            "elif largest is not None and largest > UNBOUNDED_NEED << 48:",
            "verifier/test_programs.py::test_a_loop_of_unknown_length_is_unbounded",
        ),
        (
            "record: a walk without end has a need",
            "kind = NeedKind.UNKNOWN\n",
            "pass\n",
            "verifier/test_programs.py::test_a_spent_budget_is_told_and_never_makes_the_need_smaller",
        ),
        (
            "record: the last failure is the worst",
            "self._worst_failure = max(self._worst_failure or 0, demand)",
            "self._worst_failure = demand",
            "oracle/test_refuted_once.py",
        ),
        (
            "record: the need with fallback forgets failures",
            "fallback = min(self._worst_failure, need)",
            "fallback = 0",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "record: what a tail call does is known",
            '"nothing of what that one prepends", is_sound=False',
            '"nothing of what that one prepends", is_sound=True',
            "verifier/test_calls.py",
        ),
        (
            "record: code that runs out is the end",
            "for pc in graph.broken:",
            "for pc in ():",
            "verifier/test_calls.py",
        ),
    ),
    *mutants(
        "verifier/result.py",
        (
            "result: the largest is the last",
            "max(self.max, other.max)",
            "self.max",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "result: the least is the last",
            "min(self.min, other.min)",
            "self.min",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "result: metadata is 32 bytes at most",
            "LONGEST_METADATA = 252",
            "LONGEST_METADATA = 32",
            "verifier/test_calls.py::test_metadata_may_be_252_bytes_long",
        ),
        (
            "result: what ran before left no metadata",
            "ANYWHERE = Standing(Bounds(0, LONGEST_METADATA), Bounds(0, LONGEST_METADATA), Bounds(0, 0))",
            "ANYWHERE = UNTOUCHED",
            "analysis/test_entered.py::test_what_a_later_program_asks_for_holds_wherever_it_starts",
        ),
    ),
    *mutants(
        "analysis/chain.py",
        (
            "chain: a later program starts as the first one does",
            "return found if _asks_the_same(found, anywhere) else anywhere",
            "return found",
            "analysis/test_entered.py::test_what_a_later_program_asks_for_holds_wherever_it_starts",
        ),
    ),
    *mutants(
        "analysis/hold_contracts.py",
        (
            "contracts: a limit is kept where the analysis ended",
            "if alone.need is None or gap is not None:",
            "if alone.need is None:",
            "analysis/test_contracts.py",
        ),
        (
            "contracts: what the loader may set stays as it is",
            "if not found.assumed or need == found.need or (need is not None and is_kept_with(need)):",
            "if True:",
            "analysis/test_contracts.py",
        ),
        (
            "contracts: one byte over the limit is kept",
            "alone.need > limit:",
            "alone.need > limit + 1:",
            "analysis/test_contracts.py",
        ),
    ),
    *mutants(
        "analysis/analyse.py",
        (
            "analyse: a limit is about what ran before as well",
            "if explored.before != UNTOUCHED and any(",
            "if False and any(",
            "analysis/test_contracts.py",
        ),
    ),
]
