"""Comments that silence a finding: `/* xdp-lsp: allow(CODE) reason */`. Without a reason one silences nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from xdp_lsp.analysis.directives import Directive, annotated_sources
from xdp_lsp.checks import CODES, Finding, Severity, nearest_code
from xdp_lsp.checks.kernel_refused import CODE as KERNEL_REFUSED  # found later, if at all
from xdp_lsp.checks.unused_suppression import CODE, SEVERITY
from xdp_lsp.headroom import is_contract

_ALLOW = re.compile(r"allow\s*\(([^()]*)\)(.*)")


class Suppression(NamedTuple):
    """One directive that is meant to silence something; `codes` is empty where it was not understood."""

    directive: Directive
    codes: tuple[str, ...]
    reason: str

    def silences(self, finding: Finding, covers: int | None) -> bool:
        """`covers` is the line that the comment is for which `finding` is about, should it be about one."""
        place = finding.range
        return (
            bool(self.reason)
            and finding.code in self.codes
            and place is not None
            and place.path == self.path
            and (place.line <= self.directive.covers <= place.end_line or self.directive.covers == covers)
        )

    @property
    def path(self) -> str:
        return self.directive.place.path


def find_suppressions(directives: Iterable[Directive]) -> Iterator[Suppression]:
    """Those of `directives` that are no contracts."""
    for directive in directives:
        if is_contract(directive.text):
            continue
        allow = _ALLOW.match(directive.text)
        codes = tuple(word.strip() for word in allow[1].split(",") if word.strip()) if allow else ()
        yield Suppression(directive, codes, allow[2].strip() if allow else "")


def apply_suppressions(
    findings: Sequence[Finding], main: str, read_source: Callable[[str], str | None]
) -> tuple[Finding, ...]:
    """`findings` with the silenced ones marked, and what is wrong with the comments added.

    Comments are looked for in `main` and in every file that a finding stands in.
    """
    paths = dict.fromkeys([main, *(f.range.path for f in findings if f.range is not None)])
    directives = [one for source in annotated_sources(paths, read_source) for one in source.directives]
    suppressions = list(find_suppressions(directives))
    if not suppressions:
        return tuple(findings)
    # What is said of a comment of ours (a contract) is silenced by one for the same line of code.
    covers = {directive.place.start: directive.covers for directive in directives}
    used: set[tuple[Suppression, str]] = set()
    marked = []
    for finding in findings:
        about = covers.get(finding.range.start) if finding.range is not None else None
        silencer = next((s for s in suppressions if s.silences(finding, about)), None)
        if silencer is not None:
            used.add((silencer, finding.code))
            finding = finding._replace(suppressed=silencer.reason)  # noqa: PLW2901
        marked.append(finding)
    return (*marked, *_complaints(suppressions, used, main))


def _complaints(
    suppressions: Iterable[Suppression], used: set[tuple[Suppression, str]], main: str
) -> Iterator[Finding]:
    for suppression in suppressions:
        if not suppression.codes:
            yield _complaint(
                suppression, "this comment silences nothing: it is not `xdp-lsp: allow(CODE) reason`"
            )
            continue
        for code in suppression.codes:
            if code not in CODES:
                nearest = nearest_code(code)
                meant = f"; is {nearest} meant?" if nearest else ""
                yield _complaint(
                    suppression, f"this comment silences nothing: no check has the code {code}{meant}"
                )
            elif not suppression.reason:
                yield _complaint(suppression, f"this comment does not silence {code}: it gives no reason")
            elif (suppression, code) not in used and suppression.path == main and code != KERNEL_REFUSED:
                unused = _complaint(suppression, f"this comment silences nothing: there is no {code} here")
                yield unused._replace(only_if_everywhere=True)


def _complaint(suppression: Suppression, message: str) -> Finding:
    place = suppression.directive.place
    severity: Severity = SEVERITY
    return Finding(CODE, severity, message, place, program="", where=suppression.path, subject=message)
