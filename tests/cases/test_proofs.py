"""The kernel's verifier proves what is claimed of every annotated program, or LIMITS says why it cannot.

A claim that the kernel refuses is not wrong: its verifier may see less. But every such place is known here by name,
with the reason; runs (`tests/oracle`) are what such claims are held against.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from tests.cases.building import CASES, USUAL, Build, builds, built, explored, object_of
from xdp_lsp.kernel import Loader, why_unavailable
from xdp_lsp.objfile import load
from xdp_lsp.program import Program
from xdp_lsp.proof import Answer, Claim, Quantity
from xdp_lsp.proof.prove import Prover

DELTA = frozenset((Quantity.LEAST_DELTA, Quantity.LARGEST_DELTA))
NEED = frozenset((Quantity.DEMAND,))
ANYTHING = frozenset(Quantity)  # the program itself is refused


class Limit(NamedTuple):
    """What the verifier cannot follow in a program, and the build with which that shows; it may with others.

    `builds` are those that it is about at all, a regular expression. `is_costly`: each refusal takes a second.
    """

    claims: frozenset[Quantity]
    why: str
    build: Build = USUAL
    builds: str = ".*"
    is_costly: bool = False


_ITERATOR = "it does not count an iterator's rounds: to it they may go on, and end, at any time"
_HALF_SLOT = "it forgets numbers in the upper half of a stack slot"
_RELATION = "it keeps ranges of single values, and no relation between two"
_HOLE = "it does not know that a value is not one in the middle of its range"
_SIGNS = "it takes an exclusive or with a sign for any bits"
_MILLION = "it gives up after a million instructions"
_SHIFTED_COUNTER = Limit(
    ANYTHING,
    f"{_MILLION}: shifts hide the counter's 32 bits",
    Build("wheel", "v1", "-O1"),
    ".*-v[12]-.*",
    is_costly=True,
)

LIMITS = {
    ("aligned_length.c", "prog"): Limit(
        DELTA | NEED, "67 & ~3 is 64: it masks the bits, and keeps the bound 67"
    ),
    ("bpf_for.c", "indexed"): Limit(
        DELTA | NEED,
        "it checks a copy of the index that was shifted, and not the index",
        Build("clang-14", "v2", "-O1"),
        "clang-14-v[12]-O1",
    ),
    ("bpf_for.c", "sums"): Limit(DELTA | NEED, _ITERATOR, is_costly=True),
    ("bpf_for.c", "rounds"): Limit(NEED, _ITERATOR, is_costly=True),
    ("bpf_for.c", "breaks"): Limit(NEED, _ITERATOR, is_costly=True),
    ("correlated_bits.c", "prog"): Limit(
        ANYTHING, f"{_MILLION}: it walks the branches one by one", is_costly=True
    ),
    ("countdown.c", "prog"): _SHIFTED_COUNTER,
    ("counts_down_from_variable.c", "prog"): _SHIFTED_COUNTER,
    ("endless_prepends.c", "prog"): Limit(ANYTHING, f"{_MILLION}: nothing bounds the loop", is_costly=True),
    ("flag_without_branch.c", "distance"): Limit(DELTA | NEED, _SIGNS),
    ("iterator_in_function.c", "prog"): Limit(DELTA | NEED, f"{_ITERATOR}; {_HALF_SLOT}"),
    ("iterator_length.c", "prog"): Limit(DELTA | NEED, _ITERATOR, is_costly=True),
    ("iterator_prepends.c", "prog"): Limit(NEED, _ITERATOR, is_costly=True),
    ("iterator_value.c", "prog"): Limit(DELTA | NEED, _ITERATOR),
    ("iterators_nested.c", "prog"): Limit(NEED, _ITERATOR, is_costly=True),
    ("kinds_told_apart_twice.c", "prog"): Limit(
        ANYTHING,
        "it loses the check of the index where clang 22 makes a table",
        Build("wheel", "v4", "-O2"),
        "wheel-v4-.*",
    ),
    ("labels.c", "prog"): Limit(
        DELTA | NEED, "it takes the exclusive or of a shifted length for any bits: -120"
    ),
    ("length_in_struct.c", "prog"): Limit(DELTA | NEED, _HALF_SLOT),
    ("limit_minus.c", "prog"): Limit(NEED, _RELATION),
    ("other_than.c", "prog"): Limit(NEED, _HOLE),
    ("other_than.c", "kinds"): Limit(NEED, _HOLE),
    ("redirect_result.c", "prog"): Limit(DELTA | NEED, "it takes bpf_redirect() to return anything"),
    ("room_handed_on.c", "prog"): Limit(DELTA | NEED, _RELATION),
    ("room_in_packet.c", "prog"): Limit(DELTA | NEED, _RELATION),
    ("room_in_words.c", "prog"): Limit(DELTA | NEED, _RELATION),
    ("room_left.c", "prog"): Limit(NEED, _RELATION),
    ("shifted_by_variable.c", "prog"): Limit(DELTA | NEED, "1 shifted by a variable is anything to it"),
    ("strip_and_readd.c", "prog"): Limit(NEED, _RELATION),
    ("sum_checked.c", "prog"): Limit(DELTA | NEED, _RELATION),
    ("table.c", "prog"): Limit(DELTA | NEED, "an entry of a table at a variable index is any byte to it"),
    ("unchecked_loop.c", "prog"): Limit(
        NEED, f"{_MILLION}: every sequence of outcomes has its own total", is_costly=True
    ),
}


@contextmanager
def provers(case: str, build: Build) -> Iterator[list[tuple[Program, Prover]]]:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    image = built(case, build)
    with Loader(image, load(object_of(case, build))) as loader:
        found = explored(case, build)
        yield [(one, Prover(loader, image, one, found[one.name])) for one in image.programs]


def limit_of(case: str, program: Program, claim: Claim, build: Build) -> Limit | None:
    limit = LIMITS.get((case, program.name))
    is_met = limit and re.fullmatch(limit.builds, str(build)) and claim.quantity in limit.claims
    return limit if is_met else None


@pytest.mark.parametrize("build", builds(), ids=str)
@pytest.mark.parametrize("case", CASES)
def test_kernel_proves_what_is_claimed_and_nothing_tighter(case: str, build: Build) -> None:
    """A bound that is tighter by one byte is refused: the assertions bite, and ours is exact to the kernel as well."""
    with provers(case, build) as found:
        for program, prover in found:
            limits = {claim: limit_of(case, program, claim, build) for claim in prover.claims}
            claims = [claim for claim, limit in limits.items() if limit is None]
            together = prover.holds(claims) if claims else True
            proofs = [prover.prove(claim, holds=together) for claim in claims]
            assert [proof for proof in proofs if proof.answer is not Answer.PROVED] == [], program.name
            for claim, limit in limits.items():
                if limit is not None and not limit.is_costly:
                    assert prover.prove(claim).answer is not Answer.TIGHTER


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(*key, marks=() if limit.build == USUAL else pytest.mark.matrix)
        for key, limit in LIMITS.items()
    ],
)
def test_what_is_listed_is_not_provable(case: str, name: str) -> None:
    limit = LIMITS[case, name]
    with provers(case, limit.build) as found:
        (prover,) = (prover for program, prover in found if program.name == name)
        proved = prover.holds([claim for claim in prover.claims if claim.quantity in limit.claims])
    assert not proved, f"remove it from LIMITS: the verifier does not lack that {limit.why}"


def test_most_is_put_to_the_kernel() -> None:
    """No claim is lost on the way: nearly all programs have a proof of their need, all calls one of their delta."""
    programs = needs = 0
    for case in CASES:
        with provers(case, USUAL) as found:
            for program, prover in found:
                programs += bool(explored(case, USUAL)[program.name].calls)
                needs += any(claim.quantity is Quantity.DEMAND for claim in prover.claims)
    assert programs > 60
    assert needs > 0.8 * programs
