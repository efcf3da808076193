"""Inputs that tread on the boundaries of a program."""

from __future__ import annotations

import random

from tests.oracle.straight import BOUNDARIES, SMALL
from tests.support.assembly import MAP_SIZE
from tests.support.machine import Input
from xdp_lsp.program.image import Image


def inputs(seed: int, count: int, image: Image) -> list[Input]:
    """Inputs for one program: boundary values in the map, packets of all lengths, little and much headroom."""
    chooser = random.Random(seed)
    compared = [
        s.imm for s in image.slots if s.klass in (5, 6) and s.operation not in (0x80, 0x90, 0x00)
    ] or [0]
    found = []
    for at in range(count):
        value = b""
        while len(value) < MAP_SIZE:
            kind = chooser.randrange(8)
            if kind < 2:
                word = chooser.choice(BOUNDARIES)
            elif kind < 4:
                word = chooser.choice(SMALL)
            elif kind < 6:
                word = chooser.choice(compared) + chooser.choice((-1, 0, 1))
            elif kind < 7:
                value += chooser.choice((b"\0", b"\1", b"\x7f", b"\x80", b"\xff")) * chooser.choice(
                    (1, 2, 4, 8)
                )
                continue
            else:
                word = chooser.getrandbits(64)
            size = chooser.choice((1, 2, 4, 8))
            value += (word & ((1 << 8 * size) - 1)).to_bytes(size, "big" if image.big_endian else "little")
        length = chooser.choice((14, 15, 20, 34, 60, 64, 128, 200, 1000, chooser.randrange(14, 1500)))
        found.append(
            Input(
                packet=chooser.randbytes(length)
                if chooser.random() < 0.6
                else bytes(chooser.choices((0, 1, 4, 0x45, 0xFF), k=length)),
                map_value=value[:MAP_SIZE],
                headroom=chooser.choice((256, 256, 40, 0, 60, 128, 300, 600, 2000, 60000)),
                ifindex=chooser.choice((1, 2, 7, *compared)) & 0xFFFFFFFF,
                queue=chooser.choice((0, 1, 5, *compared)) & 0xFFFFFFFF,
                seed=seed + at,
                volatile=chooser.random() < 0.2,
            )
        )
    return found
