"""What calls report of one path, for the record of all paths."""

from __future__ import annotations

from typing import Protocol

from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import Bounds, Gap, Standing


class Log(Protocol):
    """Where calls report what was learnt (see `record.Record`)."""

    def attempt(
        self, pc: int, attempt: Attempt, facts: Facts, demand: Linear, moved_at: tuple[int, ...]
    ) -> None: ...

    def not_made_good(self, demand: int) -> None: ...

    def gap(self, gap: Gap) -> None: ...

    def tail_call(self, pc: int, array: str | None) -> None: ...

    def entered(self, entry: int, standing: Standing) -> None: ...

    def ended(self, standing: Standing) -> None: ...

    def redirect(self, pc: int, taken: Bounds, *, may_move_after: bool) -> None: ...
