"""The clock by which files are stamped goes in ticks."""

from pathlib import Path

from xdp_lsp.pipeline import evidence


def await_next_tick(folder: Path) -> None:
    """Until what was written before is told from what is written from now on: what may be either is not kept."""
    probe = folder / "probe"
    probe.touch()
    first = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns < first + 2 * evidence._TICK:
        probe.touch()
