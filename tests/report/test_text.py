"""The text report: what a person reads, written out whole."""

from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import Report
from xdp_lsp.report.style import Style
from xdp_lsp.report.text import render
from xdp_lsp.source import SourceRange

PLAIN = Style(colour=False)

WHOLE = """\
src/encap.c:7:45: warning: may prepend up to 168 bytes here; the portable headroom is 152 (set by i40e) \
[headroom-exceeded]
    7 |         /* größe */ if (bpf_xdp_adjust_head(ctx, -(int)len))
      |                                                  ^~~~~~~~~
      = note: short by 16: i40e, ixgbe
src/encap.c:3:20: note: the length is read from a value of map conf
    3 |         __u32 len = conf->len;
      |                           ^
src/encap.c:5:6: note: this check lets at most 168 through
    5 |         if (len > 168)
      |             ^
      = help: check before the call that it prepends at most 152 bytes, and drop the packet
              otherwise

src/encap.c:11:9: warning: may leave 0 bytes for virtio_net, which wants 12 to send (short by 12 on ixgbe) \
[redirect-headroom]
   11 |         return bpf_redirect(2, 0);
      |                ^
      = note: short by 12: i40e, ixgbe
src/encap.c:7:20: note: prepends up to 168 bytes
    7 |         /* größe */ if (bpf_xdp_adjust_head(ctx, -(int)len))
      |                         ^
      = help: prepend at most 140 bytes in all to a frame that is redirected

src/encap.c:13: info: 4 bytes on top of what was taken before: out runs on a packet that another program has \
redirected to a device (xdp/devmap) [depends-on-entry]

src/encap.c: encap (xdp): needs 168 bytes, 172 to be redirected to virtio_net, which wants 12; \
may exceed 2 of 3 targets (portable 152, i40e)
src/encap.c: out (xdp/devmap): needs 4 bytes on top of what ran before; whether it fits is not known
broken.c:2:6: error: use of undeclared identifier 'nope' [compile-error]
    2 |         x = nope;
      |             ^~~~
broken.c:2:6: note: here
    2 |         x = nope;
      |             ^~~~
      = help: Declare it.

broken.c: note: -fplugin=x.so is not passed on: it runs a program.
broken.c: error: does not compile
/elsewhere/x.o: error: It is no ELF file.
util.c: no XDP program
2 programs in 3 files (2 not analysed): 1 may exceed, 1 unknown; 1 error, 2 warnings, 1 info, 1 silenced
"""


def test_the_whole_report(report):
    assert render(report, PLAIN) == WHOLE


def test_quiet_leaves_what_asks_for_action(report):
    said = render(report, PLAIN, quiet=True)
    assert "info:" not in said
    assert "no XDP program" not in said
    assert "in 3 files" not in said
    assert "warning: may prepend up to 168 bytes" in said
    assert "/elsewhere/x.o: error: It is no ELF file." in said


def test_colour_adds_codes_and_nothing_else(report):
    said = render(report, Style(colour=True))
    assert "\x1b[1;35mwarning:\x1b[0m" in said
    for code in ("0", "1", "2", "1;31", "1;32", "1;35", "1;36", "32"):
        said = said.replace(f"\x1b[{code}m", "")
    assert said == WHOLE


def one_finding(message, place, line, path="/project/a.c"):
    finding = Finding("headroom-exceeded", Severity.WARNING, message, place, "prog", "xdp+12")
    analysis = FileAnalysis(path, "", Status.ANALYSED, (), (finding,))
    lines = {} if place is None else {(place.path, place.line): line}
    return render(Report((FileReport(analysis, lines=lines),), "/project"), PLAIN).splitlines()


def test_without_line_info_the_instruction_is_the_place():
    assert one_finding("message", None, b"")[0] == (
        "a.c: prog at xdp+12: warning: message [headroom-exceeded]"
    )


def test_what_would_steer_a_terminal_is_replaced():
    place = SourceRange("/project/a.c", 1, 3, 1, 4)
    head, line, *_ = one_finding("\x1b[2Jm", place, b"\x1b]0;\x07x\xff")
    assert head == "a.c:1:3: warning: \N{REPLACEMENT CHARACTER}[2Jm [headroom-exceeded]"
    assert line == "    1 | {0}]0;{0}x{0}".format("\N{REPLACEMENT CHARACTER}")


def test_a_line_that_is_not_known_is_left_out():
    place = SourceRange("/project/a.c", 1, 3, 1, 4)
    finding = Finding("headroom-exceeded", Severity.WARNING, "m", place, "prog", "xdp+12")
    report = Report(
        (FileReport(FileAnalysis("/project/a.c", "", Status.ANALYSED, (), (finding,))),), "/project"
    )
    assert render(report, PLAIN).splitlines()[1] == ""


def test_what_several_files_include_is_told_once(report):
    first, *_ = report.files
    twin = first._replace(analysis=first.analysis._replace(path="/project/src/other.c"))
    said = render(Report((first, twin), "/project"), PLAIN)
    assert said.count("[headroom-exceeded]") == 1
    assert "src/other.c: encap (xdp): needs 168 bytes" in said
    assert said.endswith("4 programs in 2 files: 2 may exceed, 2 unknown; 2 warnings, 1 info, 2 silenced\n")
