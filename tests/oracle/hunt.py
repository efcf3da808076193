"""Looks for programs that do more than is claimed of them: `python -m tests.oracle.hunt FIRST_SEED COUNT [--kernel]`.

Prints each refuted claim (and each crash) with the smallest program that still shows it. With `--proofs` the kernel's
verifier is asked for the tightest bounds that it can prove; those that are tighter than ours are printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import traceback
from collections import Counter
from collections.abc import Sequence

from tests.oracle.claims import refuted
from tests.oracle.generate import program
from tests.oracle.inputs import inputs
from tests.oracle.kernel import Traced
from tests.oracle.straight import Options
from tests.support.machine import Input
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.printer import print_instruction
from xdp_lsp.kernel import Loader, Refused
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.program.image import Image, Program
from xdp_lsp.proof import Answer
from xdp_lsp.proof.prove import Prover
from xdp_lsp.verifier import explore, meeting
from xdp_lsp.verifier.meeting import Patience

# How early states are joined and widened: as in the product, then ever earlier, so that every program meets both.
JOINING = {
    "as released": meeting.PATIENCE,
    "early": Patience(2, 3, 300, 3),
    "kinds": Patience(1, 1, 2, 1),
    "at once": Patience(0, 0, 0, 0),
}
_NOTHING = Instruction(isa.JMP | isa.JA, 0, 0, 0, 0)


def first_refutation(
    image: Image, entry: Program, given: Sequence[Input], budget: int
) -> tuple[str, Input] | None:
    """What the claim got wrong, in words, and the input that shows it."""
    claim = explore(image, entry, budget)
    for one in given:
        machine = Machine(image, entry, one)
        try:
            machine.run()
        except Fault:
            if machine.steps < 1000:  # not memory safe: what shrinking makes may be
                continue
        wrong = refuted(claim, machine.attempts, one.headroom)
        if wrong is not None:
            return wrong, one
    return None


def shrunk(image: Image, entry: Program, given: Input, budget: int) -> Image:
    """`image` with every instruction made a jump to the next that is not needed for the refutation."""
    size = max(1, len(image.slots) // 4)
    while True:
        changed = False
        for first in range(0, len(image.slots), size):
            smaller = _without(image, range(first, min(first + size, len(image.slots))))
            if smaller is not None and first_refutation(smaller, entry, [given], budget):
                image, changed = smaller, True
        if not changed:
            if size == 1:
                return image
            size //= 2


def _without(image: Image, pcs: range) -> Image | None:
    slots = list(image.slots)
    for pc in pcs:
        if slots[pc].opcode == 0:
            continue
        if slots[pc].is_wide:
            slots[pc + 1] = _NOTHING
        slots[pc] = _NOTHING
    if slots == list(image.slots):
        return None
    calls = {pc: callee for pc, callee in image.calls.items() if slots[pc] is not _NOTHING}
    addresses = {pc: address for pc, address in image.addresses.items() if slots[pc] is not _NOTHING}
    return dataclasses.replace(image, slots=tuple(slots), calls=calls, addresses=addresses)


def listing(image: Image) -> str:
    """The program without the instructions that do nothing."""
    lines = []
    for pc, slot in enumerate(image.slots):
        if slot not in (_NOTHING, Instruction(0, 0, 0, 0, slot.imm)):
            following = image.slots[pc + 1] if pc + 1 < len(image.slots) else None
            target = (
                f"  -> {pc + 1 + slot.offset}" if slot.klass in (isa.JMP, isa.JMP32) and slot.offset else ""
            )
            lines.append(f"{pc:5} {print_instruction(slot, following)}{target} {image.addresses.get(pc, '')}")
    return "\n".join(lines)


def on_machine(first: int, count: int, budget: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        name = list(JOINING)[seed % len(JOINING)]
        meeting.PATIENCE = JOINING[name]
        image, entry = program(seed, Options(size=3 + seed // 4 % 6, big_endian=seed % 7 == 6))
        given = inputs(seed, 30, image)
        seen["programs"] += 1
        if seen["programs"] % 1000 == 0:
            print(dict(seen), flush=True)
        try:
            found = first_refutation(image, entry, given, budget)
        except Exception:
            seen["crashes"] += 1
            print(f"seed {seed} ({name}): explore() dies")
            traceback.print_exc(limit=-4)
            continue
        if found is not None:
            seen["refuted"] += 1
            image = shrunk(image, entry, found[1], budget)
            print(
                f"seed {seed} ({name}): {first_refutation(image, entry, [found[1]], budget)}\n{listing(image)}"
            )
    return seen


def on_kernel(first: int, count: int, budget: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        image, entry = program(seed, Options(for_kernel=True, size=4 + seed % 8))
        seen["programs"] += 1
        try:
            traced = Traced(image, entry)
        except Refused:
            seen["refused"] += 1
            continue
        claim = explore(image, entry, budget)
        with traced:
            for one in inputs(seed, 12, image):
                same = Input(one.packet, one.map_value)
                action, attempts = traced.run(
                    same.packet, {(name, bytes(4)): same.map_value for name in image.maps}
                )
                seen["runs"] += 1
                seen["attempts"] += len(attempts)
                machine = Machine(image, entry, same)
                if (machine.run() & 0xFFFFFFFF, machine.attempts) != (action, attempts):
                    seen["machine differs"] += 1
                    print(f"seed {seed}: kernel {action} {attempts}, machine {machine.attempts}, {same}")
                    break
                wrong = refuted(claim, attempts, same.headroom)
                if wrong is not None:
                    seen["refuted"] += 1
                    print(f"seed {seed}: {wrong}, {same}\n{listing(image)}")
                    break
    return seen


def on_verifier(first: int, count: int, budget: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        image, entry = program(seed, Options(for_kernel=True, size=4 + seed % 8))
        with Loader(image) as loader:
            try:
                answer = Prover(loader, image, entry, explore(image, entry, budget)).answer()
            except Refused:
                seen["refused"] += 1
                continue
        seen["programs"] += 1
        for proof in answer.proofs:
            seen[f"{proof.claim.quantity.value}: {proof.answer.value}"] += 1
            if proof.answer is Answer.TIGHTER:
                print(f"seed {seed}: {proof.claim}, the kernel proves {proof.bound}")
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--kernel", action="store_true")
    parser.add_argument("--proofs", action="store_true")
    parser.add_argument("--budget", type=int, default=6000)
    asked = parser.parse_args()
    hunt = on_verifier if asked.proofs else on_kernel if asked.kernel else on_machine
    print(dict(hunt(asked.first, asked.count, asked.budget)))


if __name__ == "__main__":
    main()
