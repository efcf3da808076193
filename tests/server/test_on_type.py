"""With the setting `run = "on-type"` what the editor holds is what is analysed, saved or not."""

from __future__ import annotations

from pathlib import Path

from editor import Client, connected
from lsprotocol import types
from programs import BROKEN, FITS, HEAD, TOO_MUCH, place

ON_TYPE = {"run": "on-type"}
HEADER = "#define ROOM 300\nstatic int push(void *ctx) { return bpf_xdp_adjust_head(ctx, -ROOM); }\n"
ROOT = HEAD + '#include "push.h"\nSEC("xdp") int prog(struct xdp_md *ctx) { return push(ctx) ? 1 : 2; }\n'


def says(*wanted: str):
    """Whether these and no others are shown, by the beginnings of what they say; not what is only told."""

    def holds(shown: list[types.Diagnostic]) -> bool:
        grave = sorted(
            one.message for one in shown if (one.severity or 1) <= types.DiagnosticSeverity.Warning
        )
        return len(grave) == len(wanted) and all(map(str.startswith, grave, sorted(wanted)))

    return holds


async def opened(client: Client, path: Path, text: str) -> str:
    path.write_text(text)
    return client.open(path, text)


async def test_what_is_typed_is_analysed_when_typing_pauses(tmp_path: Path) -> None:
    async with connected(options=ON_TYPE) as client:
        uri = await opened(client, tmp_path / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1, having=says("prepends"))
        line, column = place(TOO_MUCH, "300")
        version = client.edit(uri, ((line, column), (line, column + 3), "16"))
        await client.diagnostics(uri, version, having=says())


async def test_a_project_may_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / ".xdp-lsp.toml").write_text('run = "on-type"\n')
    async with connected() as client:
        uri = await opened(client, tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1, having=says())
        version = client.type_all(uri, TOO_MUCH)
        await client.diagnostics(uri, version, having=says("prepends"))


async def test_a_half_typed_text_keeps_what_was_found_and_says_so(tmp_path: Path) -> None:
    async with connected(options=ON_TYPE) as client:
        uri = await opened(client, tmp_path / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1, having=says("prepends"))
        line, column = place(BROKEN, "XDP_TXX")
        version = client.edit(
            uri, ((0, 0), (0, 0), "\n"), ((line + 1, column + 6), (line + 1, column + 6), "X")
        )
        shown = await client.diagnostics(uri, version, having=says("prepends", "use of undeclared"))
        kept = next(one for one in shown if one.source == "xdp-lsp")
        assert kept.message.endswith("\n(as of the last text that compiled)")
        assert kept.range.start.line == place(TOO_MUCH, "300")[0] + 1
        version = client.edit(uri, ((line + 1, column + 6), (line + 1, column + 7), ""))
        await client.diagnostics(
            uri, version, having=lambda shown: says("prepends")(shown) and "as of" not in shown[0].message
        )


async def test_unsaved_headers_are_seen(tmp_path: Path) -> None:
    async with connected(options=ON_TYPE) as client:
        header = await opened(client, tmp_path / "push.h", HEADER)
        uri = await opened(client, tmp_path / "prog.c", ROOT)

        def is_enriched(shown: list[types.Diagnostic]) -> bool:
            return says("prepends 300")(shown) and shown[0].range.start.character == place(HEADER, "-ROOM")[1]

        await client.diagnostics(header, having=is_enriched)
        client.edit(header, ((0, 13), (0, 16), "16"))
        await client.diagnostics(header, 2, having=says())
        # A line above: what is marked in the header is where the header has it now.
        version = client.edit(header, ((0, 0), (0, 0), "\n"), ((1, 13), (1, 15), "301"))
        [found] = await client.diagnostics(header, version, having=says("prepends 301"))
        assert found.range.start.line == 2
        # What was never saved is gone with its document.
        client.close(header)
        await client.diagnostics(header, having=says("prepends 300"))
        client.save(uri)


async def test_a_header_that_is_not_on_the_disk_yet(tmp_path: Path) -> None:
    async with connected(options=ON_TYPE) as client:
        uri = await opened(client, tmp_path / "prog.c", ROOT)
        await client.diagnostics(uri, 1, having=says("'push.h' file not found"))
        header = client.open(tmp_path / "push.h", "\n")
        client.type_all(header, HEADER)
        await client.diagnostics(header, 2, having=says("prepends 300"))


async def test_on_save_an_unsaved_header_is_what_the_disk_holds(tmp_path: Path) -> None:
    async with connected() as client:
        header = await opened(client, tmp_path / "push.h", HEADER)
        uri = await opened(client, tmp_path / "prog.c", ROOT)
        await client.diagnostics(header, 1, having=says("prepends 300"))
        client.edit(header, ((0, 0), (0, 0), "\n"), ((1, 13), (1, 16), "16"))
        version = client.save_as(uri, ROOT + "\n")
        await client.diagnostics(uri, version, having=says())
        await client.diagnostics(header, having=says("prepends 300"))
        (tmp_path / "push.h").write_text("\n" + HEADER.replace("300", "16"))
        client.save(header)
        await client.diagnostics(header, having=says())
