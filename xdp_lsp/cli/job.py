"""What is asked of one file."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.pipeline.memory import Question
from xdp_lsp.project import DEFAULT
from xdp_lsp.settings import Settings


class Job(NamedTuple):
    """`in_full`: with what is known of each instruction, and with the lines around those that are named."""

    path: str  # absolute
    settings: Settings
    configuration: str = DEFAULT  # the first that the file has
    in_full: bool = False

    @property
    def question(self) -> Question:
        return Question(self.path, self.settings, self.configuration)

    @property
    def can_be_kept(self) -> bool:
        return not self.in_full and self.question.can_be_kept
