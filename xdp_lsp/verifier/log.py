"""What a walk reports of one path, for the record of all paths."""

from __future__ import annotations

from typing import Protocol

from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear
from xdp_lsp.verifier.record import Attempt
from xdp_lsp.verifier.result import AssumedConstant, Bounds, Gap, Standing
from xdp_lsp.verifier.state import State


class Log(Protocol):
    """Where a walk reports what it met (see `record.Record`)."""

    def reached(self, state: State, pc: int) -> None:
        """`state` is about to go through the instruction at `pc`, which changes it."""

    def attempt(
        self, pc: int, attempt: Attempt, facts: Facts, demand: Linear, moved_at: tuple[int, ...]
    ) -> None: ...

    def not_made_good(self, demand: int) -> None: ...

    def gap(self, gap: Gap) -> None: ...

    def tail_call(self, pc: int, array: str | None) -> None: ...

    def entered(self, entry: int, standing: Standing) -> None: ...

    def ended(self, standing: Standing) -> None: ...

    def assumed(self, constant: AssumedConstant) -> None: ...

    def redirect(self, pc: int, taken: Bounds, *, may_move_after: bool) -> None: ...
