"""Exit statuses. They depend on what was found, never on the output format."""

from __future__ import annotations

CLEAN = 0
FOUND = 1  # a finding is as grave as --fail-on
FAILED = 2  # usage, a file that does not compile or cannot be read, a fault of ours
UNKNOWN = 3  # with --strict: a verdict is unknown
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
TERMINATED = 143  # 128 + SIGTERM


class UsageError(Exception):
    """The command line cannot be run; the message is one sentence."""
