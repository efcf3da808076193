"""The headroom of one target to scale: the kernel's part, what is left, and what a call and those before it take.

From the start of the driver's buffer on the left to where the packet starts when the program does, on the right. What
is taken grows to the left; where it is too much, it reaches into the kernel's part, or out of the buffer.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from enum import Enum
from html import escape
from typing import NamedTuple

# The width of a picture, in characters and in pixels.
CELLS = 64
WIDTH = 432


class Part(Enum):
    """What a stretch of the headroom is, with the character that stands for it in a terminal, and its colour.

    The colours are legible on white and on near black alike, and differ in lightness for those who do not tell hues.
    """

    KEPT = ("▒", "#8a8f98", "kept by the kernel")
    LEFT = ("·", "none", "left")
    EXCESS = ("×", "#d03b3b", "too many")
    METADATA = ("░", "#b48a00", "metadata")
    CALL = ("█", "#2f6fd6", "this call")
    BEFORE = ("▓", "#7d57c1", "before it")
    TOGETHER = ("█", "#2f6fd6", "taken with this call")  # which bytes of it are the call's is not known

    def __init__(self, sign: str, colour: str, words: str) -> None:
        self.sign = sign
        self.colour = colour
        self.words = words


class Stretch(NamedTuple):
    """`size` in bytes."""

    part: Part
    size: int


class Picture(NamedTuple):
    """What `target` has in front of a packet, and who takes it. In bytes.

    `taken` are the stretches that are taken, from the left: they are next to the packet.
    """

    target: str
    headroom: int
    reserve: int
    taken: tuple[Stretch, ...]

    @property
    def title(self) -> str:
        return f"{self.target}: {self.headroom} bytes in front of the packet"

    def stretches(self) -> tuple[Stretch, ...]:
        """What is seen, from the left, without empty ones; excess covers what it reaches into."""
        total = sum(stretch.size for stretch in self.taken)
        usable = max(0, self.headroom - self.reserve)
        excess = max(0, total - usable)
        kept = max(0, min(self.reserve, self.headroom) - excess)
        shown = [
            Stretch(Part.KEPT, kept),
            Stretch(Part.LEFT, max(0, usable - total)),
            Stretch(Part.EXCESS, excess),
        ]
        for part, size in self.taken:
            covered = min(size, excess)
            excess -= covered
            shown.append(Stretch(part, size - covered))
        return tuple(stretch for stretch in shown if stretch.size)

    def legend(self) -> tuple[Stretch, ...]:
        """What each part comes to as a whole."""
        total = sum(stretch.size for stretch in self.taken)
        usable = max(0, self.headroom - self.reserve)
        left = Stretch(Part.LEFT, usable - total) if total <= usable else Stretch(Part.EXCESS, total - usable)
        kept = Stretch(Part.KEPT, min(self.reserve, self.headroom))
        return (kept, left, *(stretch for stretch in self.taken if stretch.size))


def drawn(picture: Picture) -> str:
    """Three lines of text: the title, the bar, the legend."""
    stretches = picture.stretches()
    bar = "".join(
        stretch.part.sign * cells
        for stretch, cells in zip(stretches, shares([one.size for one in stretches], CELLS), strict=True)
    )
    legend = "  ".join(f"{part.sign} {size} {part.words}" for part, size in picture.legend())
    return f"{picture.title}\n|{bar:{CELLS}}| packet\n {legend}"


def shares(sizes: Sequence[int], cells: int) -> list[int]:
    """`cells` dealt out in proportion to `sizes`, which are not 0: at least one to each, all in all `cells`."""
    if not sizes:
        return []
    total = sum(sizes)
    exact = [size * cells / total for size in sizes]
    found = [max(1, int(share)) for share in exact]
    while sum(found) < cells:
        index = max(range(len(sizes)), key=lambda at: exact[at] - found[at])
        found[index] += 1
    while sum(found) > cells:
        index = max(range(len(sizes)), key=lambda at: (found[at] > 1, found[at] - exact[at]))
        found[index] -= 1
    return found


def image(picture: Picture) -> str:
    """An SVG as a `data:` URI, as the hovers of VS Code show it: on its own background, whose colour is not known."""
    return "data:image/svg+xml;base64," + b64encode(svg(picture).encode()).decode()


def svg(picture: Picture) -> str:
    """The same as an SVG document."""
    legend = picture.legend()
    height = 64 + 18 * ((len(legend) + 2) // 3 - 1)
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 60}" height="{height}" '
        f'viewBox="0 0 {WIDTH + 60} {height}" font-family="system-ui, sans-serif" font-size="12">',
        _text(1, 12, picture.title),
    ]
    stretches = picture.stretches()
    total = sum(stretch.size for stretch in stretches)
    start = 0
    for part, size in stretches:
        x, width = start * WIDTH / total, size * WIDTH / total
        shapes.append(_box(x, 20, max(width, 1), 18, part))
        is_whole = part is not Part.LEFT and Stretch(part, size) in legend
        if is_whole and width > 8 * len(str(size)) + 4:
            shapes.append(_text(x + width / 2, 33, str(size), "#ffffff", 'text-anchor="middle"'))
        start += size
    shapes += [
        f'<rect x="0.5" y="20.5" width="{WIDTH - 1}" height="17" fill="none" stroke="{_INK}"/>',
        _text(WIDTH + 6, 33, "packet"),
    ]
    for index, (part, size) in enumerate(legend):
        x, y = 1 + (index % 3) * 156, 48 + (index // 3) * 18
        shapes += [_box(x, y, 12, 12, part), _text(x + 18, y + 10, f"{size} {part.words}")]
    return "".join([*shapes, "</svg>"])


_INK = "#808080"  # a contrast of 4 on white, and of 4.2 on #1e1e1e


def _box(x: float, y: float, width: float, height: float, part: Part) -> str:
    stroke = f' stroke="{_INK}" stroke-dasharray="2 2"' if part is Part.LEFT and height < 18 else ""
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{part.colour}"{stroke}/>'


def _text(x: float, y: float, text: str, colour: str = _INK, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{colour}" {more}>{escape(text)}</text>'
