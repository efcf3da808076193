"""Has the running kernel prove what the analysis claims: claims in, the verifier's opinion of each out.

`prove` is the whole interface; `assertions` says what is put into a program.
"""

from xdp_lsp.proof.assertions import Claim, Quantity
from xdp_lsp.proof.prove import prove
from xdp_lsp.proof.result import Answer, ProgramProof, Proof

__all__ = ["Answer", "Claim", "ProgramProof", "Proof", "Quantity", "prove"]
