"""Writing to the terminal, whatever it is: a pipe that closes, an encoding without our letters."""

from __future__ import annotations

import io
import os
import sys

from xdp_lsp.cli.status import UsageError


def prepare_streams() -> None:
    """Make output that the terminal's encoding lacks appear escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write `text` to stdout. A reader that went away (`| head`) is no fault; what it left is dropped."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit, which would be told as an ignored exception.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        raise UsageError(f"the output cannot be written: {problem.strerror}") from problem


def error(sentence: str) -> None:
    """Tell why nothing came of the command."""
    print(f"xdp-lsp: error: {sentence}", file=sys.stderr)


def note(sentence: str) -> None:
    """Tell something beside the output proper."""
    print(f"xdp-lsp: {sentence}", file=sys.stderr)


def wants_colour(choice: str) -> bool:
    """Whether stdout gets colours: `always`, `never`, or `auto`: on a terminal, unless NO_COLOR is set.

    https://no-color.org; TERM=dumb cannot show them.
    """
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
