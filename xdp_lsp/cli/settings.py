"""The settings for the files that a command is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from xdp_lsp.cli.output import note
from xdp_lsp.cli.status import UsageError
from xdp_lsp.settings import Origin, Settings, load_settings


def settings_loader(command_line: dict[str, object], *, quietly: bool = False) -> Callable[[str], Settings]:
    """The settings for the files of a folder; each problem is told once, or `quietly` not at all."""
    told: set[str] = set()

    @cache
    def load(folder: str) -> Settings:
        settings, problems = load_settings(Path(folder), command_line=command_line)
        for problem in problems:
            if problem.origin is Origin.COMMAND_LINE:
                raise UsageError(problem.message)
            if not quietly and str(problem) not in told:
                told.add(str(problem))
                note(str(problem))
        return settings

    return load
