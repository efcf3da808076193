"""Comments that silence a finding: `/* xdp-lsp: allow(CODE) reason */`, in either comment style of C.

A comment after code is for the findings of its own line; one on a line of its own for those of the next line
of code. Without a reason it silences nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from xdp_lsp.checks import CODES, Finding, Severity, nearest_code
from xdp_lsp.checks.unused_suppression import CODE, SEVERITY
from xdp_lsp.source import Encoding, LineIndex, SourceRange

_MARK = "xdp-lsp:"
# Literals are matched so that what looks like a comment inside of one is passed over. A backslash at the end
# of a line continues a line comment (C11 5.1.1.2: phase 2 comes before phase 3).
_TOKEN = re.compile(
    r"""
      (?P<line>//(?:\\\r?\n|[^\r\n])*)
    | (?P<block>/\*.*?(?:\*/|\Z))
    | "(?:\\.|[^"\\\r\n])*"
    | '(?:\\.|[^'\\\r\n])*'
    """,
    re.VERBOSE | re.DOTALL,
)
_ALLOW = re.compile(r"xdp-lsp:\s*allow\s*\(([^)]*)\)(.*)", re.DOTALL)


class Suppression(NamedTuple):
    """One comment. `line` and `column` (bytes, from 1) are its own, `covers` is the line that it is for.

    `codes` is empty where the comment was not understood.
    """

    path: str
    line: int
    column: int
    covers: int
    codes: tuple[str, ...]
    reason: str

    def silences(self, finding: Finding) -> bool:
        place = finding.range
        return (
            bool(self.reason)
            and finding.code in self.codes
            and place is not None
            and place.path == self.path
            and place.line <= self.covers <= place.end_line
        )


def find_suppressions(path: str, text: str) -> tuple[Suppression, ...]:
    """Every comment of `text` that begins with `xdp-lsp:`."""
    if _MARK not in text:
        return ()
    comments = [match for match in _TOKEN.finditer(text) if match.lastgroup]
    index, code = LineIndex(text), LineIndex(_blanked(text, comments))
    found = []
    for match in comments:
        body = match[0][2:].removesuffix("*/").lstrip("*/!< \t\r\n")
        if not body.startswith(_MARK):
            continue
        line, column = index.position(match.start(), Encoding.UTF8)
        last, _ = index.position(match.end(), Encoding.UTF8)
        allow = _ALLOW.match(body)
        codes = tuple(word.strip() for word in allow[1].split(",") if word.strip()) if allow else ()
        reason = " ".join(re.sub(r"(?m)^\s*\*|\\$", " ", allow[2]).split()) if allow else ""
        covers = line if code.line(line).strip() else _next_code(code, last)
        found.append(Suppression(path, line + 1, column + 1, covers + 1, codes, reason))
    return tuple(found)


def apply_suppressions(
    findings: Sequence[Finding], main: str, read_source: Callable[[str], str | None]
) -> tuple[Finding, ...]:
    """`findings` with the silenced ones marked, and what is wrong with the comments added.

    Comments are looked for in `main` and in every file that a finding stands in.
    """
    paths = dict.fromkeys([main, *(f.range.path for f in findings if f.range is not None)])
    suppressions = [
        suppression
        for path in paths
        if (text := read_source(path)) is not None
        for suppression in find_suppressions(path, text)
    ]
    if not suppressions:
        return tuple(findings)
    used: set[tuple[Suppression, str]] = set()
    marked = []
    for finding in findings:
        silencer = next((s for s in suppressions if s.silences(finding)), None)
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
            elif (suppression, code) not in used and suppression.path == main:
                yield _complaint(suppression, f"this comment silences nothing: there is no {code} here")


def _complaint(suppression: Suppression, message: str) -> Finding:
    place = SourceRange(
        suppression.path, suppression.line, suppression.column, suppression.line, suppression.column
    )
    severity: Severity = SEVERITY
    return Finding(CODE, severity, message, place, program="", where=suppression.path, subject=message)


def _blanked(text: str, comments: Iterable[re.Match[str]]) -> str:
    """`text` with its comments turned to blanks, line ends kept."""
    parts, position = [], 0
    for match in comments:
        parts += [text[position : match.start()], re.sub(r"[^\r\n]", " ", match[0])]
        position = match.end()
    return "".join([*parts, text[position:]])


def _next_code(code: LineIndex, after: int) -> int:
    """The first line with code after line `after` (both from 0); `after` itself where there is none."""
    return next((n for n in range(after + 1, code.line_count) if code.line(n).strip()), after)
