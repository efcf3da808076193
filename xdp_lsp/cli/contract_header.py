"""`xdp-lsp contract-header`: the header with which programs state contracts, for a project's own tree."""

from __future__ import annotations

import argparse

from xdp_lsp.cli.output import write
from xdp_lsp.cli.status import CLEAN
from xdp_lsp.toolchain import contract_header


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "As in: xdp-lsp contract-header > include/xdp_contract.h"


def run(arguments: argparse.Namespace) -> int:
    write(contract_header())
    return CLEAN
