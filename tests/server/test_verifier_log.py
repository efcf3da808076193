"""An open verifier log shows what it says at its line, and on the source."""

from __future__ import annotations

from pathlib import Path

from editor import capabilities, connected
from lsprotocol import types
from programs import FITS, HEAD, TOO_MUCH, place

LOGS = Path(__file__).parents[1] / "vlog" / "logs"
# push.c of the log: the lines that it quotes, at their numbers.
SOURCE = (
    HEAD
    + """\
struct { __u32 n; } conf;



/* of the log */
int xdp_push(struct xdp_md *ctx)
{
	__u32 n = conf.n & 63;
	if (bpf_xdp_adjust_head(ctx, -(int)n))
		return XDP_ABORTED;
	void *data = (void *)(long)ctx->data;
	return *(__u8 *)(data + n);
}
"""
)
QUOTED = "return *(__u8 *)(data + n);"


def log() -> str:
    return (LOGS / "linux-7.2.log").read_text("utf-8")


def is_refusal(shown: list[types.Diagnostic]) -> bool:
    return any(one.code == "kernel-refused" for one in shown)


def is_empty(shown: list[types.Diagnostic]) -> bool:
    return not shown


async def test_log_and_source_show_the_refusal_and_lead_to_one_another(tmp_path: Path) -> None:
    (tmp_path / "push.c").write_text(SOURCE)
    assert SOURCE.splitlines()[14].strip() == QUOTED
    async with connected() as client:
        uri = client.open(tmp_path / "verifier.log", log(), language="log")
        [here] = await client.diagnostics(uri, having=is_refusal)
        line = log().splitlines().index("invalid access to packet, off=0 size=1, R1(id=2,off=0,r=0)")
        assert here.range.start == types.Position(line, 0)
        assert here.severity == types.DiagnosticSeverity.Error
        assert here.related_information is not None
        source = (tmp_path / "push.c").as_uri()
        assert here.related_information[0].location.uri == source
        [there] = await client.diagnostics(source, having=is_refusal)
        assert there.range == here.related_information[0].location.range
        assert (there.range.start.line, there.range.start.character) == place(SOURCE, QUOTED)
        assert there.range.end.character == there.range.start.character + len(QUOTED)
        assert there.related_information is not None
        assert there.related_information[-1].location.uri == uri
        client.close(uri)
        await client.diagnostics(source, having=is_empty)
        await client.diagnostics(uri, having=is_empty)


async def test_pasted_log_and_a_source_that_is_typed_in(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    async with connected() as client:
        (folder / "push.c").write_text(SOURCE)
        source = client.open(folder / "push.c", SOURCE)
        await client.diagnostics(source, 1)
        uri = client.open(tmp_path / "pasted.txt", "", language="plaintext")
        client.edit(uri, ((0, 0), (0, 0), "what is this?\n" + log()))
        await client.diagnostics(uri, having=is_refusal)
        await client.diagnostics(source, having=is_refusal)
        client.type_all(uri, "nothing\nany more\n")
        await client.diagnostics(uri, having=is_empty)
        await client.diagnostics(source, having=lambda shown: not is_refusal(shown))

        client.edit(source, ((0, 0), (0, 0), "\n\n"))
        client.type_all(uri, log())

        def moved(shown: list[types.Diagnostic]) -> bool:
            return any(
                one.code == "kernel-refused" and one.range.start.line == place(SOURCE, QUOTED)[0] + 2
                for one in shown
            )

        await client.diagnostics(source, having=moved)


NEW = "untitled:Untitled-1"


async def test_a_log_pasted_into_a_document_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "push.c").write_text(SOURCE)
    source = (tmp_path / "push.c").as_uri()
    on_type = {"run": "on-type"}
    async with connected(options=on_type, folders=[tmp_path], started_in=tmp_path) as client:
        client.open(NEW, "", language="plaintext")
        client.edit(NEW, ((0, 0), (0, 0), log()))
        [here] = await client.diagnostics(NEW, having=is_refusal)
        line = log().splitlines().index("invalid access to packet, off=0 size=1, R1(id=2,off=0,r=0)")
        assert here.range.start == types.Position(line, 0)
        assert here.related_information is not None
        assert here.related_information[0].location.uri == source
        [there] = await client.diagnostics(source, having=is_refusal)
        assert there.related_information is not None
        assert there.related_information[-1].location == types.Location(NEW, here.range)

        # Unsaved as it is, no C file can include it.
        text = f'#if __has_include("{NEW}")\n#error\n#endif\n{TOO_MUCH}'
        uri = client.open(tmp_path / "prog.c", text)
        assert [one.code for one in await client.diagnostics(uri, 1)] == ["headroom-exceeded"]

        client.type_all(NEW, "nothing\nany more\n")
        await client.diagnostics(NEW, having=is_empty)
        await client.diagnostics(source, having=is_empty)
        client.type_all(NEW, log())
        await client.diagnostics(source, having=is_refusal)
        client.close(NEW)
        await client.diagnostics(NEW, having=is_empty)
        await client.diagnostics(source, having=is_empty)


async def test_for_a_document_that_is_no_file_the_current_folder_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / "push.c").write_text(SOURCE)
    async with connected(started_in=tmp_path) as client:
        client.open(NEW, log(), language="plaintext")
        [here] = await client.diagnostics(NEW, having=is_refusal)
        assert f"the source there reads: {QUOTED} (push.c:15)" in here.message
        # Beside open files it is, as for any log.
        client.open(tmp_path / "prog.c", FITS)
        client.save(NEW)
        await client.diagnostics((tmp_path / "push.c").as_uri(), having=is_refusal)


async def test_without_its_source_a_log_shows_it_alone(tmp_path: Path) -> None:
    plain = capabilities()
    assert plain.text_document is not None and plain.text_document.publish_diagnostics is not None
    plain.text_document.publish_diagnostics.related_information = False
    async with connected(plain) as client:
        uri = client.open(tmp_path / "verifier.log", log(), language="log")
        [here] = await client.diagnostics(uri, having=is_refusal)
        assert f"the source there reads: {QUOTED} (push.c:15)" in here.message


async def test_other_texts_are_none_of_its_business(tmp_path: Path) -> None:
    async with connected() as client:
        other = client.open(tmp_path / "boot.log", "[    0.000000] Linux version 7.3\n", language="log")
        markdown = client.open(tmp_path / "README.md", log(), language="markdown")
        new = client.open("untitled:Untitled-1", TOO_MUCH)
        named = client.open(f"untitled:{tmp_path}/new.c", TOO_MUCH)
        uri = client.open(tmp_path / "prog.c", FITS)
        await client.diagnostics(uri, 1)
        verifier = client.open(tmp_path / "verifier.log", log(), language="log")
        await client.diagnostics(verifier, having=is_refusal)
        others = (other, markdown, new, named)
        assert not any(params.uri in others and params.diagnostics for params in client.published)
