"""The terminal that editors are driven in shows what a program writes, and ends with it."""

from __future__ import annotations

import time

import pytest
from terminal import Terminal


def test_it_types_and_reads(tmp_path):
    with Terminal(["sh"], tmp_path, {"PS1": "% "}) as terminal:
        terminal.wait("%")
        terminal.type('tput setaf 1; echo $((6 * 7)) -- "$PS1"; pwd\n')
        terminal.wait("42 -- %", str(tmp_path))
        assert "\x1b[31m42" in terminal.colours()


def test_what_never_comes_is_told_with_the_screen(tmp_path):
    with (
        Terminal(["sh", "-c", "echo here; exec cat"], tmp_path) as terminal,
        pytest.raises(AssertionError, match=r"within 0.2 s the screen never shows 'elsewhere':\nhere"),
    ):
        terminal.wait("elsewhere", limit=0.2)


def test_a_program_that_ends_is_not_waited_for(tmp_path):
    began = time.monotonic()
    with (
        Terminal(["sh", "-c", "echo last words"], tmp_path) as terminal,
        pytest.raises(AssertionError, match="last words"),
    ):
        terminal.wait("elsewhere")
    assert time.monotonic() - began < 10
