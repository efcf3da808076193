"""The requests beyond LSP that our clients make: targets to choose from, the fate of a program, the manual."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from editor import connected
from lsprotocol import types
from programs import TOO_MUCH, place

from xdp_lsp.checks import CODES
from xdp_lsp.headroom import groups, resolve


async def test_the_targets_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / ".xdp-lsp.toml").write_text('targets = ["intel", "sfc"]\n')
    here = {"textDocument": {"uri": (tmp_path / "prog.c").as_uri()}}
    async with connected() as client:
        ask = client.lsp.protocol.send_request_async
        answer = await ask("xdp-lsp/targets", None)
        assert [one.name for one in answer.groups] == list(groups())
        names = [one.name for one in answer.drivers]
        assert names[0] == "ixgbe"
        assert "igb[legacy-rx]" in names
        for one in (*answer.groups, *answer.drivers):
            assert resolve([one.name])
            assert one.detail
        [igb] = [one for one in answer.drivers if one.name == "igb"]
        assert igb.detail == "Intel, 152 of 192 bytes usable"
        assert answer.groups[0].detail.startswith("22 targets, portable 152 (i40e): ixgbe, ")
        assert (answer.chosen, answer.configured) == (["mainstream"], ["mainstream"])

        choose = types.ExecuteCommandParams("xdp-lsp.chooseTargets", [["veth", "tun"]])
        await client.lsp.workspace_execute_command_async(choose)
        answer = await ask("xdp-lsp/targets", here)
        assert (answer.chosen, answer.configured) == (["veth", "tun"], ["intel", "sfc"])


TWO = (
    TOO_MUCH.replace("-300", "-100") + 'SEC("xdp") int other(struct xdp_md *ctx)\n{\n\treturn XDP_PASS;\n}\n'
)


async def test_the_fate_of_the_program_at_a_position(tmp_path: Path) -> None:
    async with connected(options={"targets": ["sfc", "ixgbe"]}) as client:

        async def ask(uri: str, marked: str, text: str = TWO) -> Any:
            line, character = place(text, marked)
            parameters = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
            return await client.lsp.protocol.send_request_async("xdp-lsp/fits", parameters)

        uri = client.open(tmp_path / "prog.c", TWO)
        found = await client.until_answer(lambda: ask(uri, "-100"))
        assert found.title == "prog (xdp): needs 100 bytes; exceeds 1 of 2 targets (portable 88, sfc)"
        assert [(one.name, one.state, one.text) for one in found.targets[:2]] == [
            ("sfc", "exceeds", "short by 12"),
            ("ixgbe", "fits", "52 left"),
        ]
        assert found.targets[2].detail.endswith("; not among the chosen targets")
        # Above the program a lens stands; between the programs nothing does.
        assert (await ask(uri, 'SEC("xdp") int other')).title.startswith("other (xdp): ")
        assert await ask(uri, "char _license") is None
        assert await ask((tmp_path / "nothing.c").as_uri(), "-100") is None

        # What is typed moves it along, and says so; so does what is asked in the very text that is new.
        text = "\n\n" + TWO.replace("return XDP_TX;", "return XDP_TX; /* new */")
        client.edit(uri, ((0, 0), (0, 0), "\n\n"))
        line, character = place("\n\n" + TWO, "return XDP_TX;")
        end = (line, character + len("return XDP_TX;"))
        client.edit(uri, (end, end, " /* new */"))
        found = await ask(uri, "new", text)
        assert found.title.startswith("prog (xdp): ")
        assert found.title.endswith(" (before your edits)")

        for nonsense in (None, {}, [], {"textDocument": {"uri": uri}}, {"textDocument": 1, "position": 2}):
            assert await client.lsp.protocol.send_request_async("xdp-lsp/fits", nonsense) is None


async def test_the_pages_of_the_manual(tmp_path: Path) -> None:
    async with connected() as client:
        pages = (await client.lsp.protocol.send_request_async("xdp-lsp/manual", None)).pages
        assert [page.code for page in pages] == list(CODES)
        for page in pages:
            text = Path(urlsplit(page.uri).path).read_text()
            assert text.startswith(f"# {page.code}\n\n{page.title}\n")
