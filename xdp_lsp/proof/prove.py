"""Puts the claims about a program to the running kernel: all at once, and where that fails one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection

from xdp_lsp.kernel import Loader, LoadError, Refused, functions_of
from xdp_lsp.objfile import ObjectFile
from xdp_lsp.program.image import Image, Program
from xdp_lsp.proof.assertions import Claim, Quantity, assertions
from xdp_lsp.proof.claims import claims_of
from xdp_lsp.proof.result import Answer, ProgramProof, Proof
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Exploration

# Bounds further out than this are none.
_FAR = UNBOUNDED_NEED + 1

_ALONE = "Global functions are looked at for any argument; call by call the kernel does not get through the program."


def prove(image: Image, obj: ObjectFile, program: Program, exploration: Exploration) -> ProgramProof:
    """What the kernel says of `exploration`, the result for `program` of `image`, which was linked from `obj`.

    Global functions are followed call by call, as the analysis follows them. A program that the verifier does not
    get through so has them looked at alone, as when it is loaded for good.
    """
    problem = ""
    for functions_alone in (False, True):
        try:
            with Loader(image, obj, functions_alone=functions_alone) as loader:
                answer = Prover(loader, image, program, exploration).answer()
                return answer._replace(remarks=(*answer.remarks, _ALONE)) if functions_alone else answer
        except Refused as error:
            problem = problem or str(error)
            if not any(one.is_global for one in functions_of(image, program)[1:]):
                break
        except LoadError as error:
            problem = str(error)
            break
    return ProgramProof(program, problem=problem)


class Prover:
    """The claims about one program, and the kernel's opinion of each."""

    def __init__(self, loader: Loader, image: Image, program: Program, exploration: Exploration) -> None:
        self._loader = loader
        self._program = program
        found = claims_of(image, program, exploration)
        self.claims = found.claims
        self._ledger = found.ledger
        self._no_need = found.no_need
        self._remarks = found.remarks

    def answer(self) -> ProgramProof:
        """Raises LoadError where the program as it is does not get into the kernel."""
        together = self.holds(self.claims)
        if not together:
            self._loader.load(self._program).close()
        proofs = tuple(self.prove(claim, holds=together) for claim in self.claims)
        return ProgramProof(self._program, proofs, no_need=self._no_need, remarks=self._remarks)

    def prove(self, claim: Claim, *, holds: bool = False) -> Proof:
        """One claim; `holds` where it is known to be proved."""
        refused = None if holds else self._refusal([claim])
        if refused is None:
            return self._tighter(claim)
        if claim.quantity is Quantity.UNREACHABLE or refused.is_too_large:
            return Proof(claim, Answer.NOT_PROVABLE, None)
        outwards = -claim.towards_tight
        most = max(_FAR - abs(claim.bound), 1)
        steps = _first(most, lambda steps: self.holds([_moved(claim, outwards * steps)]))
        bound = None if steps is None else claim.bound + outwards * steps
        return Proof(claim, Answer.NOT_PROVABLE, bound)

    def holds(self, claims: Collection[Claim]) -> bool:
        """Whether the kernel takes the program with an assertion of each of `claims`."""
        return self._refusal(claims) is None

    def _refusal(self, claims: Collection[Claim]) -> Refused | None:
        try:
            self._loader.load(self._program, assertions(claims, self._ledger)).close()
        except Refused as error:
            return error
        return None

    def _tighter(self, claim: Claim) -> Proof:
        """A claim that is proved: whether the kernel proves more."""
        tightened = _moved(claim, claim.towards_tight)
        if claim.quantity is Quantity.UNREACHABLE or tightened == claim or not self.holds([tightened]):
            return Proof(claim, Answer.PROVED, claim.bound)
        failing = _first(
            _FAR + abs(claim.bound),
            lambda steps: not self.holds([_moved(claim, claim.towards_tight * steps)]),
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
