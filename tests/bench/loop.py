"""How long an editor waits for answers, and the server's event loop for itself: `python tests/bench/loop.py PATH...`

Each file is opened in a server under a watch (`watched.py`), typed in, saved, and asked about: hovers on calls, hints,
lenses, actions. With `--large FILE` that file (a vmlinux.h, say) is opened and typed in as well. Prints medians and
maxima in milliseconds and the longest steps of the loop. No assertions: machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from lsprotocol import types

from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline.files import is_object

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
from editor import Client, capabilities, connected

LOOP_LIMIT = 0.050  # seconds: the target of the project for a step of the loop
ANSWER_LIMIT = 0.010  # for the median of answers
CALL = re.compile(r"\bbpf_\w+(?=\s*\()")
MOST_HOVERS = 40


class Times:
    """Seconds by what was waited for."""

    def __init__(self) -> None:
        self.all: dict[str, list[float]] = {}

    async def of(self, what: str, answer: Awaitable[Any]) -> Any:
        begin = time.perf_counter()
        found = await answer
        self.all.setdefault(what, []).append(time.perf_counter() - begin)
        return found

    def show(self) -> None:
        print(f"{'':24}{'count':>7}{'median':>9}{'most':>9}  ms")
        for what, times in self.all.items():
            median, most = 1000 * statistics.median(times), 1000 * max(times)
            print(f"{what:24}{len(times):7}{median:9.1f}{most:9.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="C files, or folders of them")
    parser.add_argument("--large", metavar="FILE", help="a large text to open and type in as well")
    parser.add_argument("--on-type", action="store_true", help="have texts analysed as they are typed")
    arguments = parser.parse_args()
    paths = [one.path for one in expand(arguments.paths) if not one.problem and not is_object(one.path)]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "steps.json"
        asyncio.run(run(paths, arguments, told))
        steps = json.loads(told.read_text())
    print(f"\n{'clock':>8}{'computed':>10}  longest steps of the loop, ms")
    for clock, computed, what in steps[:15]:
        print(f"{1000 * clock:8.1f}{1000 * computed:10.1f}  {what}")
    late = [step for step in steps if step[1] > LOOP_LIMIT]
    print(f"never blocked over {1000 * LOOP_LIMIT:g} ms by itself: {'no' if late else 'yes'}")
    return 0


async def run(paths: list[str], arguments: argparse.Namespace, told: Path) -> None:
    watched = (str(Path(__file__).with_name("watched.py")), str(told))
    options = {"run": "on-type"} if arguments.on_type else None
    capable = capabilities()
    assert capable.text_document is not None
    capable.text_document.hover = types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown])
    times = Times()
    begin = time.perf_counter()
    async with connected(capable, options, command=watched) as client:
        times.all["start"] = [time.perf_counter() - begin]
        client.lsp.set_trace(types.SetTraceParams(types.TraceValue.Verbose))
        traces: list[types.LogTraceParams] = []
        client.on(types.LOG_TRACE, traces.append)
        for path in paths:
            traces.clear()
            await use(client, times, traces, path)
        if arguments.large:
            await type_in_large(client, times, arguments.large)
    times.show()
    for what in ("hover", "hints", "lenses"):
        if what in times.all:
            is_quick = statistics.median(times.all[what]) <= ANSWER_LIMIT
            print(f"{what} within {1000 * ANSWER_LIMIT:g} ms in the median: {'yes' if is_quick else 'no'}")


async def use(client: Client, times: Times, traces: list[types.LogTraceParams], path: str) -> None:
    text = Path(path).read_text("utf-8", "surrogateescape")
    uri = client.open(Path(path), text)

    async def done() -> None:
        await client.until(lambda: traces and traces[-1].message.endswith(": done"))

    await done()
    if not traces[0].message.endswith(": analysed"):
        client.close(uri)
        return
    traces.clear()
    client.edit(uri, ((0, 0), (0, 0), "/* typed */\n"))
    client.save(uri)
    await times.of("save to verdict", client.until(lambda: traces))
    seconds = json.loads(traces[0].verbose or "{}")
    times.all.setdefault("  of it clang", []).append(seconds.get("clang", 0.0))
    await ask(client, times, uri, "/* typed */\n" + text, " while running")
    await done()
    client.edit(uri, ((0, 0), (0, 0), "/* again */\n"))
    await ask(client, times, uri, "/* again */\n/* typed */\n" + text, "")
    client.close(uri)


async def ask(client: Client, times: Times, uri: str, text: str, when: str) -> None:
    document = types.TextDocumentIdentifier(uri)
    lines = text.split("\n")
    whole = types.Range(types.Position(0, 0), types.Position(len(lines), 0))
    hint = client.lsp.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
    await times.of(f"hints{when}", hint)
    lens = client.lsp.text_document_code_lens_async(types.CodeLensParams(document))
    await times.of(f"lenses{when}", lens)
    places = [(number, match.start()) for number, line in enumerate(lines) for match in CALL.finditer(line)]
    for line, character in places[:MOST_HOVERS]:
        place = types.Position(line, character + 1)
        hover = client.lsp.text_document_hover_async(types.HoverParams(document, place))
        await times.of(f"hover{when}", hover)
    if not when:
        context = types.CodeActionContext([])
        for line, character in places[:3]:
            here = types.Range(types.Position(line, character), types.Position(line, character))
            action = client.lsp.text_document_code_action_async(
                types.CodeActionParams(document, here, context)
            )
            await times.of("actions", action)


async def type_in_large(client: Client, times: Times, path: str) -> None:
    text = Path(path).read_text("utf-8", "surrogateescape")
    uri = client.open(Path(path), text)
    document = types.TextDocumentIdentifier(uri)

    def answer() -> Awaitable[Any]:
        return client.lsp.text_document_hover_async(types.HoverParams(document, types.Position(0, 0)))

    await times.of("large: opened", answer())
    middle = text.count("\n") // 2
    for _ in range(20):
        client.edit(uri, ((middle, 0), (middle, 0), "x"))
        await times.of("large: a key", answer())
    client.type_all(uri, text[: len(text) // 2] + "changed" + text[len(text) // 2 :])
    await times.of("large: all of it", answer())
    client.save(uri, text)
    await times.of("large: saved", answer())
    client.close(uri)


if __name__ == "__main__":
    raise SystemExit(main())
