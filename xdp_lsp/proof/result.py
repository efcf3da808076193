"""What the kernel says of each claim: plain records."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from xdp_lsp.program.image import Program
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
    """The proofs for one program.

    `problem` is a sentence that says why the program is not in the kernel, so that nothing is proved. `no_need`
    says in words why no proof is about the need. `remarks` are sentences about what the proofs rest on.
    """

    program: Program
    proofs: tuple[Proof, ...] = ()
    problem: str = ""
    no_need: str = ""
    remarks: tuple[str, ...] = ()
