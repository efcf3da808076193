"""The hover on a helper's name: its prototype, what it has to do with headroom, and its manual."""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.view import ADJUST_HEAD, ADJUST_META
from xdp_lsp.ide.page import Block, Code, Heading, Page, Paragraph, Rule
from xdp_lsp.ide.rst import blocks
from xdp_lsp.isa.helpers import helper_named
from xdp_lsp.pipeline import FileReport

ADJUST_TAIL = "bpf_xdp_adjust_tail"
_PULL_DATA = "bpf_xdp_pull_data"
_RESERVE = "`R` is `sizeof(struct xdp_frame)`: 40 bytes from Linux 5.18 on and in late 5.15.y, 32 from 4.18 on, else 0."
# net/core/filter.c, Linux 4.15 to 7.3: bpf_xdp_adjust_head(), bpf_xdp_adjust_meta() (with xdp_metalen_invalid() of
# include/net/xdp.h), bpf_xdp_adjust_tail(), bpf_xdp_pull_data().
_RULES = {
    ADJUST_HEAD: (
        "Fails with `-EINVAL`, and changes nothing, where the packet would begin less than `R` bytes and the metadata "
        "behind the start of the driver's buffer, or less than 14 bytes before its own end. Calls add up: what can be "
        "prepended in all is the driver's headroom, less `R`, less the metadata. Trims are tested as well.",
        _RESERVE,
    ),
    ADJUST_META: (
        "Fails with `-ENOTSUPP` where the driver has no metadata, with `-EINVAL` where it would begin less than `R` "
        "bytes behind the start of the driver's buffer or behind the packet's start, with `-EACCES` where its length "
        "is no multiple of 4, or over 32 (252 from Linux 6.8 on). It takes of the same headroom as a prepend.",
        _RESERVE,
    ),
    ADJUST_TAIL: (
        "Takes nothing of the headroom. 14 bytes have to remain. It lengthens a packet from Linux 5.8 on, as far as "
        "the driver's buffer has room behind it; before, it only shortens.",
    ),
    _PULL_DATA: (
        "A kfunc, from Linux 6.18 on. Where there is no room behind the packet it moves data and metadata into the "
        "headroom, by as much as all of it but `R`: what is left in front is not known after it.",
        _RESERVE,
    ),
}
_PROTOTYPES = {
    _PULL_DATA: "int bpf_xdp_pull_data(struct xdp_md *x, u32 len)"
}  # Linux 6.18, net/core/filter.c


def is_helper(name: str) -> bool:
    return name in _RULES or helper_named(name) is not None


def is_of_xdp(name: str) -> bool:
    """Whether only XDP programs call the helper `name`."""
    return name in _RULES


def manual_page(report: FileReport | None, name: str) -> Page:
    """What is known of the helper `name`; nothing where it is none. Its manual comes with the report."""
    return tuple(_manual(report, name))


def end_moved(report: FileReport, line: tuple[str, int]) -> Page:
    """By how much the calls of bpf_xdp_adjust_tail() on a `line` (path and number) move the packet's end."""
    texts = report.insight.tails.get(line, ()) if report.insight is not None else ()
    if not texts:
        return ()
    return (Heading(f"moves the packet's end by {' or '.join(texts)} bytes"), Rule())


def _manual(report: FileReport | None, name: str) -> Iterator[Block]:
    helper = helper_named(name)
    prototype = helper.prototype if helper is not None else _PROTOTYPES.get(name)
    if prototype is None:
        return
    yield Code(prototype, "c")
    yield from map(Paragraph, _RULES.get(name, ()))
    if report is not None and report.insight is not None:
        yield from blocks(report.insight.manuals.get(name, ""))
