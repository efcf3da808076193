"""The one error of reading an object file."""

from __future__ import annotations


class ObjectError(Exception):
    """The file cannot be read as a BPF object at all; the message is one sentence that says why."""
