"""`xdp-lsp log` as users run it, on logs that the running kernel wrote, each claimed line marked in the source."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the tool writes the logs
from pathlib import Path

import pytest

from tests.support.compile import compile_c, tool
from xdp_lsp.kernel import why_unavailable

HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); }
	conf SEC(".maps");
#define BEGIN void *data = (void *)(long)x->data, *data_end = (void *)(long)x->data_end
"""
PACKET = """
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -8))
		return XDP_DROP;
	BEGIN;
	return data_end ? *(volatile char *)data : 0; /* here */
}
"""
# What is refused, and the beginning of what the kernel of this machine says of it.
REFUSED = {
    "packet": (PACKET, "invalid access to packet, off=0 size=1, R"),
    "null": (
        """
SEC("xdp") int prog(struct xdp_md *x)
{
	__u32 k = x->rx_queue_index;
	__u64 *v = bpf_map_lookup_elem(&conf, &k);
	return *v; /* here */
}
""",
        "R0 invalid mem access 'map_value_or_null'",
    ),
    "pointer that moved": (
        """
SEC("xdp") int prog(struct xdp_md *x)
{
	BEGIN;
	if (data + 1 > data_end)
		return XDP_DROP;
	bpf_xdp_adjust_head(x, -8);
	return *(volatile char *)data; /* here */
}
""",
        "R",
    ),
    "negative": (
        """
SEC("xdp") int prog(struct xdp_md *x)
{
	BEGIN;
	__u32 k = 0;
	__u64 *v = bpf_map_lookup_elem(&conf, &k);
	if (!v)
		return XDP_DROP;
	data += *(volatile long *)v; /* here */
	if (data + 1 > data_end)
		return XDP_DROP;
	return *(char *)data;
}
""",
        "math between pkt pointer and register with unbounded min value",
    ),
    "helper": (
        'SEC("xdp") int prog(struct xdp_md *x) { return bpf_get_current_uid_gid() + bpf_skb_pull_data((void *)x, 1); }'
        " /* here */\n",
        "",
    ),
    "function": (
        """
static __attribute__((noinline)) int inner(struct xdp_md *x, int n) { return n * x->rx_queue_index; }
static __attribute__((noinline)) int outer(struct xdp_md *x, int n)
{
	BEGIN;
	return inner(x, n) + *(volatile char *)data + (data_end != 0); /* here */
}
SEC("xdp") int prog(struct xdp_md *x) { return outer(x, 2) + inner(x, 3); }
""",
        "invalid access to packet, off=0 size=1, R",
    ),
}


@pytest.fixture(autouse=True)
def kernel() -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)


def here(source: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if "/* here */" in line)


def write_log(folder: Path, source: str) -> None:
    """prog.c, prog.o, and what bpftool says when it is to load it, in prog.log."""
    (folder / "prog.c").write_text(source, "utf-8")
    (folder / "prog.o").write_bytes(compile_c(folder / "prog.c", mcpu="v3"))
    pin = Path("/sys/fs/bpf", f"xdp_lsp_{folder.name}")
    command = [tool("bpftool"), "prog", "load", str(folder / "prog.o"), str(pin)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    pin.unlink(missing_ok=True)  # should a kernel take it after all
    assert run.returncode != 0
    (folder / "prog.log").write_text(run.stderr, "utf-8")


@pytest.mark.parametrize("how", [["--object", "prog.o"], ["--object", "prog.c"], []])
@pytest.mark.parametrize("what", REFUSED)
def test_refusal_at_its_line(xdp_lsp, folder, what, how):
    body, words = REFUSED[what]
    source = HEAD + body
    write_log(folder, source)
    run = xdp_lsp("log", "prog.log", *how, "--format", "json")
    assert (run.status, run.err) == (1, "")
    (program,) = json.loads(run.out)["programs"]
    assert (program["name"], program["outcome"]) == ("prog", "refused")
    assert program["message"][0].startswith(words)
    assert program["location"]["path"] == "prog.c"
    assert program["location"]["line"] == here(source)
    text = (folder / "prog.log").read_text("utf-8").splitlines()
    assert text[program["message_line"] - 1].strip() == program["message"][0]
    if program["registers"]:
        assert all(
            view["name"] in "".join(program["message"]) or view["kernel"] for view in program["registers"]
        )


def test_text_has_the_excerpt_and_the_words(xdp_lsp, folder):
    write_log(folder, HEAD + PACKET)
    run = xdp_lsp("log", "prog.log", "--object", "prog.o")
    assert run.status == 1
    lines = run.out.splitlines()
    line = here(HEAD + PACKET)
    assert lines[0].startswith(f"prog.c:{line}:")
    assert "error: the kernel's verifier refuses prog: invalid access to packet, off=0 size=1, R" in lines[0]
    assert lines[0].endswith("[kernel-refused]")
    assert lines[1].strip().endswith("/* here */")
    assert any("is pkt(r=0" in one for one in lines)
    assert any("no comparison with data_end" in one for one in lines)
    assert lines[-1].startswith("prog.log: prog: refused at instruction ")


def test_another_object_is_told(xdp_lsp, folder):
    write_log(folder, HEAD + PACKET)
    (folder / "other.c").write_text(HEAD + PACKET.replace("-8", "-(int)x->rx_queue_index"), "utf-8")
    run = xdp_lsp("log", "prog.log", "--object", "other.c")
    assert run.status == 1
    assert "note: The log is not of " in run.out
    assert f"prog.c:{here(HEAD + PACKET)}: error:" in run.out  # by what the log quotes


def test_source_that_was_edited_since(xdp_lsp, folder):
    source = HEAD + PACKET
    write_log(folder, source)
    (folder / "prog.c").write_text("\n" + source.replace("-8", "-(int)x->rx_queue_index"), "utf-8")
    run = xdp_lsp("log", "prog.log")
    assert "compiled here, is not what was loaded: " in run.out
    assert run.out.startswith(f"prog.c:{here(source) + 1}: error:")


def test_source_that_is_not_there(xdp_lsp, folder):
    write_log(folder, HEAD + PACKET)
    (folder / "prog.c").unlink()
    run = xdp_lsp("log", "prog.log")
    assert run.out.startswith("prog.log:")
    assert "the source there reads: " in run.out


def test_standard_input(xdp_lsp, folder):
    write_log(folder, HEAD + PACKET)
    piped = ("sh", "-c", 'exec "$0" "$@" < prog.log')
    run = xdp_lsp("log", "-", "--object", "prog.o", prefix=piped)
    assert run.status == 1
    assert f"prog.c:{here(HEAD + PACKET)}:" in run.out


def test_accepted(xdp_lsp, folder):
    logs = Path(__file__).parents[1] / "vlog" / "logs"
    run = xdp_lsp("log", str(logs / "accepted.log"))
    assert (run.status, run.err) == (0, "")
    assert run.out.endswith("a program: accepted, 2 instructions processed\n")


@pytest.mark.parametrize(
    ("name", "contents", "words"),
    [
        ("missing.log", None, "missing.log does not exist."),
        ("prog.c", "int main(void) { return 0; }\n", ""),
    ],
)
def test_what_is_no_log(xdp_lsp, folder, name, contents, words):
    if contents is not None:
        (folder / name).write_text(contents, "utf-8")
    run = xdp_lsp("log", name)
    assert run.status == 2
    assert words in run.err
    assert contents is None or "no verifier log" in run.out


def test_the_kernel_in_the_loop(xdp_lsp, folder):
    (folder / "prog.c").write_text(HEAD + PACKET, "utf-8")
    assert xdp_lsp("check", "prog.c").status == 0
    run = xdp_lsp("check", "prog.c", "--kernel-check", "--format", "json")
    assert run.status == 1
    (file,) = json.loads(run.out)["files"]
    (finding,) = (one for one in file["findings"] if one["code"] == "kernel-refused")
    assert finding["line"] == here(HEAD + PACKET)
    assert file["kernel_remarks"] == []


def test_a_workspace_cannot_have_programs_loaded(xdp_lsp, folder):
    (folder / "prog.c").write_text(HEAD + PACKET, "utf-8")
    (folder / ".xdp-lsp.toml").write_text("kernel-check = true\n", "utf-8")
    run = xdp_lsp("check", "prog.c")
    assert (run.status, "kernel-refused" in run.out) == (0, False)
    assert "`kernel-check` is not taken from a workspace" in run.err


def test_without_rights_it_is_said_once(xdp_lsp):
    prefix = ("setpriv", "--bounding-set", "-bpf,-sys_admin", "--inh-caps", "-bpf,-sys_admin")
    run = xdp_lsp("check", "fits.c", "redirects.c", "--kernel-check", prefix=prefix)
    assert run.status == 0
    (line,) = (one for one in run.out.splitlines() if "kernel-check" in one)
    assert line.startswith("fits.c: note: The kernel cannot be asked (kernel-check): bpf(2) says: ")
