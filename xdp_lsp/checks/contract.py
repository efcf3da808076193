"""A contract as it stands in a source or an object, and whether a program keeps it."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.headroom import Contract
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.result import CallSite


class Breach(NamedTuple):
    """What keeps a contract from being kept, in a phrase, and the instruction that it happens at.

    `site` is the call that asks for too much, where it is a call.
    """

    pc: int
    text: str
    site: CallSite | None = None


class HeldContract(NamedTuple):
    """A contract of a program and what came of it; picklable.

    `place` is that of the comment or the macro, else of the program's first line. `in_object`: it is a tag of the
    object, else a comment of the source. `kept` is None where that cannot be shown. Where it is not True, `reason` is
    a clause that says why, and `notes` and `suggestion` are as in `Finding`.
    """

    contract: Contract
    place: SourceRange | None
    in_object: bool
    kept: bool | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    suggestion: str = ""
    breach: Breach | None = None

    @property
    def outcome(self) -> str:
        """`kept`, `broken` or `not shown`."""
        return "not shown" if self.kept is None else "kept" if self.kept else "broken"

    def __str__(self) -> str:
        """For a line of text: `prepends at most 64 (kept)`."""
        return f"{self.contract.text} ({self.outcome})"
