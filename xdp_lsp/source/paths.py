"""Names of files."""

from __future__ import annotations

import os


def path_key(path: str) -> str:
    """What all names of one file have in common: links followed, case folded where the system does."""
    return os.path.normcase(os.path.realpath(path))
