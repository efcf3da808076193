"""Makes docs/images/page.png: the page of `check --format html`, drawn by Chromium, in 256 colours.

python -m tests.cli.page_picture docs/images
"""

from __future__ import annotations

import struct
import subprocess  # noqa: TID251 - the command, and ImageMagick for the pixels
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

from tests.editors.installed import ROOT
from tests.support.chromium import chromium
from tests.support.compile import tool

WIDTH, HEIGHT = 1280, 900
Colour = tuple[int, ...]


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as own:
        page, picture = Path(own, "page.html"), Path(own, "page.png")
        command = [sys.executable, "-m", "xdp_lsp", "check", "examples/gue_encap.c", "--format", "html"]
        page.write_bytes(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False).stdout)
        with chromium(Path(own)) as tab:
            tab.open(page)
            tab.show("light", WIDTH)
            picture.write_bytes(tab.picture(full=False))
        pixels = subprocess.run(
            [tool("convert"), picture, "ppm:-"], stdout=subprocess.PIPE, check=True
        ).stdout
    (folder / "page.png").write_bytes(indexed(pixels[-3 * WIDTH * HEIGHT :]))


def indexed(pixels: bytes) -> bytes:
    """A PNG of the 256 colours that are most common in `pixels` (RGB); the others become the nearest of them."""
    colours: list[Colour] = [tuple(pixels[at : at + 3]) for at in range(0, len(pixels), 3)]
    palette = [colour for colour, _ in Counter(colours).most_common(256)]
    number = {colour: _nearest(colour, palette) for colour in set(colours)}
    rows = (colours[at : at + WIDTH] for at in range(0, len(colours), WIDTH))
    data = b"".join(b"\0" + bytes(number[colour] for colour in row) for row in rows)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(map(bytes, palette))),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    distances = [
        sum((one - other) ** 2 for one, other in zip(colour, known, strict=True)) for known in palette
    ]
    return distances.index(min(distances))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
