"""How long a user waits for the verdict after clang has ended: `python tests/bench/bench.py [-n SAVES] PATH...`

Each file is opened in a warm server and saved several times; the time from the save to its diagnostics, less
clang's own, is ours. The table has medians in milliseconds: `load` (object to image), `explore` (the verifier)
and `checks` are measured again in this process, `rest` is what remains of ours (messages between the processes,
settings, flags, the overlay). No assertions: machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types

from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline import SourceSnapshot, analyse_source, toolchain_of
from xdp_lsp.pipeline.files import is_object
from xdp_lsp.program import load_image
from xdp_lsp.settings import load_settings
from xdp_lsp.verifier import explore

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
from editor import Client, capabilities, connected

# Seconds: the target of the project.
MEDIAN_TARGET = 0.050
WORST_TARGET = 0.100  # on top of clang's own time


class Row(NamedTuple):
    """Medians of one file, in seconds."""

    path: str
    status: str
    clang: float
    load: float
    explore: float
    checks: float
    ours: float  # from clang's end to the diagnostics

    @property
    def rest(self) -> float:
        return self.ours - self.load - self.explore - self.checks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="C files, or folders of them")
    parser.add_argument("-n", dest="saves", type=int, default=5, help="saves per file (default: 5)")
    arguments = parser.parse_args()
    paths = [found.path for found in expand(arguments.paths) if not found.problem]
    asyncio.run(run([path for path in paths if not is_object(path)], arguments.saves))
    return 0


async def run(paths: list[str], saves: int) -> None:
    rows = []
    print(
        f"{'clang':>8} {'load':>7} {'explore':>8} {'checks':>7} {'rest':>7} {'ours':>7} {'ratio':>6}"
        f"  {'status':<14} file"
    )
    async with connected(capabilities()) as client:
        client.lsp.set_trace(types.SetTraceParams(types.TraceValue.Verbose))
        traces: list[tuple[float, types.LogTraceParams]] = []
        client.on(types.LOG_TRACE, lambda params: traces.append((time.perf_counter(), params)))
        if paths:
            await measure(client, traces, paths[0], 4)  # warms both workers
        for path in paths:
            row = await measure(client, traces, path, saves)
            if row is None:
                continue
            rows.append(row)
            numbers = (row.clang, row.load, row.explore, row.checks, row.rest, row.ours)
            widths = (8, 7, 8, 7, 7, 7)
            shown = " ".join(f"{1000 * one:{width}.1f}" for one, width in zip(numbers, widths, strict=True))
            print(f"{shown} {row.ours / row.clang:6.2f}  {row.status:<14} {row.path}", flush=True)
    summarise([row for row in rows if row.status == "analysed"])


async def measure(
    client: Client, traces: list[tuple[float, types.LogTraceParams]], path: str, saves: int
) -> Row | None:
    """None for a file that is left alone."""
    text = Path(path).read_text("utf-8", "surrogateescape")
    ours, clang = [], []
    status = ""
    uri = client.open(Path(path), text)
    for number in range(saves + 1):
        begin = time.perf_counter()
        if number:
            client.save(uri, text)
        # The server traces a verdict right after its diagnostics.
        await client.until(lambda: traces and traces[-1][1].message.endswith(": done"))
        end, verdict = traces[0]
        status = verdict.message.rsplit(": ", 1)[1]
        seconds = json.loads(verdict.verbose or "{}").get("clang")
        if number and seconds:
            clang.append(seconds)
            ours.append(end - begin - seconds)
        traces.clear()
    client.close(uri)
    if not clang:
        return None
    phases = phases_of(path, saves) if status == "analysed" else (0.0, 0.0, 0.0)
    return Row(path, status, statistics.median(clang), *phases, statistics.median(ours))


def phases_of(path: str, repeats: int) -> tuple[float, float, float]:
    """Load, explore and checks, alone in this process."""
    settings, _ = load_settings(Path(path).parent)
    snapshot = SourceSnapshot(path, Path(path).read_bytes())
    toolchain = toolchain_of(settings)
    reports = [analyse_source(snapshot, settings, toolchain) for _ in range(repeats)]
    compiled = reports[0].compiled
    assert compiled is not None
    whole = statistics.median(report.timings.analysis for report in reports)
    load = median_of(lambda: load_image(compiled.object), repeats)
    explored = median_of(
        lambda: [
            explore(image, program) for image in [load_image(compiled.object)] for program in image.programs
        ],
        repeats,
    )
    return load, max(explored - load, 0.0), max(whole - explored, 0.0)


def median_of(work: Callable[[], Any], repeats: int) -> float:
    def times() -> Iterator[float]:
        for _ in range(repeats):
            begin = time.perf_counter()
            work()
            yield time.perf_counter() - begin

    return statistics.median(times())


def summarise(rows: list[Row]) -> None:
    if not rows:
        print("nothing was analysed")
        return
    ours = sorted(row.ours for row in rows)
    median, ninetieth = statistics.median(ours), ours[min(len(ours) - 1, int(0.9 * len(ours)))]
    late = [row for row in rows if row.ours > row.clang + WORST_TARGET]
    print(
        f"\n{len(rows)} files analysed; ours after clang: median {1000 * median:.1f} ms, "
        f"90 % within {1000 * ninetieth:.1f} ms, at most {1000 * ours[-1]:.1f} ms"
    )
    print(f"at most {1000 * MEDIAN_TARGET:g} ms in the median: {'yes' if median <= MEDIAN_TARGET else 'no'}")
    print(f"never later than clang's own time plus {1000 * WORST_TARGET:g} ms: {'no' if late else 'yes'}")
    for row in late:
        print(f"  {1000 * row.ours:.1f} ms after {1000 * row.clang:.1f} ms of clang: {row.path}")


if __name__ == "__main__":
    raise SystemExit(main())
