"""The picture of the headroom: to scale, and legible on any background."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.ide.picture import CELLS, WIDTH, Part, Picture, Stretch, drawn, image, shares, svg

_TAKEN = st.lists(
    st.builds(Stretch, st.sampled_from((Part.METADATA, Part.CALL, Part.BEFORE)), st.integers(0, 400)),
    max_size=3,
    unique_by=lambda stretch: stretch.part,
)
_PICTURES = st.builds(
    Picture, st.just("ixgbe"), st.integers(0, 400), st.sampled_from((0, 32, 40)), _TAKEN.map(tuple)
)


def test_a_picture_that_fits() -> None:
    taken = (Stretch(Part.METADATA, 8), Stretch(Part.CALL, 36), Stretch(Part.BEFORE, 20))
    assert drawn(Picture("ixgbe", 192, 40, taken)).split("\n") == [
        "ixgbe: 192 bytes in front of the packet",
        f"|{'▒' * 13}{'·' * 29}{'░' * 3}{'█' * 12}{'▓' * 7}| packet",
        " ▒ 40 kept by the kernel  · 88 left  ░ 8 metadata  █ 36 this call  ▓ 20 before it",
    ]


def test_a_picture_of_too_much_reaches_into_the_kernels_part() -> None:
    picture = Picture("i40e", 192, 40, (Stretch(Part.CALL, 176),))
    assert picture.stretches() == (
        Stretch(Part.KEPT, 16),
        Stretch(Part.EXCESS, 24),
        Stretch(Part.CALL, 152),
    )
    assert "× 24 too many  █ 176 this call" in drawn(picture)


def test_a_picture_of_far_too_much_reaches_out_of_the_buffer() -> None:
    picture = Picture("ixgbevf", 64, 40, (Stretch(Part.METADATA, 8), Stretch(Part.CALL, 90)))
    assert picture.stretches() == (Stretch(Part.EXCESS, 74), Stretch(Part.CALL, 24))


@given(_PICTURES)
def test_nothing_is_lost_or_added(picture: Picture) -> None:
    total = sum(stretch.size for stretch in picture.taken)
    sizes = dict.fromkeys(Part, 0)
    for part, size in picture.stretches():
        sizes[part] += size
    assert sum(sizes.values()) == max(picture.headroom, total)
    assert sizes[Part.EXCESS] == max(0, total - max(0, picture.headroom - picture.reserve))
    assert sizes[Part.LEFT] == max(0, picture.headroom - picture.reserve - total)


@given(_PICTURES)
def test_a_bar_is_always_as_long(picture: Picture) -> None:
    bar = drawn(picture).split("\n")[1]
    assert len(bar) == len("|| packet") + CELLS
    signs = {part.sign for part, _ in picture.stretches()}
    assert set(bar.removeprefix("|").removesuffix("| packet").strip()) == signs


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_cells_are_dealt_out_in_proportion(sizes: list[int]) -> None:
    cells = shares(sizes, CELLS)
    assert sum(cells) == CELLS
    assert min(cells) >= 1
    small = sum(1 for size in sizes if size * CELLS < sum(sizes))
    for size, share in zip(sizes, cells, strict=True):
        assert abs(share - size * CELLS / sum(sizes)) < 1 + small


@given(_PICTURES)
def test_the_image_is_to_scale(picture: Picture) -> None:
    [prefix, data] = image(picture).split(",")
    assert prefix == "data:image/svg+xml;base64"
    root = ElementTree.fromstring(base64.b64decode(data))
    assert base64.b64decode(data).decode() == svg(picture)
    width = float(root.attrib["width"])
    stretches = picture.stretches()
    total = sum(stretch.size for stretch in stretches) or 1
    bars = [one for one in root if one.tag.endswith("rect") and one.attrib["height"] == "18"]
    assert len(bars) == len(stretches)
    for bar, stretch in zip(bars, stretches, strict=True):
        assert abs(float(bar.attrib["width"]) - max(stretch.size * WIDTH / total, 1)) < 0.06
    assert all(float(one.attrib["x"]) < width for one in root)


@pytest.mark.parametrize("background", ["#ffffff", "#f3f3f3", "#1e1e1e", "#252526"])
def test_colours_stand_out_of_dark_and_light_backgrounds(background: str) -> None:
    picture = Picture(
        "ixgbe", 192, 40, tuple(Stretch(part, 30) for part in (Part.METADATA, Part.CALL, Part.BEFORE))
    )
    root = ElementTree.fromstring(svg(picture))
    colours = {one.attrib["fill"] for one in root} - {"none", "#ffffff"}  # white stands on a bar
    assert len(colours) == 5
    for colour in colours | {Part.EXCESS.colour}:
        assert _contrast(colour, background) >= 2.8, colour  # WCAG wants 3 of graphics
    for part in (Part.KEPT, Part.METADATA, Part.CALL, Part.BEFORE, Part.EXCESS):
        assert _contrast(part.colour, "#ffffff") >= 3, part


def _contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
