"""The running kernel in the loop: what it refuses becomes a finding at its line, and only what it refuses itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.compile import compile_c
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.kernel import why_unavailable
from xdp_lsp.pipeline import (
    FileReport,
    SourceSnapshot,
    analyse_built,
    analyse_path,
    analyse_source,
    toolchain_of,
)
from xdp_lsp.pipeline.check import with_kernel
from xdp_lsp.settings import Settings

HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
"""
ASKED = Settings(kernel_check=True)
# Refused in its second program, at the line that says so.
REFUSED = (
    HEAD
    + """
static __attribute__((noinline)) int first_byte(struct xdp_md *x)
{
	return *(volatile char *)(long)x->data; /* here */
}
SEC("xdp") int fine(struct xdp_md *x) { return XDP_PASS; }
SEC("xdp") int wrong(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -8))
		return XDP_DROP;
	return first_byte(x);
}
"""
)


@pytest.fixture(autouse=True)
def kernel() -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)


def checked(source: str, settings: Settings = ASKED) -> FileReport:
    snapshot = SourceSnapshot("/src/prog.c", source.encode())
    return with_kernel(analyse_source(snapshot, settings, toolchain_of(settings)), settings)


def refused(report: FileReport) -> list[Finding]:
    return [finding for finding in report.analysis.findings if finding.code == "kernel-refused"]


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def here(source: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if "/* here */" in line)


def test_refusal_at_its_line() -> None:
    checked(REFUSED)
    before = descriptors()
    report = checked(REFUSED)
    (finding,) = refused(report)
    assert descriptors() == before
    assert finding.severity is Severity.ERROR
    assert finding.range is not None
    assert (finding.range.path, finding.range.line) == ("/src/prog.c", here(REFUSED))
    assert finding.program == "wrong"
    assert " refuses wrong: invalid access to packet, off=0 size=1, R" in finding.message
    assert finding.message.startswith("Linux ")
    assert any("by our analysis, over all paths, it is pkt()" in note for note in finding.notes)
    assert report.lines["/src/prog.c", here(REFUSED)].endswith(b"/* here */")
    assert report.kernel_remarks == ()


def test_without_the_setting_the_kernel_is_not_asked() -> None:
    assert refused(checked(REFUSED, Settings())) == []


def test_built_object(tmp_path: Path) -> None:
    built = tmp_path / "prog.o"
    built.write_bytes(compile_c(REFUSED))
    assert len(refused(analyse_path(str(built), ASKED))) == 1
    assert len(refused(with_kernel(analyse_built(str(built), built.read_bytes(), ASKED), ASKED))) == 1


@pytest.mark.parametrize(
    "name", ["room_left", "global_function", "setting_not_set", "strip_and_readd", "tail_call"]
)
def test_programs_that_the_kernel_takes(name: str) -> None:
    path = Path(__file__).parents[1] / "cases" / f"{name}.c"
    report = analyse_path(str(path), ASKED)
    assert report.analysis.programs
    assert refused(report) == []
    assert report.kernel_remarks == ()


def test_settings_are_what_the_object_has() -> None:
    """Zero, by which the verifier sees that the index stays within the stack."""
    source = (
        HEAD
        + """
const volatile unsigned at;
SEC("xdp") int prog(struct xdp_md *x) { volatile char stack[8] = {}; return stack[at]; }
"""
    )
    assert refused(checked(source)) == []


def test_global_functions_are_looked_at_alone() -> None:
    """As they are when the program is loaded for good: for any argument."""
    source = (
        HEAD
        + """
__attribute__((noinline)) int get(struct xdp_md *x, unsigned at)
{
	volatile char stack[8] = {};
	return stack[at] + x->rx_queue_index; /* here */
}
SEC("xdp") int prog(struct xdp_md *x) { return get(x, 3); }
"""
    )
    (finding,) = refused(checked(source))
    assert finding.range is not None
    assert finding.range.line == here(source)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            'SEC("freplace/other") int prog(struct xdp_md *x) { return *(volatile int *)(long)x->data; }',
            "not asked about prog: What it replaces a function of",
        ),
        (
            "extern int LINUX_KERNEL_VERSION __kconfig;\n"
            'SEC("xdp") int prog(struct xdp_md *x) { return LINUX_KERNEL_VERSION; }',
            "not asked about prog: It reads LINUX_KERNEL_VERSION of the kernel's configuration",
        ),
        (
            "extern int no_such_kfunc(void) __ksym;\n"
            'SEC("xdp") int prog(struct xdp_md *x) { return no_such_kfunc(); }',
            "not asked about prog: It calls no_such_kfunc: this kernel, modules apart, has no such function.",
        ),
    ],
)
def test_what_cannot_be_given_is_no_refusal(body: str, words: str) -> None:
    report = checked(HEAD + body + "\n")
    assert refused(report) == []
    (remark,) = report.kernel_remarks
    assert words in remark


def test_a_comment_silences_it_and_is_not_in_vain_without_the_kernel() -> None:
    source = REFUSED.replace("/* here */", "/* xdp-lsp: allow(kernel-refused) newer kernels take it */")
    (finding,) = refused(checked(source))
    assert finding.suppressed == "newer kernels take it"
    assert not checked(source, Settings()).analysis.findings


def test_severity_is_the_users() -> None:
    settings = ASKED._replace(severity=(("kernel-refused", Severity.WARNING),))
    assert refused(checked(REFUSED, settings))[0].severity is Severity.WARNING
    assert refused(checked(REFUSED, ASKED._replace(severity=(("kernel-refused", None),)))) == []


def test_what_is_too_large_names_the_program() -> None:
    source = (
        HEAD
        + """
SEC("xdp") int prog(struct xdp_md *x) /* here */
{
	volatile unsigned sum = 0;
	for (unsigned i = 0; i < 4000000; i++)
		sum += i ^ x->rx_queue_index;
	return sum & 1;
}
"""
    )
    (finding,) = refused(checked(source))
    assert finding.range is not None
    assert finding.range.line == here(source)
    assert "BPF program is too large. Processed 1000001 insn" in finding.message
