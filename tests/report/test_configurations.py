"""One file in several configurations: what all have is told once, what some have says which."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import xdp_lsp.report
from tests.support.sarif import validate_sarif
from xdp_lsp.analysis import Verdict
from xdp_lsp.pipeline import analyse_path, configurations_of
from xdp_lsp.report import github, json_report, sarif, text
from xdp_lsp.report.baseline import hide_known, read_baseline
from xdp_lsp.report.configurations import settled
from xdp_lsp.report.model import Report
from xdp_lsp.report.style import Style
from xdp_lsp.settings import load_settings

# What each line says is told, and in which configurations; nothing behind the code: in all.
SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#if MTU == 0
#error no MTU
#endif
SEC("xdp") int encap(struct xdp_md *ctx)
{
	/* xdp-lsp: allow(headroom-exceeded) jumbo frames run on mlx5 only */
	if (bpf_xdp_adjust_head(ctx, MTU > 2000 ? -170 : -60))
		return XDP_DROP;
	bpf_xdp_adjust_head(ctx, 8); /* told: result-unchecked */
#if MTU == 9000
	bpf_xdp_adjust_head(ctx, 16); /* told: result-unchecked (in configuration mtu9000) */
#endif
#if MTU < 9001
	bpf_xdp_adjust_head(ctx, 24); /* told: result-unchecked (in configurations mtu1500, mtu9000) */
#endif
	return XDP_TX;
}
#if MTU > 2000
/* xdp-lsp: prepends at most 16 */
SEC("xdp") int jumbo(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -16) ? XDP_DROP : XDP_PASS; }
#endif
/* xdp-lsp: allow(negative-length) told: unused-suppression */
SEC("xdp") int same(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -16) ? XDP_DROP : XDP_PASS; }
"""


def _settings(*mtus: int) -> str:
    return "\n".join(
        f'[[configuration]]\nname = "mtu{mtu}"\nflags = ["-DMTU={mtu}", "-fplugin=x"]\n' for mtu in mtus
    )


def _report(folder: Path, names: tuple[str, ...] | None = None) -> Report:
    path = str(folder / "prog.c")
    settings, problems = load_settings(folder)
    assert not problems
    names = names or configurations_of(path, settings)
    reports = [analyse_path(path, settings, configuration=name).compact() for name in names]
    return Report(settled(reports), str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    (folder / ".xdp-lsp.toml").write_text(_settings(1500, 9000, 9001))
    (folder / "prog.c").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return _report(folder)


def _marked() -> Iterator[tuple[int, str]]:
    for number, line in enumerate(SOURCE.splitlines(), 1):
        if "told: " in line:
            yield number, line.partition("told: ")[2].removesuffix("*/").strip()


def test_each_finding_is_told_once_with_the_configurations_that_have_it(report: Report) -> None:
    told = [(one.range, one.code, one.message) for _, findings in report.told() for one in findings]
    shown = sorted(
        (place.line, code + (f" (in{message.partition(' (in')[2]}" if " (in" in message else ""))
        for place, code, message in told
        if place is not None
    )
    assert shown == sorted(_marked())


def test_a_verdict_that_is_not_of_all_names_its_configurations(report: Report) -> None:
    lines = [
        line for line in text.render(report, Style(False)).splitlines() if re.match(r"\S+ \w+ \(xdp\)", line)
    ]
    assert lines == [
        "prog.c: encap (xdp) in configuration mtu1500: needs 60 bytes; fits all 22 targets (portable 152, i40e)",
        "prog.c: same (xdp): needs 16 bytes; fits all 22 targets (portable 152, i40e)",
        "prog.c: encap (xdp) in configurations mtu9000, mtu9001: needs 170 bytes; exceeds 4 of 22 targets "
        "(portable 152, i40e)",
        "prog.c: jumbo (xdp) in configurations mtu9000, mtu9001: needs 16 bytes; fits all 22 targets "
        "(portable 152, i40e); contract: prepends at most 16 (kept)",
    ]


def test_a_program_counts_once_by_its_worst_verdict(report: Report) -> None:
    assert report.verdicts() == {Verdict.EXCEEDS: 1, Verdict.FITS: 2}
    assert (
        text.render(report, Style(False))
        .splitlines()[-1]
        .startswith("3 programs in 1 file: 2 fit, 1 exceeds;")
    )


def test_flags_that_all_leave_out_are_told_once(report: Report) -> None:
    assert text.render(report, Style(False)).count("-fplugin=x") == 1


def test_what_is_unused_in_one_that_was_looked_at_alone_is_not_told(folder: Path) -> None:
    alone = _report(folder, ("mtu1500",))
    assert "unused-suppression" not in {one.code for _, some in alone.told() for one in some}
    assert not any("configuration" in one.message for _, some in alone.told() for one in some)


def test_one_that_does_not_compile_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".xdp-lsp.toml").write_text(_settings(1500, 0))
    (tmp_path / "prog.c").write_text(SOURCE)
    broken = _report(tmp_path)
    lines = text.render(broken, Style(False)).splitlines()
    assert "prog.c:4:2: error: no MTU (in configuration mtu0) [compile-error]" in lines
    assert "prog.c: error: does not compile (in configuration mtu0)" in lines
    assert "unused-suppression" not in {one.code for _, some in broken.told() for one in some}


def test_json_has_an_entry_for_each(report: Report) -> None:
    found = json.loads(json_report.render(report))
    schema = json.loads((Path(xdp_lsp.report.__file__).parent / "check.schema.json").read_text("utf-8"))
    jsonschema.validate(found, schema)
    every = ["mtu1500", "mtu9000", "mtu9001"]
    assert [one["configuration"] for one in found["files"]] == every
    assert [one["configurations"] for one in found["files"]] == [every] * 3


def test_github_and_sarif_say_the_same_as_the_text(report: Report) -> None:
    said = [one.message for _, findings in report.told() for one in findings]
    annotations = [line for line in github.render(report).splitlines() if line.startswith("::")]
    assert len(annotations) == len(said)
    log = sarif.render(report)
    validate_sarif(log)
    (run,) = json.loads(log)["runs"]
    told = [one for one in run["results"] if not one["suppressions"]]
    assert [one["message"]["text"].partition("\n")[0] for one in told] == said
    named = [
        one["properties"].get("configurations")
        for one in told
        if "(in configurations" in one["message"]["text"]
    ]
    assert named == [["mtu1500", "mtu9000"]]


def test_a_baseline_of_one_build_hides_the_same_in_all(folder: Path, report: Report) -> None:
    """And a configuration that makes it worse shows it again."""
    plain = replace(report, files=report.files[:1])
    known = read_baseline(sarif.render(plain))
    left, hidden = hide_known(report, known)
    assert hidden > 0
    lines = {one.range.line for _, some in left.told() for one in some if one.range}
    assert lines == {
        number for number, what in _marked() if what.endswith("mtu9000)") and "mtu1500" not in what
    }


def test_a_baseline_of_all_hides_all_and_of_one_no_more(report: Report) -> None:
    known = read_baseline(sarif.render(report))
    assert sum(len(some) for _, some in hide_known(report, known)[0].told()) == 0
    other = next(key for key in known if key.endswith(" mtu9000"))
    assert hide_known(report, {other: known[other]})[1] == 1
