"""How long a user waits for hovers, hints and lenses: `python tests/bench/answers.py [-n HOVERS] PATH...`

Each file is opened in a server, and analysed; then every word of it is hovered over (HOVERS of them, spread over the
file), and its hints and lenses are asked for as often. The table has the round trips in milliseconds, over stdio, as a
client sees them. Hovers that say something are told from those that find nothing. No assertions: machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lsprotocol import types

from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline.files import is_object

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
from editor import Client, capabilities, connected

MEDIAN_TARGET = 0.010  # seconds
_WORD = re.compile(r"[A-Za-z_]\w*")
_LIMIT = 60.0  # seconds for one file's analysis


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="C files, or folders of them")
    parser.add_argument("-n", dest="hovers", type=int, default=200, help="hovers per file (default: 200)")
    arguments = parser.parse_args()
    paths = [found.path for found in expand(arguments.paths) if not found.problem]
    asyncio.run(run([path for path in paths if not is_object(path)], arguments.hovers))
    return 0


async def run(paths: list[str], hovers: int) -> None:
    capable = capabilities()
    assert capable.text_document is not None
    capable.text_document.hover = types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown])
    kinds = ("hover", "nothing", "hints", "lenses")
    print("".join(f"{kind:>9} {'worst':>7}" for kind in kinds), " file")
    total: dict[str, list[float]] = {kind: [] for kind in kinds}
    async with connected(capable, name="Visual Studio Code") as client:
        for path in paths:
            found = await measure(client, path, hovers)
            if not found:
                continue
            for kind in kinds:
                total[kind] += found[kind]
            print("".join(map(_cells, (found[kind] for kind in kinds))), f" {path}", flush=True)
    print(
        "".join(map(_cells, total.values())),
        " all; medians and the worst, in ms; to be under",
        MEDIAN_TARGET * 1000,
    )


def _cells(times: list[float]) -> str:
    if not times:
        return f"{'-':>9} {'-':>7}"
    return f"{statistics.median(times) * 1000:9.2f} {max(times) * 1000:7.1f}"


async def measure(client: Client, path: str, hovers: int) -> dict[str, list[float]]:
    """The times of each kind; none where the file is no XDP source or does not compile."""
    text = Path(path).read_text("utf-8", "replace")
    uri = client.open(Path(path), text)
    document = types.TextDocumentIdentifier(uri)
    everything = types.Range(types.Position(0, 0), types.Position(text.count("\n") + 1, 0))
    found: dict[str, list[float]] = {"hover": [], "nothing": [], "hints": [], "lenses": []}

    def ask_lenses() -> Awaitable[Any]:
        return client.lsp.text_document_code_lens_async(types.CodeLensParams(document))

    def ask_hints() -> Awaitable[Any]:
        return client.lsp.text_document_inlay_hint_async(types.InlayHintParams(document, everything))

    def ask_hover(place: types.Position) -> Callable[[], Awaitable[Any]]:
        return lambda: client.lsp.text_document_hover_async(types.HoverParams(document, place))

    places = [
        types.Position(number, match.start())
        for number, line in enumerate(text.split("\n"))
        for match in _WORD.finditer(line)
    ]
    if await _is_analysed(client, uri, ask_lenses):
        for place in places[:: max(1, len(places) // hovers)]:
            seconds, answer = await _timed(ask_hover(place))
            found["nothing" if answer is None else "hover"].append(seconds)
            found["hints"].append((await _timed(ask_hints))[0])
            found["lenses"].append((await _timed(ask_lenses))[0])
    client.close(uri)
    return found if found["lenses"] else {}


async def _is_analysed(client: Client, uri: str, ask_lenses: Callable[[], Awaitable[Any]]) -> bool:
    """Waits for the file's analysis, until nothing more comes; whether it has a program."""
    diagnostics = await client.diagnostics(uri)
    if any(one.source == "clang" and one.severity == types.DiagnosticSeverity.Error for one in diagnostics):
        return False
    begin = time.perf_counter()
    while not (found := await ask_lenses()) or "being checked" in found[0].command.title:
        if time.perf_counter() - begin > _LIMIT:
            return False
    # Another file's verdict comes after all of this one, where there is one worker.
    await asyncio.sleep(2)
    return True


async def _timed(ask: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    begin = time.perf_counter()
    answer = await ask()
    return time.perf_counter() - begin, answer


if __name__ == "__main__":
    sys.exit(main())
