"""What ends a run before the program does."""

from __future__ import annotations


class Fault(Exception):  # noqa: N818 - the program's, not ours
    """The program did what no verifier would have let through, or ran too long."""


class Unmodelled(Fault):
    """The program did something whose outcome the machine does not know."""
