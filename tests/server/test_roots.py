"""Headers and parts of unity builds, opened alone: they show what the programs of their folder say of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from editor import Client, capabilities, connected
from lsprotocol import types
from programs import HEAD
from test_session import Pool

from xdp_lsp.pipeline.jobs import CheckRequest
from xdp_lsp.pipeline.workspace import answer
from xdp_lsp.server.documents import Document
from xdp_lsp.server.features.roots import CHOOSE_ROOT
from xdp_lsp.server.session import Session

PUSH = """\
static __attribute__((always_inline)) inline int push(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -(BYTES));
}
"""
ROOT = """\
#define BYTES %d
%s
#include "lib/push.h"
SEC("xdp") int prog(struct xdp_md *ctx) { return push(ctx) ? XDP_DROP : XDP_TX; }
"""
# Does not compile by itself, and nothing in it says that it is to.
PART = """\
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -BYTES) ? XDP_DROP : XDP_TX;
}
"""

CONFIGURATIONS = """\
[[configuration]]
name = "small"
flags = ["-DBYTES=16"]

[[configuration]]
name = "large"
flags = ["-DBYTES=300"]
"""

# What a root says of its own lines.
OWN = 'SEC("xdp") int own(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -300) ? 1 : 2; }\n'


def root(number: int) -> str:
    return ROOT % (number, HEAD)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "push.h").write_text(PUSH)
    return tmp_path


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[Client]:
    capable = capabilities(
        workspace=types.WorkspaceClientCapabilities(
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        )
    )
    async with connected(capable, folders=[folder]) as one:
        one.on(types.WORKSPACE_CODE_LENS_REFRESH, lambda _: None)
        one.on(types.WORKSPACE_INLAY_HINT_REFRESH, lambda _: None)
        yield one


async def lens(client: Client, uri: str, having: Callable[[str], bool]) -> str:
    """What the lens on the first line says, once `having` holds of it."""
    params = types.CodeLensParams(types.TextDocumentIdentifier(uri))

    async def ask() -> str | None:
        found = await client.lsp.text_document_code_lens_async(params) or []
        titles = [one.command.title for one in found if one.command and one.command.command == CHOOSE_ROOT]
        return titles[0] if titles and having(titles[0]) else None

    return await client.until_answer(ask)


async def hint(client: Client, uri: str, having: Callable[[str], bool]) -> str:
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), whole)

    async def ask() -> str | None:
        found = [str(one.label) for one in await client.lsp.text_document_inlay_hint_async(params) or []]
        return found[0] if found and having(found[0]) else None

    return await client.until_answer(ask)


def changed(client: Client, *paths: Path, kind: types.FileChangeType = types.FileChangeType.Changed) -> None:
    events = [types.FileEvent(path.as_uri(), kind) for path in paths]
    client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))


def begins_with(sentence: str) -> Callable[[list[types.Diagnostic]], bool]:
    return lambda shown: shown != [] and shown[0].message.startswith(sentence)


def exceeds(shown: list[types.Diagnostic]) -> bool:
    return [one.code for one in shown if one.code == "headroom-exceeded"] != []


async def test_a_header_opened_alone_shows_what_its_roots_say_of_it(folder: Path, client: Client) -> None:
    one, two = folder / "one.c", folder / "two.c"
    one.write_text(root(300) + OWN)
    two.write_text(root(16))
    (folder / "not.c").write_text(root(400).replace('#include "lib', '#if 0\n#endif\n//#include "lib'))
    (folder / "off.c").write_text(
        HEAD + '#if 0\n#include "lib/push.h"\n#endif\nSEC("xdp") int x(struct xdp_md *c) { return 2; }\n'
    )
    header = folder / "lib" / "push.h"
    uri = client.open(header, PUSH)

    # The worst; of what one root says and the other does not it is told whose it is.
    [found] = await client.diagnostics(
        uri, 1, having=lambda shown: exceeds(shown) and "(as part of" in shown[0].message
    )
    assert found.message.endswith("(as part of one.c)")
    assert found.range.start.line == 2
    # `off.c` has it in a branch that is not compiled.
    title = "checked as part of one.c, two.c · worst: one.c, short by 148"
    assert await lens(client, uri, lambda said: said == title)
    assert "300" in await hint(client, uri, bool)
    client.lsp.workspace_execute_command(types.ExecuteCommandParams(CHOOSE_ROOT, [uri, two.as_uri()]))
    assert await hint(client, uri, lambda said: "300" not in said) == "prepends 16, 136 left on i40e"
    assert "seen in two.c" in await lens(client, uri, lambda said: "seen" in said)

    # A root that changes on the disk is looked at again, and so is the header's own text when it is saved.
    one.write_text(root(20))
    changed(client, one)
    await client.diagnostics(uri, having=lambda shown: not exceeds(shown))
    header.write_text(PUSH.replace("-(BYTES)", "-(BYTES) * 20"))
    version = client.save_as(uri, header.read_text())
    await client.diagnostics(uri, version, having=exceeds)
    # A program that comes to be is another root.
    (folder / "three.c").write_text(root(1))
    changed(client, folder / "three.c")
    assert await lens(client, uri, lambda said: said.startswith("checked as part of one.c, three.c, two.c"))

    # What stands in files that nobody has open was never shown, and nothing stays.
    client.close(uri)
    assert await client.diagnostics(uri, having=lambda shown: not shown) == []
    assert {params.uri for params in client.published} == {uri}


async def test_a_program_that_comes_to_include_a_header_by_another_is_a_root_of_it(
    folder: Path, client: Client
) -> None:
    wanted = folder / "lib" / "wanted.h"
    wanted.write_text("")
    (folder / "one.c").write_text(root(16))
    include = '#include "lib/push.h"\n'
    (folder / "off.c").write_text(
        root(16).replace(
            include, f'#include "lib/wanted.h"\n#ifdef WANTED\n{include}#else\n#define push(ctx) 0\n#endif\n'
        )
    )
    uri = client.open(folder / "lib" / "push.h", PUSH)
    await lens(client, uri, lambda said: said == "checked as part of one.c · fits 22 targets")
    wanted.write_text("#define WANTED\n")
    changed(client, wanted)
    await lens(client, uri, lambda said: said == "checked as part of off.c, one.c · fits 22 targets")


async def test_a_file_that_may_be_a_part_waits_for_the_index_and_no_other_does(folder: Path) -> None:
    (folder / "main.c").write_text(f'#define BYTES 300\n{HEAD}#include "part.c"\n')
    (folder / "part.c").write_text(PART)
    pool, capable = Pool(), types.ClientCapabilities()
    server = SimpleNamespace(
        workspace=SimpleNamespace(position_encoding=types.PositionEncodingKind.Utf16, folders={}),
        client_capabilities=capable,
        protocol=SimpleNamespace(trace=types.TraceValue.Off),
        text_document_publish_diagnostics=lambda _: None,
    )
    session = Session(server, pool, types.InitializeParams(capable))  # type: ignore[arg-type]

    async def asked() -> list[str]:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        requests = [job[0] for job in pool.jobs]
        return [one.snapshot.path if isinstance(one, CheckRequest) else "index" for one in requests]

    def opened(name: str, text: str) -> str:
        path = str(folder / name)
        session.opened(Document(Path(path).as_uri(), path, 1, text), "c")
        return path

    opened("part.c", PART)
    assert await asked() == ["index"]
    whole = opened("whole.c", root(16))  # has a license
    assert await asked() == ["index", whole]
    request, take, done, _ = pool.jobs[0]
    for batch in answer(request):  # type: ignore[arg-type]
        take(batch)  # type: ignore[arg-type]
    done.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await asked() == [whole, str(folder / "main.c")]
    session.stop()


async def test_a_part_of_a_unity_build_is_seen_through_its_root_and_not_compiled_alone(
    folder: Path, client: Client
) -> None:
    main, part = folder / "main.c", folder / "part.c"
    main.write_text(f'#define BYTES 300\n{HEAD}#include "part.c"\n')
    part.write_text(PART)
    uri = client.open(part, PART)
    await client.diagnostics(uri, having=exceeds)
    title = "checked as part of main.c · short by 148"
    assert await lens(client, uri, lambda said: said == title)
    assert not [one for params in client.published for one in params.diagnostics if one.source == "clang"]

    # Opened as well, the root shows its own; once it leaves the part out, that is a program by itself.
    client.open(main, main.read_text())
    main.write_text(HEAD)
    client.save_as(main.as_uri(), HEAD)
    await client.diagnostics(uri, having=lambda shown: shown and shown[0].source == "clang")


async def test_a_header_tells_which_of_its_roots_does_not_compile_any_more(
    folder: Path, client: Client
) -> None:
    path = folder / "one.c"
    path.write_text(root(16))
    uri = client.open(folder / "lib" / "push.h", PUSH)
    title = "checked as part of one.c · fits 22 targets"
    await lens(client, uri, lambda said: said == title)
    of_root = client.open(path, root(16))
    client.save_as(of_root, root(16) + "int broken(;\n")
    await lens(client, uri, lambda said: said == f"{title} · one.c before it stopped compiling")
    client.save_as(of_root, root(16))
    await lens(client, uri, lambda said: said == title)


async def test_a_header_that_is_opened_again_is_seen_in_all_configurations_of_its_roots(
    folder: Path, client: Client
) -> None:
    (folder / ".xdp-lsp.toml").write_text(CONFIGURATIONS)
    (folder / "one.c").write_text(root(16).replace("#define BYTES 16\n", ""))
    for _ in range(2):
        uri = client.open(folder / "lib" / "push.h", PUSH)
        await client.diagnostics(uri, having=exceeds)
        client.close(uri)
        await client.diagnostics(uri, having=lambda shown: not shown)


async def test_a_root_that_includes_a_header_in_one_configuration_of_several_is_one(
    folder: Path, client: Client
) -> None:
    (folder / ".xdp-lsp.toml").write_text(CONFIGURATIONS)
    nothing = 'SEC("xdp") int nothing(struct xdp_md *ctx) { return XDP_PASS; }\n'
    source = root(16).replace("#define BYTES 16\n", "#if BYTES == 300\n") + f"#else\n{HEAD}{nothing}#endif\n"
    (folder / "one.c").write_text(source)
    uri = client.open(folder / "lib" / "push.h", PUSH)
    await client.diagnostics(uri, having=exceeds)


async def test_what_holds_no_xdp_program_is_no_root(folder: Path, client: Client) -> None:
    (folder / "one.c").write_text(root(300))
    other = root(300).replace('SEC("xdp")', 'SEC("socket")')
    (folder / "another.c").write_text(other)
    client.open(folder / "another.c", other)
    uri = client.open(folder / "lib" / "push.h", PUSH)
    await lens(client, uri, lambda said: said == "checked as part of one.c · short by 148")
    # Nor is it told that only one of two says so.
    await client.diagnostics(
        uri, having=lambda shown: exceeds(shown) and "as part of" not in shown[0].message
    )


async def test_a_program_that_was_a_part_for_a_while_is_checked_in_all_its_configurations(
    folder: Path, client: Client
) -> None:
    (folder / ".xdp-lsp.toml").write_text(CONFIGURATIONS)
    main, part = folder / "main.c", folder / "part.c"
    program = "".join(HEAD.splitlines(keepends=True)[:2]) + PART
    part.write_text(program)
    main.write_text(HEAD)
    uri, of_main = client.open(part, program), client.open(main, HEAD)
    for _ in range(2):
        await client.diagnostics(
            uri, having=lambda shown: shown and "(in configuration large)" in shown[0].message
        )
        main.write_text(HEAD + '#define BYTES 30\n#include "part.c"\n')
        client.save_as(of_main, main.read_text())
        await client.diagnostics(uri, having=lambda shown: shown and "prepends 30 " in shown[0].message)
        main.write_text(HEAD)
        client.save_as(of_main, HEAD)


@pytest.mark.parametrize("by", ["others", "us"])
async def test_headers_that_came_to_be_a_moment_ago_are_found_and_have_their_roots(
    folder: Path, client: Client, by: str
) -> None:
    names = [f"far/{number}.h" for number in range(4)]
    includes = "".join(f'#include "{name}"\n' for name in names)
    source = root(300).replace('#include "lib/push.h"\n', includes)
    (folder / "one.c").write_text(source)
    uri = client.open(folder / "one.c", source)
    for name in names:
        await client.diagnostics(uri, having=begins_with(f"'{name}' file not found"))
        header, text = folder / f"deep{name[4]}" / name, PUSH if name == names[-1] else ""
        header.parent.mkdir(parents=True)
        if by == "us":
            of_header = client.open(header, text)
            params = types.CodeLensParams(types.TextDocumentIdentifier(of_header))
            await client.lsp.text_document_code_lens_async(params)  # the server has opened it by then
            header.write_text(text)
            client.save(of_header)
        else:
            header.write_text(text)
            changed(client, header, kind=types.FileChangeType.Created)
    await client.diagnostics(uri, having=lambda shown: not shown)
    client.close(uri)
    if by == "others":
        of_header = client.open(header, text)
    await client.diagnostics(of_header, having=exceeds)
