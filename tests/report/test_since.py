"""What changed since a revision, in the formats that tell it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xdp_lsp.analysis import Verdict
from xdp_lsp.cli.outcome import exit_status
from xdp_lsp.cli.status import CLEAN, FAILED, FOUND, UNKNOWN
from xdp_lsp.report import page, since_table
from xdp_lsp.report.page import FilePage, Page
from xdp_lsp.report.since import compare
from xdp_lsp.report.style import Style
from xdp_lsp.settings import Settings


@pytest.fixture
def since(report):
    """`encap` needed 4 bytes before, and nothing was found."""
    (file, *others) = report.files
    encap, out = file.analysis.programs
    fitted = tuple(verdict._replace(fits=True) for verdict in encap.targets)
    calm = encap._replace(
        exploration=replace_need(encap.exploration, 4), verdict=Verdict.FITS, targets=fitted
    )
    old = file._replace(analysis=file.analysis._replace(programs=(calm, out), findings=()))
    elsewhere = replace(report, files=(old, *others))
    return replace(
        compare(elsewhere, report, report.folder),
        revision="main",
        commit="0123456789abcdef",
        remarks=("Submodules are not followed; main has lib/<b>.",),
    )


def replace_need(exploration, need):
    return exploration._replace(need=need, need_with_fallback=need)


def test_annotations_are_for_what_is_new_and_the_table_stands_in_the_log(since):
    said = since_table.render_github(since)
    commands = [line for line in said.splitlines() if line.startswith("::")]
    assert any("title=headroom-exceeded" in line and "file=src/encap.c" in line for line in commands)
    assert not any("broken.c" in line for line in commands)
    (row,) = [line for line in said.splitlines() if line.startswith("  src/encap.c: encap  4")]
    assert " -> 168" in row
    assert "newly short: ixgbe, i40e" in said
    assert "note: Submodules are not followed; main has lib/<b>.\n" in said


def test_a_terminal_is_told_the_same(since):
    said = since_table.render(since, Style(False))
    assert "src/encap.c:7:45: warning: may prepend up to 168 bytes here" in said
    assert "\nsince main (0123456789ab):\n" in said
    assert "2 programs: 1 changed, 1 unchanged; " in said


def test_the_page_has_the_table_above_its_matrix(since):
    files = tuple(FilePage(file, ()) for file in since.report.files)
    text = page.render(Page(since.report, files, (), (), since=since))
    assert "<h2>Since main (0123456789ab)</h2>" in text
    assert '<th scope="row">src/encap.c: encap</th><td>4' in text
    assert "main has lib/&lt;b&gt;." in text


def test_a_program_whose_file_was_not_analysed_before_is_not_called_new(report):
    (file, *others) = report.files
    failed = file.analysis._replace(
        status=report.files[1].analysis.status, programs=(), findings=(), reason="No."
    )
    before = replace(report, files=(file._replace(analysis=failed), *others))
    assert {change.kind.value for change in compare(before, report, report.folder).changes} == {"analysed"}
    assert {change.kind.value for change in compare(report, before, report.folder).changes} == {
        "not-analysed"
    }


def test_what_was_so_before_is_no_reason_to_fail(report):
    """Here a file that does not compile, one that cannot be read, findings and a verdict that is unknown."""
    strict = Settings(strict=True)
    now = compare(report, report, report.folder)
    assert exit_status((analysis, strict) for analysis in now.news()) == CLEAN
    assert "nothing changed of any program" in since_table.render(now, Style(False))

    nothing = replace(report, files=())
    new = list(compare(nothing, report, report.folder).news())
    assert exit_status([(new[0], strict)]) == FOUND
    assert exit_status((analysis, strict) for analysis in new) == FAILED
    unjudged = new[0]._replace(findings=())
    assert exit_status([(unjudged, strict)]) == UNKNOWN


def test_a_target_that_is_no_longer_chosen_is_not_told_as_one_that_fits_now(report):
    (file, *others) = report.files
    encap, out = file.analysis.programs
    short = [verdict.target.spec for verdict in encap.targets if verdict.fits is False]
    kept = tuple(verdict for verdict in encap.targets if verdict.fits)
    less = file._replace(
        analysis=file.analysis._replace(programs=(encap._replace(targets=kept, verdict=Verdict.FITS), out))
    )
    (change,) = compare(report, replace(report, files=(less, *others)), report.folder).changes
    assert short
    assert change.no_longer_short == ()
