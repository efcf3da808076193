"""What findings gain by a run: a note and a record, after the verdict, and only where there is a finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from xdp_lsp.analysis import Link
from xdp_lsp.checks import Finding
from xdp_lsp.pipeline import FileReport, SourceSnapshot, analyse_source, toolchain_of
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.pipeline.witnesses import with_witnesses
from xdp_lsp.program import load_image
from xdp_lsp.report import json_report
from xdp_lsp.report.model import Report
from xdp_lsp.settings import Settings
from xdp_lsp.verifier.result import UNBOUNDED_NEED

HEAD = """#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
struct conf { __u32 kind, len; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct conf); }
    conf SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct conf *c = bpf_map_lookup_elem(&conf, &key);

	if (!c)
		return XDP_PASS;
"""
CHECKED = HEAD + (
    "\t__u32 len = *(volatile __u32 *)&c->len;\n\tif (c->kind != 3 || len > 200)\n\t\treturn XDP_PASS;\n"
    "\treturn bpf_xdp_adjust_head(ctx, -(int)len);%s\n}\n"
)
UNCHECKED = HEAD + "\treturn bpf_xdp_adjust_head(ctx, -(int)c->len);\n}\n"
LOOP = HEAD + (
    "\tfor (__u32 i = 0; i < c->len; i++)\n\t\tbpf_xdp_adjust_head(ctx, -1);\n\treturn XDP_PASS;\n}\n"
)
TAIL_CALL = """#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
int second(struct xdp_md *ctx);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = { .values = { [1] = &second } };
SEC("xdp") int second(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -90); }
SEC("xdp") int first(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -80))
		return XDP_DROP;
	bpf_tail_call(ctx, &next, ctx->rx_queue_index);
	return XDP_PASS;
}
"""
FITS = HEAD + "\treturn c->kind == 3 ? bpf_xdp_adjust_head(ctx, -2) : XDP_PASS;\n}\n"


@pytest.fixture
def analysed(tmp_path: Path) -> Callable[[str], FileReport]:
    def run(contents: str) -> FileReport:
        snapshot = SourceSnapshot(str(tmp_path / "prog.c"), contents.encode())
        return analyse_source(snapshot, Settings(), toolchain_of(Settings()))

    return run


def witnessed(report: FileReport) -> Finding:
    [finding] = [one for one in report.analysis.findings if one.witness is not None]
    return finding


def test_a_finding_gains_a_run_after_the_verdict(analysed: Callable[[str], FileReport]) -> None:
    first = analysed(CHECKED % "")
    assert not any(finding.witness or "asks for" in str(finding.notes) for finding in first.analysis.findings)
    finding = witnessed(enrich(first))
    assert finding.code == "headroom-exceeded"
    assert finding.witness is not None
    assert (finding.witness.demand, finding.witness.claimed) == (200, 200)
    assert finding.notes[-1] == "with conf[0].kind = 3 and conf[0].len = 200 it asks for 200"


def test_json_has_the_inputs(analysed: Callable[[str], FileReport]) -> None:
    report = enrich(analysed(CHECKED % ""))
    told = json.loads(json_report.render(Report((report,), "/")))
    [witness] = [one["witness"] for one in told["files"][0]["findings"] if one["witness"]]
    assert witness == {
        "demand": 200,
        "claimed": 200,
        "inputs": [
            {"name": "conf[0].kind", "value": 3, "text": "conf[0].kind = 3"},
            {"name": "conf[0].len", "value": 200, "text": "conf[0].len = 200"},
        ],
    }


@pytest.mark.parametrize(("source", "least"), [(UNCHECKED, UNBOUNDED_NEED + 1), (LOOP, 500)])
def test_a_demand_without_a_bound_is_shown_to_be_large(
    analysed: Callable[[str], FileReport], source: str, least: int
) -> None:
    finding = witnessed(enrich(analysed(source)))
    assert finding.code == "prepend-unbounded"
    assert finding.witness is not None
    assert finding.witness.claimed is None
    assert finding.witness.demand >= least
    assert finding.notes[-1].startswith("with conf[0].len = ")


def test_what_came_before_a_tail_call_counts(analysed: Callable[[str], FileReport]) -> None:
    report = enrich(analysed(TAIL_CALL))
    told = [finding.witness for finding in report.analysis.findings if finding.witness is not None]
    assert [str(witness) for witness in told if witness.demand > 100] == [
        "with ctx->rx_queue_index = 1 it asks for 170"
    ]
    later = enrich(analysed(TAIL_CALL), Link(None, goes_on=False))
    assert not any(finding.witness for finding in later.analysis.findings)


@pytest.mark.parametrize(
    "source", [FITS, CHECKED % " /* xdp-lsp: allow(headroom-exceeded) only ever runs on mlx5 */"]
)
def test_what_nobody_is_shown_is_not_run(
    analysed: Callable[[str], FileReport], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("xdp_lsp.pipeline.witnesses.find_witness", lambda *given: asked.append(given))
    enrich(analysed(source))
    assert not asked
    enrich(analysed(CHECKED % ""))
    assert asked


def test_a_finding_stands_where_the_search_fails(
    analysed: Callable[[str], FileReport], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in the search, which we know none of, is logged and costs the note alone."""

    def fails(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("xdp_lsp.pipeline.witnesses.find_witness", fails)
    report = analysed(CHECKED % "")
    assert report.compiled is not None
    image = load_image(report.compiled.object)
    found = with_witnesses(report.analysis.findings, report.analysis.programs, image)
    assert found == report.analysis.findings
    assert "no" in caplog.text
