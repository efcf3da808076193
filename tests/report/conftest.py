"""A report with one of everything, made by the checks themselves from a hand-made exploration."""

from __future__ import annotations

import pytest

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.analysis.conclude import conclude
from xdp_lsp.analysis.merge import merge
from xdp_lsp.analysis.suppression import apply_suppressions
from xdp_lsp.headroom import resolve, resolve_senders
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.pipeline import FileReport
from xdp_lsp.pipeline.compile_findings import compile_findings, reason
from xdp_lsp.program import Attach, Function, Image, Program
from xdp_lsp.report.model import Report
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain import ClangDiagnostic, CompileResult
from xdp_lsp.toolchain.diagnostics import ClangNote
from xdp_lsp.verifier.result import Bounds, CallSite, Exploration, NeedKind, Reason, ReasonKind, Redirect

FOLDER = "/project"
ENCAP = f"{FOLDER}/src/encap.c"
TEXT = """\
SEC("xdp") int encap(struct xdp_md *ctx)
{
	__u32 len = conf->len;

	if (len > 168)
		return XDP_DROP;
	/* größe */ if (bpf_xdp_adjust_head(ctx, -(int)len))
		return XDP_ABORTED;
	/* xdp-lsp: allow(result-unchecked) nothing is written afterwards */
	bpf_xdp_adjust_head(ctx, 8);
	return bpf_redirect(2, 0);
}
SEC("xdp/devmap") int out(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -4) ? 0 : 2; }
"""
PROGRAMS = (Program("encap", "xdp", 0, Attach.XDP), Program("out", "xdp/devmap", 20, Attach.DEVMAP))
PLACES = {0: (1, 0), 2: (3, 20), 4: (5, 6), 6: (7, 20), 8: (10, 2), 10: (11, 9), 20: (13, 0), 22: (13, 57)}


class Places:
    def location(self, pc):
        return SourceLocation(ENCAP, *PLACES[pc])

    def inlined_at(self, pc):
        return ()


def site(pc, delta, total, **rest):
    """A call of adjust_head with bounds of its delta and of the total after it."""
    return CallSite(
        pc=pc,
        helper="bpf_xdp_adjust_head",
        reachable=True,
        delta=Bounds(*delta),
        total=Bounds(*total),
        metadata=Bounds(0, 0),
        demand=Bounds(-total[1], -total[0]),
        **{"result_checked": True, **rest},
    )


EXPLORATIONS = (
    Exploration(
        (
            site(
                6,
                (-168, 0),
                (-168, 0),
                worst=(
                    Reason(ReasonKind.READ, 2, "the length is read from a value of map conf"),
                    Reason(ReasonKind.CHECK, 4, "this check lets at most 168 through"),
                ),
            ),
            site(8, (8, 8), (-160, 8), result_checked=False),
        ),
        NeedKind.BOUNDED,
        need=168,
        need_with_fallback=168,
        demand=168,
        redirects=(Redirect(10, (Bounds(-8, 160),)),),
        instructions=19,
        steps=25,
    ),
    Exploration((site(22, (-4, -4), (-4, -4)),), NeedKind.BOUNDED, 4, 4, 4, instructions=9, steps=9),
)


def analysed():
    image = Image(
        slots=(Instruction(0, 0, 0, 0, 0),) * 30,
        functions=(Function("encap", "xdp", 0, 20, True), Function("out", "xdp/devmap", 20, 30, True)),
        programs=PROGRAMS,
        source_map=Places(),
    )
    targets = resolve(["ixgbe", "i40e", "mlx5_core"])
    answers = [
        conclude(
            image,
            program,
            found,
            targets,
            (),
            counts_all=program.attach.starts_fresh,
            senders=resolve_senders(["virtio_net"]),
        )
        for program, found in zip(PROGRAMS, EXPLORATIONS, strict=True)
    ]
    findings = merge(finding for answer in answers for finding in answer.findings)
    # The carets' extents come from libclang; here the delta's of the first call.
    findings = [
        f._replace(range=SourceRange(ENCAP, 7, 45, 7, 54)) if f.range.line == 7 else f for f in findings
    ]
    return FileReport(
        FileAnalysis(
            ENCAP,
            "default",
            Status.ANALYSED,
            tuple(answer.program for answer in answers),
            apply_suppressions(findings, ENCAP, {ENCAP: TEXT}.get),
        ),
        lines={(ENCAP, n): line for n, line in enumerate(TEXT.encode().split(b"\n"), start=1)},
    )


def broken():
    path = f"{FOLDER}/broken.c"
    place = SourceRange(path, 2, 6, 2, 10)
    error = ClangDiagnostic(place, "error", "use of undeclared identifier 'nope'")
    result = CompileResult(
        None, (error._replace(notes=(ClangNote(place, "here"),)),), (), (), 0.0, hint="Declare it."
    )
    return FileReport(
        FileAnalysis(
            path,
            "default",
            Status.COMPILE_ERROR,
            findings=compile_findings(path, result),
            reason=reason(path, result),
        ),
        compiler_diagnostics=result.diagnostics,
        flag_remarks=("-fplugin=x.so is not passed on: it runs a program.",),
        hint="Declare it.",
        lines={(path, 2): b"\tx = nope;"},
    )


@pytest.fixture
def report():
    unreadable = FileAnalysis("/elsewhere/x.o", "", Status.UNREADABLE, reason="It is no ELF file.")
    empty = FileAnalysis(f"{FOLDER}/util.c", "default", Status.NO_PROGRAM)
    return Report((analysed(), broken(), FileReport(unreadable), FileReport(empty)), FOLDER)
