"""What the kernel's verifier writes: its log, as text, made into records.

Knows the formats from Linux 4.14 to 7.3, and what loaders and terminals put around them. No text makes it fail. Says
what the kernel said and where; what that means for a program is others' to say.
"""

from xdp_lsp.vlog.messages import Explanation, explain
from xdp_lsp.vlog.parser import LARGEST_LOG, looks_like_log, parse, parse_one
from xdp_lsp.vlog.records import Diagnosis, Figures, Outcome, ProgramLog, SourceLine, VerifierLog, Visit
from xdp_lsp.vlog.register import Register, Scalar, State, parse_state
from xdp_lsp.vlog.walk import Point, last_point, last_visit, last_write, points

__all__ = [
    "LARGEST_LOG",
    "Diagnosis",
    "Explanation",
    "Figures",
    "Outcome",
    "Point",
    "ProgramLog",
    "Register",
    "Scalar",
    "SourceLine",
    "State",
    "VerifierLog",
    "Visit",
    "explain",
    "last_point",
    "last_visit",
    "last_write",
    "looks_like_log",
    "parse",
    "parse_one",
    "parse_state",
    "points",
]
