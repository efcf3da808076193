"""What is shown of a program, at its name and at its section."""

from __future__ import annotations

import re

from tests.ide.annotated import cursors, report_of
from xdp_lsp.ide import hover
from xdp_lsp.ide.render import plain_text

NAME = "programs.c"


def pages() -> dict[str, str]:
    """The text of each hover in the file, by its first word."""
    found = {}
    for cursor, _ in cursors(NAME):
        shown = hover(report_of(NAME), cursor)
        assert shown is not None
        text = re.sub(r"\d+ instructions?", "# instructions", plain_text(shown.page))
        found[text.split(" ", 1)[0]] = text
    return found


def test_a_program_of_several_functions() -> None:
    assert (
        pages()["several"]
        == """\
several (xdp): needs at least 100 bytes

It exceeds 1 of 2 targets (portable 88, sfc).

# instructions, 2 subprograms (outer, inner); 1 tail call (programs.c:32); stack: 160 of 512 bytes.

Not followed: bpf_tail_call() into another program; assumed: nothing of what that one prepends.

  usable  fits                                       targets
  88      no, short by 12                            sfc
  152     not known; 52 left as far as was followed  ixgbe
"""
    )


def test_a_program_that_falls_back() -> None:
    assert pages()["made"].split("\n\n")[2:] == [
        "# instructions; stack: 32 of 512 bytes.",
        "  usable  fits                                  targets\n"
        "  88      by its fallback; short by 40 without  sfc\n"
        "  152     yes, 24 left                          ixgbe\n",
    ]


def test_a_program_that_takes_nothing() -> None:
    assert pages()["old_style"].split("\n\n")[1:] == [
        "It fits all 2 targets (portable 88, sfc).",
        "# instructions; stack: 32 of 512 bytes.\n",
    ]
