"""The requests beyond LSP that our clients make: targets to choose from, the fate of a program, the manual."""

from __future__ import annotations

from pathlib import Path

from editor import connected
from lsprotocol import types

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
