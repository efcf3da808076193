"""Which part of the source a finding's squiggle stands under, once libclang has told the extents."""

from __future__ import annotations

from enum import Enum


class Underline(Enum):
    DELTA = "delta"  # the delta argument of the call at the finding's place
    CALL = "call"  # the whole call
    PLACE = "place"  # the place as it is
