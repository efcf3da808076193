"""The lines of a log without what terminals, system logs and people put around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Longer lines are no kernel's: a state with all 64 slots of the stack has about 8 KiB.
LONGEST_LINE = 1 << 14

_LINE_END = re.compile(r"\r*\n|\r")
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_TIME = re.compile(
    r"(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?"  # dmesg
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [^\s:]+:(?: |$)"  # syslog, journalctl
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ [^\s:]+:(?: |$))"  # the same with -o short-iso
)
_QUOTE = re.compile(r"(?:> ?)+(?!>* *\d+ \|)")


def clean_lines(text: str, skipped: int) -> Iterator[tuple[int, str]]:
    """Each line of `text` with its number, counted from `skipped` + 1, without indentation."""
    start, number = 0, skipped
    has_escapes = "\x1b" in text
    for end in _LINE_END.finditer(text):
        number += 1
        yield number, _clean(text[start : min(end.start(), start + LONGEST_LINE)], has_escapes)
        start = end.end()
    if start < len(text):
        yield number + 1, _clean(text[start : start + LONGEST_LINE], has_escapes)


def _clean(line: str, has_escapes: bool) -> str:
    if has_escapes:
        line = _ESCAPE.sub("", line)
    line = line.strip(" \t\0\f\v\x1b\ufeff")
    if line[:1] in "[>" or line[:1].isupper() or line[:2] == "20":
        line = _TIME.sub("", line, count=1) if line[:1] != ">" else line
        if line[:1] == ">" and line[:3] != ">>>":
            line = _QUOTE.sub("", line, count=1)
        line = line.strip()
    return line
