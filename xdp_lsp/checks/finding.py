"""What a check says about a place in the source."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from xdp_lsp.source import SourceRange
from xdp_lsp.witness import Witness


class Severity(Enum):
    """In the order of gravity; `rank` compares."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"

    @property
    def rank(self) -> int:
        return {"information": 0, "warning": 1, "error": 2}[self.value]


class RelatedPlace(NamedTuple):
    """A place that explains a finding: where the length was read, what narrowed it, where it was inlined."""

    range: SourceRange
    message: str


class Finding(NamedTuple):
    """One diagnostic.

    `message` is one sentence with the number; `notes` are further sentences (targets that do not fit, where
    the length came from); `suggestion` is what to write instead. `range` is None where the object has no
    line info; then `where` (program+instruction) stands in its place. `suppressed` holds the reason of the
    comment that silences it. With `only_if_everywhere` it is wrong of a file where one of its configurations has no
    such finding. `witness` is a run that was made, where one was looked for; a note tells of it.
    """

    code: str
    severity: Severity
    message: str
    range: SourceRange | None
    program: str
    where: str
    notes: tuple[str, ...] = ()
    suggestion: str = ""
    related: tuple[RelatedPlace, ...] = ()
    suppressed: str | None = None
    subject: str = ""
    weight: int = 0
    witness: Witness | None = None
    only_if_everywhere: bool = False
