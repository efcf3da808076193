"""The formats for tools: valid against their schemas, and saying the same as the text."""

import json
from pathlib import Path

import jsonschema
import pytest

import xdp_lsp.report
from tests.support.sarif import validate_sarif
from xdp_lsp.checks import CODES
from xdp_lsp.report import github, json_report, sarif
from xdp_lsp.report.baseline import BaselineError, hide_known, read_baseline
from xdp_lsp.report.fingerprint import fingerprints
from xdp_lsp.report.model import Report


class TestJson:
    def test_is_valid_against_the_schema_in_the_tree(self, report):
        schema = json.loads((Path(xdp_lsp.report.__file__).parent / "check.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(json_report.render(report)), schema)

    def test_says_what_tools_rely_on(self, report):
        encap, broken, unreadable, empty = json.loads(json_report.render(report))["files"]
        assert (encap["path"], encap["status"]) == ("src/encap.c", "analysed")
        assert [file["status"] for file in (broken, unreadable, empty)] == [
            "compile-error",
            "unreadable",
            "no-program",
        ]
        program = encap["programs"][0]
        assert (program["need"], program["need_kind"], program["verdict"]) == (168, "bounded", "may-exceed")
        assert program["targets"][0] == {
            "target": "ixgbe",
            "usable": 152,
            "fits": False,
            "short_to_send": 12,
        }
        assert program["sender"] == {"target": "virtio_net", "wants": 12}
        (redirect,) = program["redirects"]
        assert (redirect["line"], redirect["column"], redirect["instruction"]) == (11, 9, 10)
        assert redirect["taken"] == [{"min": -8, "max": 160}]
        call = program["calls"][0]
        assert call["delta"] == {"min": -168, "max": 0}
        assert (call["path"], call["line"], call["column"], call["instruction"]) == ("src/encap.c", 7, 20, 6)
        finding = encap["findings"][0]
        assert (finding["line"], finding["column"], finding["end_column"]) == (7, 45, 54)
        assert [place["line"] for place in finding["related"]] == [3, 5]
        assert broken["findings"][0]["code"] == "compile-error"

    def test_a_column_that_is_not_known_is_null(self, report):
        entry = json.loads(json_report.render(report))["files"][0]["programs"][1]
        assert (entry["line"], entry["column"]) == (13, None)

    def test_is_ascii(self, report):
        assert json_report.render(report).isascii()


class TestSarif:
    def test_is_valid_against_the_official_schema(self, report):
        validate_sarif(sarif.render(report))

    def test_has_a_rule_with_help_for_every_code(self, report):
        (run,) = json.loads(sarif.render(report))["runs"]
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == list(CODES)
        assert all(rule["help"]["markdown"].startswith(f"# {rule['id']}\n") for rule in rules)
        assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])

    def test_places_count_characters_and_stand_below_the_root(self, report):
        (run,) = json.loads(sarif.render(report))["runs"]
        result = next(r for r in run["results"] if r["ruleId"] == "headroom-exceeded")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "src/encap.c", "uriBaseId": "%SRCROOT%"}
        # Bytes 45 to 54; two characters before take two bytes each.
        assert place["region"] == {"startLine": 7, "startColumn": 43, "endLine": 7, "endColumn": 52}
        assert [place["id"] for place in result["relatedLocations"]] == [1, 2]
        assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///project/"

    def test_a_silenced_finding_is_there_with_its_reason(self, report):
        (run,) = json.loads(sarif.render(report))["runs"]
        by_code = {result["ruleId"]: result["suppressions"] for result in run["results"]}
        assert by_code["result-unchecked"] == [
            {"kind": "inSource", "justification": "nothing is written afterwards"}
        ]
        assert by_code["headroom-exceeded"] == []

    def test_says_what_could_not_be_analysed(self, report):
        (run,) = json.loads(sarif.render(report))["runs"]
        (invocation,) = run["invocations"]
        assert invocation["executionSuccessful"] is False
        texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
        assert texts[:2] == [
            "/project/broken.c does not compile: /project/broken.c:2: use of undeclared identifier 'nope'.",
            "It is no ELF file.",
        ]


class TestFingerprints:
    def moved(self, report):
        """The same findings, three lines further down."""
        first = report.files[0]

        def down(finding):
            place = finding.range
            return finding._replace(range=place._replace(line=place.line + 3, end_line=place.end_line + 3))

        analysis = first.analysis._replace(findings=tuple(map(down, first.analysis.findings)))
        lines = {(path, number + 3): text for (path, number), text in first.lines.items()}
        return Report((first._replace(analysis=analysis, lines=lines),), report.folder)

    def test_stay_when_lines_move(self, report):
        moved = self.moved(report)
        assert fingerprints(moved, moved.files[0]) == fingerprints(report, report.files[0])

    def test_change_with_the_line_and_differ_within_a_file(self, report):
        first = report.files[0]
        found = fingerprints(report, first)
        assert len(set(found)) == len(found)
        (path, _), *_ = first.lines
        edited = first._replace(lines={**first.lines, (path, 7): b"\tif (bpf_xdp_adjust_head(ctx, -len))"})
        changed = fingerprints(Report((edited,), report.folder), edited)
        assert [old == new for old, new in zip(found, changed, strict=True)].count(False) == 1

    def test_a_baseline_hides_what_it_has_and_only_that(self, report):
        known = read_baseline(sarif.render(report))
        hidden, count = hide_known(self.moved(report), known)
        assert (hidden.files[0].analysis.findings, count) == ((), len(report.files[0].analysis.findings))
        assert hide_known(report, frozenset())[1] == 0

    def test_a_baseline_does_not_hide_that_a_file_does_not_compile(self, report):
        hidden, _ = hide_known(report, read_baseline(sarif.render(report)))
        assert [f.code for f in hidden.files[1].analysis.findings] == ["compile-error"]

    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"runs": 1}', "[" * 100_000, '{"runs": [{"results": 3}]}']
    )
    def test_what_is_no_sarif_is_refused_in_a_sentence(self, text):
        with pytest.raises(BaselineError, match="it is not a SARIF log"):
            read_baseline(text)

    def test_a_log_of_another_tool_is_refused(self):
        with pytest.raises(BaselineError, match="of another tool"):
            read_baseline('{"runs": [{"results": [{"ruleId": "x"}]}]}')


class TestGithub:
    def test_annotates_in_characters_and_escapes(self, report):
        lines = github.render(report).splitlines()
        assert lines[0] == (
            "::warning title=headroom-exceeded,file=src/encap.c,line=7,endLine=7,col=43,endColumn=52::"
            "may prepend up to 168 bytes here; the portable headroom is 152 (set by i40e)"
            "%0Ashort by 16: i40e, ixgbe"
            "%0Acheck before the call that it prepends at most 152 bytes, and drop the packet otherwise"
        )
        assert lines[1].startswith("::warning title=redirect-headroom,file=src/encap.c,line=11,endLine=11,")
        assert lines[2].startswith("::notice title=depends-on-entry,file=src/encap.c,line=13,endLine=13::")
        assert "::error file=/elsewhere/x.o::It is no ELF file." in lines

    def test_leaves_silenced_findings_out(self, report):
        assert "result-unchecked" not in github.render(report)

    def test_escapes_what_would_end_a_property(self, report):
        first = report.files[2]
        odd = first._replace(analysis=first.analysis._replace(path="/project/a,b:c%.o", reason="100%\nsure"))
        said = github.render(Report((odd,), "/project"))
        assert said.startswith("::error file=a%2Cb%3Ac%25.o::100%25%0Asure\n")
