"""The answer for one file in one configuration: compact, picklable, without the object it came from."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from xdp_lsp.checks.contract import HeldContract
from xdp_lsp.checks.finding import Finding, RelatedPlace
from xdp_lsp.headroom.senders import Sender
from xdp_lsp.headroom.target import Target
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier.result import CallSite, Exploration, Redirect, Standing


class Verdict(Enum):
    FITS = "fits"
    MAY_EXCEED = "may-exceed"  # some run may ask too much of some target
    EXCEEDS = "exceeds"  # every run that gets to some call asks too much of some target
    UNKNOWN = "unknown"


class Status(Enum):
    ANALYSED = "analysed"
    COMPILE_ERROR = "compile-error"
    UNREADABLE = "unreadable"
    NO_PROGRAM = "no-program"


class TargetVerdict(NamedTuple):
    """`short_to_send` is what redirected frames may lack in front of them to be sent, in bytes."""

    target: Target
    fits: bool | None  # None: not known
    short_to_send: int = 0


class CallAnalysis(NamedTuple):
    """A call site with its place in the source.

    `because` are the places that its largest demand came from. The enrichment pass fills in the call sites that it was
    inlined through, innermost first, and the text of the call: of several calls of which the compiler made one, the
    text of each.
    """

    site: CallSite
    instruction: int  # slots from the start of the call's function's section, as llvm-objdump counts
    location: SourceLocation | None
    because: tuple[RelatedPlace, ...] = ()
    inlined_at: tuple[SourceLocation, ...] = ()
    extents: tuple[SourceRange, ...] = ()


class RedirectAnalysis(NamedTuple):
    """A redirect with its place in the source; `instruction` is as in `CallAnalysis`."""

    redirect: Redirect
    instruction: int
    location: SourceLocation | None


class ProgramAnalysis(NamedTuple):
    """`sender` is, of the drivers that frames are redirected to, the one that wants most; None: none was named.

    `counts_all` is as in ProgramView: where it does not, all numbers are on top of what ran before.
    """

    name: str
    section: str
    instructions: int
    location: SourceLocation | None  # of the program's first line
    exploration: Exploration
    verdict: Verdict
    targets: tuple[TargetVerdict, ...]
    calls: tuple[CallAnalysis, ...]
    redirects: tuple[RedirectAnalysis, ...] = ()
    sender: Sender | None = None
    contracts: tuple[HeldContract, ...] = ()
    counts_all: bool = True


class FileAnalysis(NamedTuple):
    """`reason` says, in a sentence, why `status` is not ANALYSED.

    `words` are the functions that were taken for XDP programs on the user's word: as `load_image` has them.
    """

    path: str
    configuration: str
    status: Status
    programs: tuple[ProgramAnalysis, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    words: tuple[str, ...] = ()
    left: Standing | None = None  # where its programs leave a packet's start; None where that is not known
