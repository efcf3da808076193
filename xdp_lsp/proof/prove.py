"""Puts the claims about a program to the running kernel: all at once, and where that fails one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection

from xdp_lsp.kernel import LoadError, Loader, Refused
from xdp_lsp.objfile import ObjectFile
from xdp_lsp.program.image import Image, Program
from xdp_lsp.proof.assertions import Claim, Ledger, Quantity, assertions
from xdp_lsp.proof.claims import claim_of_need, claims_of_calls
from xdp_lsp.proof.result import Answer, ProgramProof, Proof
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Exploration

# Bounds further out than this are none.
_FAR = UNBOUNDED_NEED + 1


def prove(image: Image, obj: ObjectFile, program: Program, exploration: Exploration) -> ProgramProof:
    """What the kernel says of `exploration`, the result for `program` of `image`, which was linked from `obj`."""
    problem = ""
    for functions_alone in (False, True):
        try:
            with Loader(image, obj, functions_alone=functions_alone) as loader:
                return Prover(loader, image, program, exploration).answer()
        except Refused as error:
            problem = problem or str(error)
        except LoadError as error:
            return ProgramProof(program.name, problem=str(error))
        if all(not function.is_global or function.start == program.entry for function in image.functions):
            break
    return ProgramProof(program.name, problem=problem)


class Prover:
    """The claims about one program, and the kernel's opinion of each."""

    def __init__(self, loader: Loader, image: Image, program: Program, exploration: Exploration) -> None:
        self._loader = loader
        self._image = image
        self._program = program
        self._ledger: Ledger | None = None
        self._remarks: list[str] = []
        self.claims = list(claims_of_calls(exploration))
        need = claim_of_need(image, program, exploration)
        if isinstance(need, str):
            self._remarks.append(f"The need is not put to the kernel: {need}.")
        else:
            claim, self._ledger = need
            self.claims.append(claim)
        if image.patched:
            self._remarks.append("CO-RE was applied: the proofs are about this kernel's types.")

    def answer(self) -> ProgramProof:
        """Raises Refused where the verifier does not take the program as it is."""
        together = self.holds(self.claims)
        if not together:
            self._loader.load(self._program).close()
        proofs = tuple(self.prove(claim, holds=together) for claim in self.claims)
        return ProgramProof(self._program.name, proofs, remarks=tuple(self._remarks))

    def prove(self, claim: Claim, *, holds: bool = False) -> Proof:
        """One claim; `holds` where it is known to be proved."""
        if holds or self.holds([claim]):
            return self._tighter(claim)
        if claim.quantity is Quantity.UNREACHABLE:
            return Proof(claim, Answer.NOT_PROVABLE, None)
        outwards = -claim.towards_tight
        most = max(_FAR - abs(claim.bound), 1)
        steps = _first(most, lambda steps: self.holds([_moved(claim, outwards * steps)]))
        bound = None if steps is None else claim.bound + outwards * steps
        return Proof(claim, Answer.NOT_PROVABLE, bound)

    def holds(self, claims: Collection[Claim]) -> bool:
        """Whether the kernel takes the program with an assertion of each of `claims`."""
        try:
            with self._loader.load(self._program, assertions(claims, self._ledger)):
                return True
        except Refused:
            return False

    def _tighter(self, claim: Claim) -> Proof:
        """A claim that is proved: whether the kernel proves more."""
        tightened = _moved(claim, claim.towards_tight)
        if claim.quantity is Quantity.UNREACHABLE or tightened == claim or not self.holds([tightened]):
            return Proof(claim, Answer.PROVED, claim.bound)
        failing = _first(
            _FAR + abs(claim.bound), lambda steps: not self.holds([_moved(claim, claim.towards_tight * steps)])
        )
        bound = None if failing is None else claim.bound + claim.towards_tight * (failing - 1)
        return Proof(claim, Answer.TIGHTER, bound)


def _moved(claim: Claim, by: int) -> Claim:
    """The claim with another bound, which stays a signed number of 32 bits."""
    return claim._replace(bound=max(-(1 << 31), min(claim.bound + by, (1 << 31) - 1)))


def _first(most: int, holds: Callable[[int], bool]) -> int | None:
    """The least number from 1 to `most` for which `holds`, which it does for all from there on; None without one."""
    if not holds(most):
        return None
    low, high = 0, most  # not for `low`, but for `high`
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
