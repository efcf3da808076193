"""Choose the command, and turn whatever goes wrong into a sentence and an exit status."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn, Protocol

import xdp_lsp
from xdp_lsp.cli.output import error, prepare_streams
from xdp_lsp.cli.status import FAILED, INTERRUPTED, TERMINATED, UsageError

_DEBUG = "XDP_LSP_DEBUG"


class Command(Protocol):
    """A module that is one command. It is imported only when its command is given, so that each starts fast."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


class _Entry(NamedTuple):
    """`compiles` commands run clang: they take flags for it after `--`, and must not leave it behind."""

    module: str
    summary: str
    compiles: bool = False


_COMMANDS = {
    "check": _Entry("xdp_lsp.cli.check", "analyse C files, folders or built objects", compiles=True),
    "prove": _Entry(
        "xdp_lsp.cli.prove", "have the running kernel prove what check says (root)", compiles=True
    ),
    "log": _Entry("xdp_lsp.cli.log", "show a kernel verifier log on the source", compiles=True),
    "serve": _Entry("xdp_lsp.cli.serve", "run the language server"),
    "hover": _Entry("xdp_lsp.cli.hover", "show what an editor shows at a place in a file", compiles=True),
    "disasm": _Entry(
        "xdp_lsp.cli.disasm", "show the code with its source and what is known there", compiles=True
    ),
    "hints": _Entry(
        "xdp_lsp.cli.hints", "show what an editor shows at the calls and programs of a file", compiles=True
    ),
    "actions": _Entry(
        "xdp_lsp.cli.actions", "show the changes that an editor offers, or make one", compiles=True
    ),
    "drivers": _Entry("xdp_lsp.cli.drivers", "list the targets and their headroom"),
    "doctor": _Entry(
        "xdp_lsp.cli.doctor", "show which compiler, headers and settings are in use", compiles=True
    ),
    "init": _Entry("xdp_lsp.cli.init", "write the flags that were guessed to .xdp-lsp.toml", compiles=True),
    "contract-header": _Entry(
        "xdp_lsp.cli.contract_header", "print the C header with which programs promise what they prepend"
    ),
    "vmlinux-header": _Entry("xdp_lsp.cli.vmlinux_header", "print the running kernel's types as C"),
    "explain": _Entry("xdp_lsp.cli.explain", "print the manual page of a finding's code"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` lists what there is")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's); the exit status."""
    prepare_streams()
    debugging = bool(os.environ.get(_DEBUG))
    _set_up_logging(debugging)
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except UsageError as problem:
        error(str(problem))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as problem:
        if debugging:
            raise
        error(
            f"internal error ({type(problem).__name__}: {problem}); run again with {_DEBUG}=1 and report "
            "what it prints, with the file if you can"
        )
        return FAILED


def _run(argv: list[str]) -> int:
    parser = _Parser(
        prog="xdp-lsp",
        description="Bounds what XDP programs prepend, and says which drivers' headroom that fits.",
    )
    parser.add_argument("--version", action="version", version=f"xdp-lsp {xdp_lsp.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules: dict[str, Command] = {}
    # Options before the command are the parser's own and end the program.
    chosen = next((word for word in argv if not word.startswith("-")), None)
    flags: list[str] = []
    if chosen in _COMMANDS and _COMMANDS[chosen].compiles:
        # An exception, so that clang and the temporary folders of a compile go with us.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
        if "--" in argv:
            split = argv.index("--")
            argv, flags = argv[:split], argv[split + 1 :]
    for name, entry in _COMMANDS.items():
        command_parser = commands.add_parser(
            name, help=entry.summary, description=_sentence(entry.summary), allow_abbrev=False
        )
        if name == chosen:
            modules[name] = importlib.import_module(entry.module)
            modules[name].add_arguments(command_parser)
    arguments = parser.parse_args(argv)
    arguments.flags = flags
    return modules[arguments.command].run(arguments)


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _set_up_logging(debugging: bool) -> None:
    """Tracebacks of faults that were survived go to stderr for those who asked, to nobody otherwise."""
    if debugging:
        logging.basicConfig(level=logging.DEBUG)
    else:
        logging.getLogger("xdp_lsp").addHandler(logging.NullHandler())
