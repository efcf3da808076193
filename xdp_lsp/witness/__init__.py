"""Inputs that show what a program asks for: found by a directed search, and confirmed by the concrete machine."""

from xdp_lsp.witness.result import Decision, Witness

__all__ = ["Decision", "Witness"]
