"""What the kernel says of each claim: plain records."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from xdp_lsp.proof.assertions import Claim


class Answer(Enum):
    """How the kernel's verifier stands to a claim of ours."""

    PROVED = "proved"  # and it proves no tighter bound
    TIGHTER = "kernel is tighter"  # proved, and a tighter one as well: ours is imprecise
    NOT_PROVABLE = "not provable"  # its verifier cannot follow; `bound` is the best it can do


class Proof(NamedTuple):
    """`bound` is the tightest that the kernel proves; None where it proves none, or (TIGHTER) that the calls are
    never reached.
    """

    claim: Claim
    answer: Answer
    bound: int | None


class ProgramProof(NamedTuple):
    """The proofs for one program; `problem` is a sentence that says why there are none.

    `remarks` are sentences about what was not put to the kernel, and what else the proofs rest on.
    """

    program: str
    proofs: tuple[Proof, ...] = ()
    problem: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        return not self.problem and all(proof.answer is not Answer.NOT_PROVABLE for proof in self.proofs)
