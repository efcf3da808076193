"""`xdp-lsp actions`: the changes that an editor offers, as diffs; with `--apply` one of them is made."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from xdp_lsp.cli.configurations import configuration_for
from xdp_lsp.cli.one_file import add_options, place, settings_for
from xdp_lsp.cli.output import note, write
from xdp_lsp.cli.status import CLEAN, FOUND, UsageError
from xdp_lsp.ide.actions import Action, ActionsRequest, Lines, Text, applied, diff, find_actions, report_on
from xdp_lsp.pipeline import SourceSnapshot
from xdp_lsp.pipeline.files import LARGEST_SOURCE, UnreadableError, read_file
from xdp_lsp.report.model import FAILED
from xdp_lsp.source import SourceLocation, is_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="FILE[:LINE]", type=_place, help="where; lines count from 1")
    parser.add_argument(
        "--apply", type=int, metavar="N", help="make the change with this number: writes the file"
    )
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    path, line, _ = arguments.place
    settings = settings_for(path, arguments)
    try:
        contents = read_file(path, LARGEST_SOURCE)
    except UnreadableError as problem:
        raise UsageError(str(problem)) from None
    configuration = configuration_for(path, settings, arguments.only_configuration)
    snapshot = SourceSnapshot(path, contents, configuration)
    request = ActionsRequest(snapshot, settings, Lines(line, line) if line else None)
    control = _Control()
    report = report_on(request, control)
    if report.analysis.status in FAILED:
        raise UsageError(report.analysis.reason)
    actions = list(find_actions(request, control))
    if not actions:
        note("nothing to offer here")
        return FOUND
    text = Text(path, contents)
    if arguments.apply is None:
        name = os.path.relpath(path)
        told = (
            f"{number}. {action.title}\n{_shown(action, text, name)}"
            for number, action in enumerate(actions, 1)
        )
        write("\n".join(told))
        return CLEAN
    if not 1 <= arguments.apply <= len(actions):
        raise UsageError(f"there is no change {arguments.apply}; there are {len(actions)}")
    chosen = actions[arguments.apply - 1]
    if chosen.targets:
        raise UsageError(f"that is no change of {path}: choose the targets in .xdp-lsp.toml")
    try:
        Path(path).write_bytes(applied(chosen.edits, text))
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem
    note(chosen.title)
    return CLEAN


class _Control:
    """Nothing interrupts a command but the end of it."""

    def runs(self, group: int) -> None: ...

    def uninterrupted(self) -> AbstractContextManager[None]:
        return nullcontext()


def _place(text: str) -> SourceLocation:
    if is_file(text):
        return SourceLocation(os.path.abspath(text), 0)  # noqa: PTH100 - links stay as they are written
    return place(text) if ":" in text else SourceLocation(os.path.abspath(text), 0)  # noqa: PTH100


def _shown(action: Action, text: Text, name: str) -> str:
    return f"targets = {json.dumps(action.targets)}\n" if action.targets else diff(action, text, name)
