"""Mutants of calls: the packet's start, tail calls, functions and callbacks."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/calls.py",
        (
            "calls: delta is the whole of r2",
            "moved = arithmetic.sign_extend(tried, passed, 32)\n        if",
            "moved = passed\n        if",
            "verifier/test_programs.py::test_the_low_half_of_delta_counts",
        ),
        (
            "calls: the low half of delta is unsigned",
            "Bounds(*circular.signed_bounds(arc, 32))",
            "Bounds(*circular.unsigned_bounds(arc, 32))",
            "verifier/test_programs.py::test_a_loop_of_known_length",
        ),
        (
            "calls: INT_MIN is left out though nothing was negated",
            "if ends_at_int_min and _negated(state.facts, passed):",
            "if ends_at_int_min:",
            "verifier/test_calls.py::test_int_min_counts_unless_it_comes_from_a_negation",
        ),
        (
            "calls: a call never fails",
            "        yield failed\n",
            "",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "calls: a call never succeeds",
            "        yield done\n",
            "",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "calls: success gives what failure does",
            "done = self._returned(state.copy(), pc, WORD.const(0))",
            "done = self._returned(state.copy(), pc, _FAILED)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "calls: failure gives 0",
            "failed = self._returned(state.copy(), pc, _FAILED)\n",
            "failed = self._returned(state.copy(), pc, WORD.const(0))\n",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "calls: failure gives -1 only",
            "_FAILED = WORD.between(-4095, -1)",
            "_FAILED = WORD.const(-1)",
            "verifier/test_calls.py::test_every_result_of_a_helper_is_followed",
        ),
        (
            "calls: success moves nothing",
            "done.total, done.metadata = _resolved(tried, total), _resolved(tried, metadata)",
            "done.metadata = _resolved(tried, metadata)",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "calls: success leaves the metadata",
            "done.total, done.metadata = _resolved(tried, total), _resolved(tried, metadata)",
            "done.total = _resolved(tried, total)",
            "verifier/test_programs.py::test_metadata_comes_out_of_the_same_headroom",
        ),
        (
            "calls: failure moves too",
            "            failed.pending = Pending.after_failure",
            ("            failed.total = total\n            failed.pending = Pending.after_failure"),
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "calls: metadata shrinks where it grows",
            "metadata = linear.subtract(state.metadata, moved)",
            "metadata = linear.add(state.metadata, moved)",
            "verifier/test_programs.py::test_metadata_comes_out_of_the_same_headroom",
        ),
        (
            "calls: metadata takes no headroom",
            "demand = linear.subtract(metadata, total)",
            "demand = linear.scale(total, -1)",
            "verifier/test_programs.py::test_metadata_comes_out_of_the_same_headroom",
        ),
        (
            "calls: headroom is 256 bytes at most",
            "tried.assume(total, WORD.between(-UNBOUNDED_NEED, UNBOUNDED_NEED))",
            "tried.assume(total, WORD.between(-256, UNBOUNDED_NEED))",
            "verifier/test_calls.py::test_headroom_may_be_longer_than_on_this_kernel",
        ),
        (
            "calls: what fails with metadata is forgotten",
            "            self._log.not_made_good(high)\n",
            "            pass\n",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[metadata_fails_at_the_end]",
        ),
        (
            "calls: what may be a trim does not fail",
            "elif delta.min < 0:",
            "elif delta.max < 0:",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[perhaps_a_trim_fails_at_the_end]",
        ),
        (
            "calls: what may be a trim fails for want of headroom",
            "certain=delta.max < 0)",
            "certain=True)",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[trim_fails_before_a_prepend]",
        ),
        (
            "calls: a helper writes through no pointer",
            "self._memory.forget_behind(state, state.frame.registers[argument], size)",
            "pass",
            "verifier/test_calls.py::test_what_a_helper_may_write_is_not_known_after",
        ),
        (
            "calls: the packet's end stays when it moves",
            ("            state.length = new_length(state, pc)\n        kind, result"),
            "            pass\n        kind, result",
            "oracle/test_refuted_once.py",
        ),
        (
            "calls: the packet is counted from where it came in",
            "return linear.add(state.total, left)",
            "return left",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[packet_that_ends_before_its_old_start]",
        ),
        (
            "calls: nothing was taken before a call but metadata",
            "tried.evaluate(linear.subtract(state.metadata, state.total))",
            "tried.evaluate(state.metadata)",
            "oracle/test_refuted_once.py",
        ),
        (
            "calls: a tail call never fails",
            (
                "            self._log.ended(state.standing())\n"
                "        yield self._returned(state, pc, _FAILED)\n"
            ),
            "            self._log.ended(state.standing())\n",
            "verifier/test_calls.py::test_a_tail_call_may_come_back_and_nobody_knows_what_it_does_else",
        ),
        (
            "calls: an unknown function writes no frame",
            "is_sound=False))\n        state.forget_frames()",
            "is_sound=False))",
            "verifier/test_calls.py",
        ),
        (
            "calls: an unknown function is harmless",
            '"that it moves no packet pointer", is_sound=False',
            '"that it moves no packet pointer", is_sound=True',
            "verifier/test_calls.py",
        ),
        (
            "calls: pull_data takes no headroom",
            '"that it takes none", is_sound=False',
            '"that it takes none", is_sound=True',
            "verifier/test_calls.py",
        ),
        (
            "calls: a kfunc writes through no pointer",
            "size is not None and size >= 0 and self._part",
            "size is not None and size < 0 and self._part",
            "verifier/test_calls.py",
        ),
        (
            "calls: a callee is given nothing",
            "frame.registers[1:6] = arguments",
            "frame.registers[1:6] = [constant(0)] * 5",
            "verifier/test_programs.py::test_a_function_that_prepends_is_entered_with_its_arguments",
        ),
        (
            "calls: a callee's registers are its caller's",
            "state.frame.registers[0:6] = [frame.registers[0], None, None, None, None, None]",
            "state.frame.registers[0:10] = frame.registers[0:10]",
            "verifier/test_calls.py",
        ),
        (
            "calls: a callee's result is lost with a constant",
            "[frame.registers[0], None, None, None, None, None]",
            "[constant(0), None, None, None, None, None]",
            "verifier/test_calls.py",
        ),
        (
            "calls: a callback runs once",
            "            yield self._start_run(again, callback)\n",
            "            pass\n",
            "verifier/test_programs.py::test_the_order_of_a_loops_counts_does_not_matter",
        ),
        (
            "calls: a callback runs at least once",
            ("        yield self._returned(state.copy(), pc, _RUNS)\n        if len"),
            "        if len",
            "verifier/test_calls.py",
        ),
        (
            "calls: a callback's last run is left out",
            "state.facts.assume(left, WORD.between(1, 0xFFFFFFFF))",
            "state.facts.assume(left, WORD.between(2, 0xFFFFFFFF))",
            "verifier/test_programs.py::test_the_order_of_a_loops_counts_does_not_matter",
        ),
        (
            "calls: a loop always starts",
            "_RUNS = WORD.between(-4095, 0xFFFFFFFF)",
            "_RUNS = WORD.between(0, 0xFFFFFFFF)",
            "verifier/test_calls.py::test_a_callback_may_fail_to_start",
        ),
        (
            "calls: a callback is given no context",
            "[callback.counter, callback.context]",
            "[callback.counter, constant(0)]",
            "verifier/test_calls.py",
        ),
        (
            "calls: a callback's count has no upper bound in 32 bits",
            "limit = arithmetic.zero_extend(state.facts, state.scalar(1), 32) if counts else None",
            "limit = constant(1) if counts else None",
            "verifier/test_programs.py::test_the_order_of_a_loops_counts_does_not_matter",
        ),
        (
            "calls: a tail call runs nothing of the object",
            "            yield inside\n        self._log",
            "        self._log",
            "verifier/test_calls.py",
        ),
        (
            "calls: a tail call goes to the first program only",
            "            yield inside\n        self._log",
            "            yield inside\n            break\n        self._log",
            "verifier/test_calls.py",
        ),
        (
            "calls: one tail call is all",
            "WORD.between(1, helpers.MOST_TAIL_CALLS)",
            "WORD.between(1, 1)",
            "verifier/test_calls.py",
        ),
    ),
]
