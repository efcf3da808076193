"""Processes of our own, started so that the current folder has no say in what they run."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing import util
from multiprocessing.context import SpawnContext


def spawn_context() -> SpawnContext:
    """multiprocessing's "spawn", the one method that every platform has.

    It starts `python -c`, for which the current folder comes first: a `multiprocessing.py` in a workspace would be run.
    """
    if sys.version_info >= (3, 11):
        os.environ["PYTHONSAFEPATH"] = "1"
    else:
        # A child is told our own path before it imports anything of ours.
        util._args_from_interpreter_flags = lambda: ["-I"]
    return multiprocessing.get_context("spawn")
