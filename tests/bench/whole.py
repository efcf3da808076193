"""What a check of a whole repository costs, in ratios: `python tests/bench/whole.py FOLDER...`

The first run against clang's own time, shared out over the cores; the second, which remembers, against the first. In a
cache of its own. No assertions: machines differ.
"""

from __future__ import annotations

import argparse
import os
import subprocess  # noqa: TID251 - the command is a process
import sys
import tempfile
import time
from pathlib import Path

from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline import analyse_path
from xdp_lsp.settings import load_settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    print(f"{'files':>6}{'clang':>8}{'first':>8}{'/ clang':>9}{'second':>8}{'/ first':>9}  s, folder")
    for folder in parser.parse_args().folders:
        found = [one.path for one in expand([folder]) if not one.problem and one.part_of is None]
        clang = sum(
            analyse_path(path, load_settings(Path(path).parent)[0]).timings.clang for path in found
        ) / len(os.sched_getaffinity(0))
        with tempfile.TemporaryDirectory() as cache:
            first, second = run(folder, cache), run(folder, cache)
        ratios = f"{first:8.2f}{first / clang if clang else 0:9.2f}{second:8.2f}{second / first:9.2f}"
        print(f"{len(found):6}{clang:8.2f}{ratios}  {folder}", flush=True)
    return 0


def run(folder: str, cache: str) -> float:
    """Seconds of one run."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "xdp_lsp", "check", "-q", folder],
        env={**os.environ, "XDG_CACHE_HOME": cache},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - begin


if __name__ == "__main__":
    raise SystemExit(main())
