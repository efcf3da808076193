"""What an editor sees while its user opens, types, saves and closes."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from editor import capabilities, connected
from lsprotocol import types
from programs import BROKEN, FITS, HEAD, TOO_MUCH, place
from pygls.exceptions import JsonRpcInvalidRequest
from pytest_lsp import LanguageClient

ERROR, WARNING = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning


def grave(diagnostics: list[types.Diagnostic]) -> list[types.Diagnostic]:
    """Without what is only told."""
    return [one for one in diagnostics if one.severity in (ERROR, WARNING)]


def codes(diagnostics: list[types.Diagnostic]) -> list[str | int | None]:
    return [one.code for one in grave(diagnostics)]


def marked(text: str, diagnostic: types.Diagnostic) -> str:
    """The text that `diagnostic` marks, in one line of ASCII."""
    where = diagnostic.range
    assert where.start.line == where.end.line
    return text.split("\n")[where.start.line][where.start.character : where.end.character]


def is_enriched(text: str, what: str = "-300"):
    """Whether the first squiggle stands under the argument `what`."""
    return lambda diagnostics: bool(diagnostics) and marked(text, diagnostics[0]) == what


async def test_open_break_mend_and_save(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        [found] = await client.diagnostics(uri, 1, having=is_enriched(TOO_MUCH))
        assert (found.source, found.code, found.severity) == ("xdp-lsp", "headroom-exceeded", ERROR)
        assert "300 bytes" in found.message

        version = client.save_as(uri, BROKEN)
        [error] = await client.diagnostics(uri, version)
        assert (error.source, error.severity) == ("clang", ERROR)
        assert "XDP_TXX" in error.message
        assert (error.range.start.line, error.range.start.character) == place(BROKEN, "XDP_TXX")

        version = client.save_as(uri, FITS)
        assert codes(await client.diagnostics(uri, version)) == []

        version = client.save_as(uri, TOO_MUCH)
        assert codes(await client.diagnostics(uri, version)) == ["headroom-exceeded"]

        client.close(uri)
        assert await client.diagnostics(uri, having=lambda shown: not shown) == []


async def test_what_only_others_would_refuse_is_a_hint(tmp_path: Path) -> None:
    text = TOO_MUCH.replace("-300", "-100")  # sfc has 88
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", text)
        [found] = await client.diagnostics(uri, 1)
        assert (found.code, found.severity) == ("headroom-exceeded", types.DiagnosticSeverity.Hint)
        assert "sfc" in found.message


async def test_clangs_warnings_stand_beside_ours(tmp_path: Path) -> None:
    text = TOO_MUCH.replace("return XDP_TX;", "int unused; return 1 == 1 & 1;")
    async with connected(options={"flags": ["-Wall"]}) as client:
        uri = client.open(tmp_path / "prog.c", text)
        shown = await client.diagnostics(uri, 1)
        assert {("clang", "-Wunused-variable"), ("xdp-lsp", "headroom-exceeded")} <= {
            (one.source, one.code) for one in shown
        }


async def test_the_link_behind_a_code_leads_to_its_page(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        [found] = await client.diagnostics(uri, 1)
        assert found.code_description is not None
        page = Path(urlsplit(found.code_description.href).path)
        assert page.read_text().startswith("# headroom-exceeded\n")


async def test_a_client_of_few_abilities_is_told_all_the_same(tmp_path: Path) -> None:
    text = TOO_MUCH.replace("-300", "-(int)(long)ctx")
    bare = types.ClientCapabilities()
    async with connected(bare) as client:
        uri = client.open(tmp_path / "prog.c", BROKEN)
        [error] = await client.diagnostics(uri, 1)
        assert error.related_information is None
        assert error.code_description is None
        # clang's note has become a part of the message.
        assert "declared here (" in error.message
        version = client.save_as(uri, text)
        [found] = await client.diagnostics(uri, version, having=bool)
        assert (found.code, found.related_information) == ("prepend-unbounded", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_positions_are_in_the_clients_units(tmp_path: Path, encoding: str) -> None:
    text = TOO_MUCH.replace("\tif (bpf", "\t/* é漢😋 */ if (bpf")
    before = text[text.index("\t/*") : text.index("-300")]
    unit = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    async with connected(capabilities([encoding])) as client:
        uri = client.open(tmp_path / "prog.c", text)
        column = len(before.encode(encoding if unit == 1 else f"{encoding}-le")) // unit
        [found] = await client.diagnostics(
            uri, 1, having=lambda shown: shown and shown[0].range.start.character == column
        )
        assert found.range.end.character == column + len("-300")
        # An edit behind the same characters of the line: positions of the client are understood as well.
        line = found.range.start.line
        version = client.edit(uri, ((line, column + 1), (line, column + 4), "16"))
        client.save(uri)
        assert codes(await client.diagnostics(uri, version, having=lambda shown: not grave(shown))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("crlf.c", TOO_MUCH.replace("\n", "\r\n")),
        ("form feed.c", TOO_MUCH.replace('SEC("xdp")', '\f\nSEC("xdp")')),
        ("separator.c", TOO_MUCH.replace('SEC("xdp")', '/* \u2028 */\nSEC("xdp")')),
        ("ünï cödé;#%.c", TOO_MUCH),
    ],
)
async def test_odd_texts_and_names(tmp_path: Path, name: str, text: str) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / name, text)
        line, character = place(text, "-300")
        [found] = await client.diagnostics(
            uri, 1, having=lambda shown: shown and shown[0].range.start.character == character
        )
        assert found.range.start.line == line
        version = client.edit(uri, ((line, character), (line, character + 4), "-16"))
        client.save(uri)
        assert codes(await client.diagnostics(uri, version)) == []


async def test_what_is_compiled_is_what_was_saved_not_what_the_disk_holds(tmp_path: Path) -> None:
    path = tmp_path / "prog.c"
    path.write_text(FITS)
    async with connected() as client:
        uri = client.open(path, TOO_MUCH)
        assert codes(await client.diagnostics(uri, 1)) == ["headroom-exceeded"]
        # What is typed is not checked before it is saved.
        client.type_all(uri, FITS)
        path.write_text(TOO_MUCH)
        version = client.type_all(uri, BROKEN)
        client.save(uri, BROKEN)
        assert [one.source for one in await client.diagnostics(uri, version)] == ["clang"]


async def test_an_edit_keeps_the_squiggles_whose_text_stands(tmp_path: Path) -> None:
    text = TOO_MUCH.replace("return XDP_TX;", "return bpf_xdp_adjust_head(ctx, -400) ? XDP_DROP : XDP_TX;")
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", text)
        await client.diagnostics(
            uri,
            1,
            having=lambda shown: (
                {marked(text, one) for one in shown} == {"-300", "-400"}
                and all("it asks for" in one.message for one in shown)
            ),
        )
        published = len(client.published)  # the last is known
        # Above both: the editor moves them itself, and nothing is sent.
        client.edit(uri, ((0, 0), (0, 0), "// one line\n// more\n"))
        # Inside of the second: what is left is sent, where it stands now.
        line, character = place(text, "-400")
        version = client.edit(uri, ((line + 2, character + 1), (line + 2, character + 2), "5"))
        [kept] = await client.diagnostics(uri, version)
        line, character = place(text, "-300")
        assert (kept.range.start.line, kept.range.start.character) == (line + 2, character)
        assert len(client.published) == published + 1
        client.save(uri)
        assert len(await client.diagnostics(uri, version, having=lambda shown: len(shown) == 2)) == 2


async def test_a_result_is_moved_by_what_was_typed_since_the_save(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        # The server hears both before it has compiled anything.
        version = client.edit(uri, ((0, 0), (0, 0), "\n\n"))
        line, character = place(TOO_MUCH, "-300")
        [found] = await client.diagnostics(
            uri, version, having=lambda shown: shown and shown[0].range.start.character == character
        )
        assert found.range.start.line == line + 2


async def test_the_newest_of_many_saves_wins(tmp_path: Path) -> None:
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        for _ in range(30):
            client.save_as(uri, TOO_MUCH)
        last = client.save_as(uri, FITS)
        assert codes(await client.diagnostics(uri, last, having=lambda shown: not grave(shown))) == []
        versions = [params.version for params in client.published if params.uri == uri]
        assert versions == sorted(versions)


HEADER = """\
static __always_inline int push(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -300);
}
"""
ROOT = (
    HEAD
    + '#include "push.h"\nSEC("xdp") int NAME(struct xdp_md *ctx) { return push(ctx) ? XDP_DROP : XDP_TX; }\n'
)


async def test_a_header_shows_what_its_roots_say_and_its_save_checks_them(tmp_path: Path) -> None:
    header = tmp_path / "push.h"
    header.write_text(HEADER)
    header_uri = header.as_uri()
    async with connected() as client:
        one = client.open(tmp_path / "one.c", ROOT.replace("NAME", "one"))
        [found] = await client.diagnostics(
            header_uri, having=lambda shown: shown and shown[0].related_information
        )
        assert found.code == "headroom-exceeded"
        assert found.related_information is not None
        assert one in {place.location.uri for place in found.related_information}
        two = client.open(tmp_path / "two.c", ROOT.replace("NAME", "two"))

        # Both say the same of one place: it stands once, and leads to both.
        def leads_to_both(shown: list[types.Diagnostic]) -> bool:
            places = [place for diagnostic in shown for place in diagnostic.related_information or ()]
            return len(shown) == 1 and {one, two} <= {place.location.uri for place in places}

        await client.diagnostics(header_uri, having=leads_to_both)
        client.open(header, HEADER)
        header.write_text(HEADER.replace("-300", "-16"))
        client.save_as(header_uri, HEADER.replace("-300", "-16"))
        assert grave(await client.diagnostics(header_uri, having=lambda shown: not grave(shown))) == []


async def test_closing_the_last_root_clears_its_headers(tmp_path: Path) -> None:
    header = tmp_path / "push.h"
    header.write_text(HEADER)
    async with connected() as client:
        uri = client.open(tmp_path / "one.c", ROOT.replace("NAME", "one"))
        await client.diagnostics(header.as_uri(), having=bool)
        client.close(uri)
        assert await client.diagnostics(header.as_uri(), having=lambda shown: not shown) == []


async def test_an_error_in_a_header_shows_in_the_root_as_well(tmp_path: Path) -> None:
    header = tmp_path / "push.h"
    header.write_text("static int push(struct xdp_md *ctx) { return nothing; }\n")
    async with connected() as client:
        uri = client.open(tmp_path / "one.c", ROOT.replace("NAME", "one"))
        [error] = await client.diagnostics(header.as_uri(), having=bool)
        assert (error.source, marked(header.read_text(), error)) == ("clang", "nothing")
        [here] = await client.diagnostics(uri, 1)
        assert (here.code, here.severity) == ("compile-error", ERROR)
        assert here.related_information is not None
        assert here.related_information[0].location.uri == header.as_uri()
        # The header is mended outside of the editor.
        header.write_text(HEADER)
        change = types.FileEvent(header.as_uri(), types.FileChangeType.Changed)
        client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        await client.diagnostics(header.as_uri(), having=lambda shown: codes(shown) == ["headroom-exceeded"])
        assert codes(await client.diagnostics(uri, 1, having=lambda shown: not grave(shown))) == []


async def test_flags_that_a_changed_makefile_gives_are_used(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    makefile, path = tmp_path / "Makefile", tmp_path / "prog.c"
    path.write_text(FITS.replace("-16", "-ROOM"))
    assert "ROOM" in path.read_text()
    async with connected() as client:
        for room, found in (("16", []), ("512", ["headroom-exceeded"])):
            makefile.write_text(f"%.o: %.c\n\tclang -target bpf -DROOM={room} -c $<\n")
            change = types.FileEvent(makefile.as_uri(), types.FileChangeType.Changed)
            uri = path.as_uri() if found else client.open(path, path.read_text())
            client.lsp.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
            await client.diagnostics(uri, 1, having=lambda shown, found=found: codes(shown) == found)


@pytest.mark.parametrize(
    ("disk_is_first", "names"), [(True, ["prog.c"]), (False, ["prog.c"]), (True, ["Makefile", "prog.c"])]
)
async def test_a_text_that_the_editor_reloads_from_the_disk_is_checked(
    tmp_path: Path, names: list[str], *, disk_is_first: bool
) -> None:
    path = tmp_path / "prog.c"
    path.write_text(FITS)
    change = types.DidChangeWatchedFilesParams(
        [types.FileEvent((tmp_path / name).as_uri(), types.FileChangeType.Changed) for name in names]
    )
    async with connected() as client:
        uri = client.open(path, FITS)
        assert codes(await client.diagnostics(uri, 1)) == []
        path.write_text(TOO_MUCH)  # `git checkout`
        if disk_is_first:
            client.lsp.workspace_did_change_watched_files(change)
            version = client.type_all(uri, TOO_MUCH)
        else:
            version = client.type_all(uri, TOO_MUCH)
            client.lsp.workspace_did_change_watched_files(change)
        assert codes(await client.diagnostics(uri, version)) == ["headroom-exceeded"]


async def test_other_files_are_left_alone(tmp_path: Path) -> None:
    async with connected() as client:
        others = [
            client.open(tmp_path / "main.c", "#include <stdio.h>\nint main(void) { return oops; }\n"),
            client.open(
                tmp_path / "tc.c", HEAD + 'SEC("tc") int t(struct __sk_buff *s) { int xdp; return 0; }\n'
            ),
            client.open(tmp_path / "prog.h", TOO_MUCH),
            client.open(tmp_path / "prog.cpp", TOO_MUCH, language="cpp"),
        ]
        client.lsp.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem("untitled:prog.c", "c", 1, TOO_MUCH))
        )
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1)
        # Whatever was still being done for the others has been done once their next save is.
        for other in others:
            client.save_as(other, TOO_MUCH.replace("-300", "-301"))
        for other in others[:2]:
            await client.diagnostics(other, 2)
        assert {(params.uri, params.version) for params in client.published} == {
            (uri, 1),
            (others[0], 2),
            (others[1], 2),
        }


async def test_one_file_under_two_names(tmp_path: Path) -> None:
    real, link = tmp_path / "prog.c", tmp_path / "link.c"
    real.write_text(TOO_MUCH)
    link.symlink_to(real)
    async with connected() as client:
        one = client.open(real, TOO_MUCH)
        await client.diagnostics(one, 1)
        two = client.open(link, FITS, version=7)
        assert codes(await client.diagnostics(two, 7)) == []
        client.close(one)
        version = client.save_as(two, TOO_MUCH)
        assert codes(await client.diagnostics(two, version)) == ["headroom-exceeded"]


async def test_flags_that_are_left_out_are_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "compile_flags.txt").write_text("-fplugin=evil.so\n")
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        await client.diagnostics(uri, 1)
        [told] = client.lsp.log_messages
        assert "-fplugin=evil.so" in told.message


async def test_messages_out_of_order(tmp_path: Path) -> None:
    async with connected() as client:
        unknown = (tmp_path / "unknown.c").as_uri()
        client._versions[unknown] = 1
        client.edit(unknown, ((0, 0), (0, 0), "x"))
        client.save(unknown)
        client.close(unknown)
        client.lsp.protocol.notify("xdp/unknown", {"a": 1})
        client.lsp.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        client.open(tmp_path / "prog.c", FITS, version=5)
        client.edit(uri, ((99, 99), (120, 3), "\n"))
        assert codes(await client.diagnostics(uri, 6)) == []
        assert client.lsp.messages == []


async def test_the_server_says_what_it_can(tmp_path: Path) -> None:
    async with connected() as client:
        sync = client.offers.text_document_sync
        assert isinstance(sync, types.TextDocumentSyncOptions)
        assert (sync.open_close, sync.change) == (True, types.TextDocumentSyncKind.Incremental)
        assert sync.save == types.SaveOptions(include_text=True)
        with pytest.raises(JsonRpcInvalidRequest):
            await another_initialize(client.lsp)
        # It changed nothing.
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        assert codes(await client.diagnostics(uri, 1)) == ["headroom-exceeded"]


async def another_initialize(lsp: LanguageClient) -> types.InitializeResult:
    return await lsp.initialize_async(types.InitializeParams(capabilities(), process_id=None))


async def test_a_broken_contract_is_an_error_at_its_place(tmp_path: Path) -> None:
    text = FITS.replace('SEC("xdp")', '// xdp-lsp: prepends at most 8\nSEC("xdp")')
    async with connected() as client:
        uri = client.open(tmp_path / "prog.c", text)
        [found] = grave(await client.diagnostics(uri, 1))
        assert (found.code, found.severity) == ("contract-broken", ERROR)
        assert marked(text, found) == "xdp-lsp: prepends at most 8"
        assert "prog needs 16 bytes" in found.message

        version = client.save_as(uri, text.replace("most 8", "most 16"))
        assert codes(await client.diagnostics(uri, version)) == []
