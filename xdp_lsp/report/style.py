"""Colours of a terminal, or none."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.checks import Severity


class Style(NamedTuple):
    """Wraps text in SGR codes (ECMA-48) where `colour` is set."""

    colour: bool

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def caret(self, text: str) -> str:
        return self._wrap("1;32", text)

    def severity(self, severity: Severity, text: str) -> str:
        codes = {Severity.ERROR: "1;31", Severity.WARNING: "1;35", Severity.INFORMATION: "1;36"}
        return self._wrap(codes[severity], text)

    def good(self, text: str) -> str:
        return self._wrap("32", text)

    def verdict(self, program: ProgramAnalysis, text: str) -> str:
        """`text`, which tells the verdict on `program`, by how grave that is."""
        if not all(held.kept for held in program.contracts):
            return self.severity(Severity.ERROR, text)
        if program.verdict is Verdict.FITS:
            return self.good(text)
        severity = {Verdict.EXCEEDS: Severity.ERROR, Verdict.MAY_EXCEED: Severity.WARNING}
        return self.severity(severity.get(program.verdict, Severity.INFORMATION), text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text
