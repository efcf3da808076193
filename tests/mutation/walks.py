"""Mutants of the walk, of the slice, and of pointers into frames."""

from tests.mutation.mutant import mutants

MUTANTS = [
    *mutants(
        "verifier/walk.py",
        (
            "walk: failures at the end are made good",
            "            self._log.not_made_good(state.pending.high)\n",
            "            pass\n",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[prepend_fails_at_the_end]",
        ),
        (
            "walk: after the last call of a function nothing follows",
            ("            and (frame.callback is not None or self._code.reaches_call(frame.return_pc))\n"),
            "            and frame.callback is not None\n",
            "verifier/test_calls.py::test_a_caller_goes_on_after_a_function_whose_end_does_not_matter",
        ),
        (
            "walk: only one arm is followed",
            ("            except Infeasible:\n                continue\n            yield one\n"),
            (
                "            except Infeasible:\n"
                "                continue\n"
                "            yield one\n"
                "            return\n"
            ),
            "verifier/test_programs.py::test_a_field_tested_again_can_be_what_it_was_on_any_path",
        ),
        (
            "walk: a branch is taken where it is not",
            "taken=bool(taken)",
            "taken=not taken",
            "verifier/test_programs.py::test_a_checked_length",
        ),
        (
            "walk: 32-bit branches compare words",
            "width=64 if instruction.klass == isa.JMP else 32",
            "width=64",
            "verifier/test_programs.py::test_a_check_of_32_bits_says_nothing_of_the_upper_half",
        ),
        (
            "walk: slots that the slice leaves out are not lost",
            "            frame.forget(offset, offset + 8)\n",
            "            pass\n",
            "oracle/test_slices.py::test_what_an_instruction_that_is_left_out_writes_is_lost",
        ),
        (
            "walk: registers that the slice leaves out are not lost",
            "            frame.registers[number] = None\n",
            "            pass\n",
            "oracle/test_slices.py::test_what_an_instruction_that_is_left_out_writes_is_lost",
        ),
    ),
    *mutants(
        "verifier/explore.py",
        (
            "explore: another constant changes nothing",
            "walk_twice(assume_constants=False).need",
            "found.need",
            "verifier/test_calls.py::test_a_setting_is_read_where_its_address_says",
        ),
    ),
    *mutants(
        "verifier/code.py",
        (
            "code: what the slice leaves out is not lost",
            "lost |= self.part.writes(pc)",
            "lost |= 0",
            "oracle/test_slices.py::test_what_an_instruction_that_is_left_out_writes_is_lost",
        ),
        (
            "code: what comes before a block's end is not lost",
            "plan.append((None, lost))",
            "plan.append((None, 0))",
            "oracle/test_slices.py::test_what_an_instruction_that_is_left_out_writes_is_lost",
        ),
        (
            "code: what is passed by is not lost",
            "lost |= self.part.writes(inside)",
            "lost |= 0",
            "oracle/test_slices.py::test_what_an_instruction_that_is_left_out_writes_is_lost",
        ),
        (
            "code: calls are passed by",
            "if self.follows(pc) if is_conditional(instruction) else self.part.bears(pc):",
            "if self.follows(pc) if is_conditional(instruction) else instruction.klass < 5 and self.part.bears(pc):",
            "oracle/test_slices.py",
        ),
        (
            "code: the way past leads to one place",
            "Bypass(tuple(sorted(beyond)), lost)",
            "Bypass(tuple(sorted(beyond))[:1], lost)",
            "oracle/test_slices.py",
        ),
    ),
    *mutants(
        "verifier/slice.py",
        (
            "slice: a load writes nothing",
            "if klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):",
            "if klass in (isa.ALU, isa.ALU64, isa.LD):",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: 32-bit arithmetic writes nothing",
            "if klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):",
            "if klass in (isa.ALU64, isa.LDX, isa.LD):",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: 64-bit arithmetic writes nothing",
            "if klass in (isa.ALU, isa.ALU64, isa.LDX, isa.LD):",
            "if klass in (isa.ALU, isa.LDX, isa.LD):",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: a store writes nothing",
            ("                written |= slot_bits(instruction.offset, instruction.size)\n"),
            "                pass\n",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: a fetch writes no register",
            "written = 1 if instruction.imm == CMPXCHG else 1 << instruction.src",
            "pass",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: compare and exchange writes src",
            "written = 1 if instruction.imm == CMPXCHG else 1 << instruction.src",
            "written = 1 << instruction.src",
            "verifier/test_slice.py::test_all_that_an_instruction_changes_is_told",
        ),
        (
            "slice: a store through a copy of a frame pointer does not bear",
            "return instruction.dst != FRAME_POINTER or self._liveness.matters_after(",
            "return self._liveness.matters_after(",
            "oracle/test_refuted_once.py",
        ),
        (
            "slice: calls bear on nothing",
            "instruction.operation in (isa.CALL, isa.EXIT) or",
            "instruction.operation == isa.EXIT or",
            "verifier/test_programs.py::test_a_checked_length",
        ),
        (
            "slice: a section of constants is a frame",
            "return pointee is not None and not pointee.is_constants",
            "return pointee is not None and pointee.is_own_frame",
            "oracle/test_refuted_once.py",
        ),
        (
            "slice: calls are given no frame",
            "any(self.may_be_frame_pointer(pc, argument) for argument in range(1, 6))",
            "False",
            "verifier/test_calls.py::test_a_kernel_function_may_give_back_a_pointer_that_it_was_given",
        ),
    ),
    *mutants(
        "verifier/pointers.py",
        (
            "pointers: a copy of a frame pointer is none",
            "_set(pointers, dst, pointers.get(src))",
            "pointers.pop(dst, None)",
            "verifier/test_slice.py",
        ),
        (
            "pointers: a sum with a frame pointer is none",
            "pointers[dst] = both[0] if len(both) == 1 else _joined(both[0], both[1])",
            "pointers.pop(dst, None)",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[store_at_a_variable_offset]",
        ),
        (
            "pointers: a spilled pointer does not come back",
            "return pointers.get(instruction.offset)",
            "return None",
            "verifier/test_slice.py",
        ),
        (
            "pointers: a pointer does not come out of another frame",
            "return ANY_FRAME  # from another",
            "return None  # from another",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[pointer_out_of_the_callers_frame]",
        ),
        (
            "pointers: no function gives back a pointer",
            "pointers[0] = ANY_FRAME  # a function",
            "pass  # a function",
            "verifier/test_calls.py::test_a_kernel_function_may_give_back_a_pointer_that_it_was_given",
        ),
        (
            "pointers: callees are given no pointer",
            "{number: Pointee(number, 0) for number in passed}",
            "{}",
            "verifier/test_slice.py",
        ),
        (
            "pointers: callbacks are given no pointer",
            "if entry in callbacks:",
            "if entry is None:",
            "verifier/test_slice.py",
        ),
        (
            "pointers: a spill through a copy stays where it is",
            "pointers[offset] = _joined(pointers.get(offset), ANY_FRAME)",
            "pass",
            "oracle/test_refuted_once.py::test_no_run_exceeds_the_claim[pointer_spilled_through_a_copy]",
        ),
        (
            "pointers: where paths meet the first's pointers stay",
            ("                old[place] = joined\n                self._todo.add((start,))"),
            "                pass",
            "verifier/test_slice.py",
        ),
    ),
    *mutants(
        "verifier/scope.py",
        (
            "scope: only direct callers can reach a call",
            ("                    found.add(caller)\n                    todo.append(caller)"),
            "                    found.add(caller)",
            "verifier/test_calls.py::test_a_function_that_moves_the_packet_may_be_called_by_one_that_does_not",
        ),
        (
            "scope: a call is reached from its block only",
            "todo.extend(graph.blocks[start].before)",
            "pass",
            "verifier/test_programs.py::test_a_checked_length",
        ),
        (
            "scope: callbacks are never run",
            "return self.callbacks if helpers.takes_callback(self.image.slots[pc]) else ()",
            "return ()",
            "verifier/test_programs.py::test_the_order_of_a_loops_counts_does_not_matter",
        ),
        (
            "scope: unknown functions move nothing",
            "    if leads_nowhere(image, pc):\n        return True\n",
            "",
            "verifier/test_calls.py::test_a_program_that_only_calls_out_is_not_known",
        ),
        (
            "scope: tail calls lead nowhere",
            "helpers.moves(image, pc) or helpers.is_tail_call(image.slots[pc])",
            "helpers.moves(image, pc)",
            "verifier/test_calls.py::test_a_program_that_only_calls_out_is_not_known",
        ),
    ),
]
