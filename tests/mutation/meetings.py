"""Mutants of what happens where paths meet."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/join.py",
        (
            "join: the first state's values are those of both",
            "return WORD.join(one, other)",
            "return one",
            "verifier/test_merge.py::test_a_join_allows_the_runs_of_both[join-0]",
        ),
        (
            "join: a value is not what it is not in one of the states",
            "if self._a.facts.excludes(mine, x) and self._b.facts.excludes(theirs, x)",
            "if self._a.facts.excludes(mine, x) or self._b.facts.excludes(theirs, x)",
            "verifier/test_merge.py::test_what_a_value_is_not_is_kept_where_it_is_not_on_either_side",
        ),
        (
            "join: widening keeps the first state's values",
            "return WORD.widen(one, other, self._widening)",
            "return one",
            "verifier/test_merge.py::test_a_join_allows_the_runs_of_both[widen-0]",
        ),
        (
            "join: places that differ alike differ by any factor",
            (
                "    if linear.add(mine, one, -factor) == linear.add(theirs, other, -factor):\n"
                "        return factor\n"
                "    return None"
            ),
            "    return factor",
            "verifier/test_merge.py::test_a_join_allows_the_runs_of_both[join-0]",
        ),
        (
            "join: symbols keep the first state's values",
            "self._hull(self._a.facts.value(symbol), self._b.facts.value(symbol))",
            "self._a.facts.value(symbol)",
            "verifier/test_merge.py::test_a_join_keeps_what_both_know_of_a_value",
        ),
        (
            "join: sums keep the first state's facts",
            "self._hull(fact, self._b.facts.evaluate(Linear(0, key)))",
            "fact",
            "verifier/test_merge.py::test_a_join_drops_facts_that_hold_on_one_side_only",
        ),
        (
            "join: a place with a sum keeps the first state's",
            "self._hull(self._a.facts.evaluate(mine), self._b.facts.evaluate(theirs))",
            "self._a.facts.evaluate(mine)",
            "verifier/test_merge.py::test_a_join_keeps_what_both_know_of_a_place_with_a_sum",
        ),
        (
            "join: a form with the first state's symbols is the first's",
            "if mine == theirs:\n            return mine",
            "if mine.terms == theirs.terms:\n            return mine",
            "verifier/test_merge.py::test_a_join_allows_the_runs_of_both[join-0]",
        ),
        (
            "join: a frame pointer met by another is none",
            "regions & {Region.STACK, Region.UNKNOWN}",
            "regions & {Region.UNKNOWN}",
            "verifier/test_merge.py::test_a_join_with_a_frame_pointer_may_point_to_a_frame",
        ),
        (
            "join: what may point into a frame does not after",
            "            region = Region.UNKNOWN\n",
            "            region = Region.OTHER\n",
            "verifier/test_merge.py::test_a_join_with_a_frame_pointer_may_point_to_a_frame",
        ),
        (
            "join: failed prepends of the second state are forgotten",
            "Pending.join(self._a.pending, self._b.pending)",
            "self._a.pending",
            "verifier/test_merge.py::test_prepends_that_failed_are_covered_by_worse_ones",
        ),
        (
            "join: a place of one state only is one of both",
            "for place, mine in places(self._a) if place in forms_b]",
            "for place, mine in places(self._a) if forms_b.setdefault(place, mine)]",
            "verifier/test_merge.py::test_a_join_allows_the_runs_of_both[join-0]",
        ),
        (
            "join: offsets into one region are the first state's",
            "return linear.add(base, self._join(*offsets))",
            "return mine",
            "verifier/test_merge.py::test_a_join_keeps_what_is_equal_and_pointers_to_their_region",
        ),
    ),
    *mutants(
        "verifier/merge.py",
        (
            "merge: a state covers one that is what it is not",
            "if symbol not in assigned or not all(b.facts.excludes(assigned[symbol], x) for x in numbers):",
            "if symbol not in assigned:",
            "verifier/test_merge.py::test_what_a_value_is_not_is_kept_where_it_is_not_on_either_side",
        ),
        (
            "merge: a state covers one with another constant",
            "if form_b is None or form_b.terms or form_b.const != number:",
            "if form_b is None or form_b.terms:",
            "verifier/test_merge.py::test_what_covers_allows_all_runs_of_what_it_covers[0]",
        ),
        (
            "merge: a constant covers a value",
            "if form_b is None or form_b.terms or form_b.const != number:",
            "if form_b is None or form_b.const != number:",
            "verifier/test_merge.py::test_covers_takes_a_larger_range_for_a_smaller",
        ),
        (
            "merge: a state covers one that knows less",
            "if form_b is None or not _unify(a.facts, b.facts, form_a, form_b, assigned):",
            "if form_b is not None and not _unify(a.facts, b.facts, form_a, form_b, assigned):",
            "verifier/test_merge.py::test_covers_takes_a_larger_range_for_a_smaller",
        ),
        (
            "merge: a state covers one with larger ranges",
            "if not WORD.is_subset_of(b.evaluate(form), a.value(symbol)):",
            "if WORD.meet(b.evaluate(form), a.value(symbol)) is None:",
            "verifier/test_merge.py::test_covers_takes_a_larger_range_for_a_smaller",
        ),
        (
            "merge: a state covers one without its sums",
            "if not WORD.is_subset_of(b.facts.evaluate(image), fact):",
            "if WORD.meet(b.facts.evaluate(image), fact) is None:",
            "verifier/test_merge.py::test_covers_keeps_sums_that_were_checked",
        ),
        (
            "merge: a state covers one with other failures",
            ("    if not Pending.covers(a.pending, b.pending):\n        return False\n"),
            "",
            "verifier/test_merge.py::test_prepends_that_failed_are_covered_by_worse_ones",
        ),
        (
            "merge: a state covers one that is related otherwise",
            "return rest == linear.ZERO",
            "return rest.is_constant",
            "verifier/test_merge.py::test_covers_wants_relations_kept",
        ),
        (
            "merge: a field of the context is any value",
            ("        if form != of_symbol(symbol):\n            return False\n"),
            "        pass\n",
            "verifier/test_merge.py::test_a_field_of_the_context_stands_for_nothing_else",
        ),
        (
            "merge: a number covers a frame pointer",
            "elif info.region is not Region.UNKNOWN:",
            "elif info.region is Region.STACK:",
            "verifier/test_merge.py::test_a_frame_pointer_is_no_other_pointer",
        ),
        (
            "merge: any operation covers any other",
            "theirs.op is definition.op\n        and",
            "True\n        and",
            "verifier/test_merge.py::test_covers_wants_the_same_operation_on_the_same_operands",
        ),
        (
            "merge: a shift covers one by another count",
            "and theirs.parameter == definition.parameter\n",
            "and True\n",
            "verifier/test_merge.py::test_covers_wants_the_same_operation_on_the_same_operands",
        ),
        (
            "merge: an operation covers one on other operands",
            "_unify(a, b, mine, yours, assigned)\n            for",
            "True\n            for",
            "verifier/test_merge.py::test_covers_wants_the_same_operation_on_the_same_operands",
        ),
        (
            "merge: the fingerprint has no ranges",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, fixed, definition)",
            "(facts.excluded.get(symbol), info.region, fixed, definition)",
            "verifier/test_merge.py::test_states_with_one_fingerprint_allow_the_same[0]",
        ),
        (
            "merge: the fingerprint has no regions",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, fixed, definition)",
            "(facts.value(symbol), facts.excluded.get(symbol), fixed, definition)",
            "verifier/test_merge.py::test_a_frame_pointer_is_no_other_pointer",
        ),
        (
            "merge: the fingerprint has no fixed symbols",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, fixed, definition)",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, definition)",
            "verifier/test_merge.py::test_a_field_of_the_context_stands_for_nothing_else",
        ),
        (
            "merge: the fingerprint has no definitions",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, fixed, definition)",
            "(facts.value(symbol), facts.excluded.get(symbol), info.region, fixed)",
            "verifier/test_merge.py::test_covers_wants_the_same_operation_on_the_same_operands",
        ),
        (
            "merge: the fingerprint has no operands",
            ("                tuple(renamed(argument) for argument in info.definition.args),\n"),
            "",
            "verifier/test_merge.py::test_covers_wants_the_same_operation_on_the_same_operands",
        ),
        (
            "merge: the fingerprint has no sums",
            "tuple(values), relations, state.pending",
            "tuple(values), state.pending",
            "verifier/test_merge.py::test_covers_keeps_sums_that_were_checked",
        ),
        (
            "merge: the fingerprint has no failures",
            "tuple(values), relations, state.pending",
            "tuple(values), relations",
            "verifier/test_merge.py::test_prepends_that_failed_are_covered_by_worse_ones",
        ),
        (
            "merge: the fingerprint has no constants",
            "return form.const, tuple(",
            "return tuple(",
            "verifier/test_merge.py::test_states_with_one_fingerprint_allow_the_same[0]",
        ),
        (
            "merge: the fingerprint has no coefficients",
            "tuple((number(symbol), coefficient) for symbol, coefficient in form.terms)",
            "tuple(number(symbol) for symbol, coefficient in form.terms)",
            "verifier/test_merge.py::test_covers_wants_relations_kept",
        ),
        (
            "merge: a forgotten frame pointer is a number",
            "if region is not None and region[0] not in (Region.PACKET, Region.OTHER):",
            "if region is None:",
            "verifier/test_merge.py::test_forgetting_what_is_dead",
        ),
        (
            "merge: what was learnt of what is forgotten stays",
            "facts.keep(held.keys() - lengths, {new: value for new, value in values.items() if new in held})",
            "facts.known.update(values)",
            "verifier/test_merge.py::test_what_was_learnt_of_a_field_that_no_place_holds_is_forgotten",
        ),
        (
            "merge: a symbol without its definition has one value",
            "facts.table.fresh(WORD.top, origin, facts.table[symbol].region)",
            "facts.table.fresh(WORD.const(0), origin, facts.table[symbol].region)",
            "verifier/test_merge.py::test_forgetting_loses_no_run[0]",
        ),
        (
            "merge: a callback's limit is in no place",
            "                (_LIMIT, callback.limit),\n",
            "",
            "verifier/test_merge.py::test_states_inside_a_callback_differ_by_its_loop",
        ),
        (
            "merge: a callback's counter is in no place",
            "                (_COUNTER, callback.counter),\n",
            "",
            "verifier/test_merge.py::test_states_inside_a_callback_differ_by_its_loop",
        ),
    ),
    *mutants(
        "verifier/meeting.py",
        (
            "meeting: a join is not followed",
            (
                "        meeting.by_kind[kind] = Waiting(joined, old.joins + 1)\n"
                "        return meeting.by_kind[kind]"
            ),
            ("        meeting.by_kind[kind] = Waiting(joined, old.joins + 1)\n        return None"),
            "oracle/test_random_programs.py::test_no_run_exceeds_the_claim[0-at once]",
        ),
        (
            "meeting: the second of a kind is not followed",
            "            return meeting.by_kind[kind]\n        if covers",
            "            return None\n        if covers",
            "oracle/test_random_programs.py::test_no_run_exceeds_the_claim[0-at once]",
        ),
        (
            "meeting: a state that covers the old one is dropped",
            "if covers(old.state, state):",
            "if covers(state, old.state):",
            "oracle/test_random_programs.py::test_no_run_exceeds_the_claim[0-at once]",
        ),
        (
            "meeting: a state that waits apart hides all after it",
            "if any(covers(other.state, state) for other in reversed(meeting.apart)):",
            "if meeting.apart:",
            "verifier/test_programs.py::test_success_moves_and_failure_does_not",
        ),
        (
            "meeting: what arrives is in the hull of the first",
            "WORD.join(value, values[place]) if place in values else WORD.top",
            "value",
            "verifier/test_meeting.py",
        ),
        (
            "meeting: a place that some do not know has the others' values",
            "WORD.join(value, values[place]) if place in values else WORD.top",
            "WORD.join(value, values.get(place, value))",
            "verifier/test_meeting.py",
        ),
        (
            "meeting: a narrowing cuts what widening did not reach",
            ("for place, form in places(state):\n            if place in hull:"),
            (
                "for place, form in places(state):\n"
                "            if place == 'total':\n"
                "                state.facts.assume(form, WORD.between(-64, 0))\n"
                "            if place in hull:"
            ),
            "oracle/test_random_programs.py::test_no_run_exceeds_the_claim[300-at once]",
        ),
        (
            "meeting: a seen kind is a seen state",
            "        if print_ in meeting.seen:\n",
            ("        if _constants(state) in meeting.by_kind or print_ in meeting.seen:\n"),
            "oracle/test_random_programs.py::test_no_run_exceeds_the_claim[300-kinds]",
        ),
    ),
]
