"""Which configurations of each file a command looks at."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from xdp_lsp.cli.job import Job
from xdp_lsp.cli.output import note
from xdp_lsp.cli.status import UsageError
from xdp_lsp.pipeline import configurations_of
from xdp_lsp.pipeline.files import is_object
from xdp_lsp.project import DEFAULT
from xdp_lsp.settings import Settings


def add_option(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """`otherwise` says which are looked at without it. It is no setting: that of this name is a list of tables."""
    parser.add_argument(
        "--configuration",
        dest="only_configuration",
        metavar="NAME",
        help=f"look at this configuration of the file (default: {otherwise})",
    )


def configuration_for(path: str, settings: Settings, name: str | None) -> str:
    """`name`, or the first that the file at `path` (absolute) has. Raises UsageError where it has none of that name."""
    names = _names(path, settings)
    if name is None or name in names:
        return name or names[0]
    have = f"it has {', '.join(names)}" if names != (DEFAULT,) else "it has none"
    raise UsageError(f"{path} has no configuration {name}; {have}")


def jobs_for(files: Sequence[tuple[str, Settings]], name: str | None, *, chain: bool) -> Iterator[list[Job]]:
    """What is to be done for each of `files` (absolute): a job for each configuration, or for that of `name` alone.

    In a chain a file has one. Raises UsageError where no file has the configuration `name`; those that have not are
    counted.
    """
    left_out = 0
    for path, settings in files:
        names = _names(path, settings)
        if name is not None:
            left_out += name not in names
            names = (name,) if name in names else ()
        elif chain and len(names) > 1:
            note(f"{path} has several configurations; the chain takes {names[0]}: --configuration chooses")
            names = names[:1]
        yield [Job(path, settings, one) for one in names]
    if left_out and left_out == len(files):
        raise UsageError(f"none of the files has a configuration {name}")
    if left_out:
        files_have = "1 file has" if left_out == 1 else f"{left_out} files have"
        note(f"{files_have} no configuration {name} and {'is' if left_out == 1 else 'are'} left out")


def _names(path: str, settings: Settings) -> tuple[str, ...]:
    return (DEFAULT,) if is_object(path) else configurations_of(path, settings)
