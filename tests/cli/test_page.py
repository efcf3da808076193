"""`check --format html`: the page as Chromium shows it."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the command is a process
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import HEAD, SOURCES
from tests.editors.installed import ROOT
from tests.support.chromium import chromium

# What somebody may call a file, and write into a line that a finding is about.
NAME = "<img src=x onerror=alert(1)>&amp;.c"
LINE = "/* </pre><script>document.title = 'run'</script> \u202e */"
HOSTILE = (
    HEAD + f'SEC("xdp") int may(struct xdp_md *x) {{ return bpf_xdp_adjust_head(x, -300) ? 1 : 2; }} {LINE}\n'
)
FILES = {
    "gue_encap.c": (ROOT / "examples" / "gue_encap.c").read_text(),
    "plain.c": HEAD + 'SEC("xdp") int plain(struct xdp_md *x) { return XDP_PASS; }\n',
    NAME: HOSTILE,
    **{name: SOURCES[name] for name in ("unknown.c", "broken.c", "nothing.c", "silenced.c")},
}
TARGETS = ("-t", "mainstream,sfc")

# Each text that can be seen, with its colour and what is behind it.
TEXTS = """
(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    found.push([walker.currentNode.data, getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]);
  }
  return found;
})()
"""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
# A cell by the name of the program and of one of the targets in the head of its column.
CELLS = """
(() => {
  const table = document.querySelector("table.matrix");
  const heads = [...table.tHead.rows[1].cells].slice(3).map(head => head.querySelector("small").textContent.split(" "));
  const found = {};
  for (const row of table.querySelectorAll("tbody tr:not(:first-child)")) {
    const cells = [...row.cells].slice(3);
    const said = cell => cell.innerText.replace(/\\s+/g, " ").trim();
    const fates = cells.flatMap((cell, at) => heads[at].map(name => [name, said(cell)]));
    found[row.cells[0].firstChild.data.trim()] = { needs: row.cells[1].innerText, fates: Object.fromEntries(fates) };
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def check(project):
    """Runs `xdp-lsp check . ARGUMENTS` there."""

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "xdp_lsp", "check", ".", *TARGETS, *arguments],
            cwd=project,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr  # one file does not compile, whatever the format
        return done.stdout

    return run


@pytest.fixture(scope="module")
def page(check, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(check("--format", "html"))
    return path


@pytest.fixture(scope="module")
def tab(page, tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as tab:
        tab.open(page)
        tab.evaluate(OPEN_ALL)
        yield tab


def test_it_is_one_file_that_loads_and_runs_nothing_and_that_nothing_is_said_against(tab, page):
    asked = [e["params"]["request"]["url"] for e in tab.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [page.as_uri()]
    told = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert [event for event in tab.events if event["method"] in told] == []
    assert page.read_bytes().isascii()


def test_what_sources_hold_comes_out_as_text(tab):
    assert tab.evaluate("document.title").startswith("XDP headroom")
    assert tab.evaluate("document.querySelectorAll('script, img, iframe, [onerror]').length") == 0
    text = tab.evaluate("document.body.textContent")
    assert NAME in text
    assert LINE.replace("\u202e", "\N{REPLACEMENT CHARACTER}") in text


def test_its_policy_refuses_what_came_in_all_the_same(tab):
    tab.evaluate(
        "const made = document.createElement('script'); made.textContent = 'document.ran = 1';"
        "document.head.append(made); made.remove()"
    )
    assert tab.evaluate("document.ran") is None
    tab.events[:] = [event for event in tab.events if event["method"] != "Log.entryAdded"]


def test_the_matrix_says_of_each_program_and_target_what_the_json_says(tab, check):
    shown = tab.evaluate(CELLS)
    programs = [p for file in json.loads(check("--format", "json"))["files"] for p in file["programs"]]
    assert {p["name"] for p in programs if p["calls"]} == shown.keys()
    for program in programs:
        if not program["calls"]:
            continue
        assert shown[program["name"]]["needs"].split()[0] == str(program["need"])
        for target in program["targets"]:
            fate = shown[program["name"]]["fates"][target["target"]]
            left = target["usable"] - program["need"]
            wanted = {
                True: f"fits {left} left",
                None: "unknown",  # and how far it is known, behind
                False: f"short by {-left}",
            }[target["fits"]]
            assert fate == wanted or (target["fits"] is None and fate.startswith("unknown short by"))
    # What was not chosen and leaves less stands beside.
    assert shown["gue_encap"]["fates"]["ixgbevf"] == "short by 152"
    assert shown["gue_encap"]["fates"]["gve[gqi]"] == "no room"


def test_a_finding_shows_the_range_in_its_lines_where_the_length_came_from_and_a_run(tab):
    articles = tab.evaluate("[...document.querySelectorAll('article')].map(one => one.innerText)")
    (told,) = [text for text in articles if "gue_encap.c:58:31: warning" in text]
    assert "read from a value of map `reals`" in told
    assert "with reals[0].opt_len = 124 it asks for 176" in told
    assert "help: check before the call" in told
    marks = tab.evaluate(
        "[...document.querySelectorAll('article')].find(one => one.innerText.includes('gue_encap.c:58:31'))"
        ".querySelectorAll('mark').values().map(one => one.textContent).toArray()"
    )
    assert marks == [
        "-(int)(sizeof(struct ipv6hdr) + sizeof(struct udphdr) +",
        "sizeof(struct guehdr) + opt_len)",
        "opt_len",
        "opt_len",
    ]


def test_the_code_shows_what_computes_the_delta_with_what_registers_hold(tab):
    listing = tab.evaluate("[...document.querySelectorAll('.listing')].map(one => one.innerText).join('\\n')")
    assert "; opt_len = real->opt_len; @ gue_encap.c:52\n" in listing
    (call,) = [line for line in listing.splitlines() if "call bpf_xdp_adjust_head" in line and "-176" in line]
    assert call.startswith("> ")
    assert "r2=scalar(smin32=-176,smax32=-52)" in call
    assert any(line.startswith("* ") and "umax=124" in line for line in listing.splitlines())
    picture = tab.evaluate("[...document.querySelectorAll('.picture')].map(one => one.textContent).join()")
    assert "40 kept by the kernel" in picture


def test_a_file_that_is_not_analysed_is_told_with_its_reason(tab):
    text = tab.evaluate("document.querySelector('table.failures').innerText")
    assert "broken.c" in text
    assert "nope" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(tab, scheme):
    tab.show(scheme)
    texts = tab.evaluate(TEXTS)
    assert len(texts) > 100
    behind = {colour for _, _, colour in texts}
    assert (min(map(_luminance, behind)) < 0.1) == (scheme == "dark")
    faint = [(text, ink, paper) for text, ink, paper in texts if _contrast(ink, paper) < 4.5]
    assert faint == []


@pytest.mark.parametrize("width", [1280, 700])
def test_it_is_no_wider_than_its_window(tab, width):
    tab.show("light", width)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.picture(full=False).startswith(b"\x89PNG")


def test_no_cell_says_it_by_colour_alone(tab):
    assert tab.evaluate(
        "[...document.querySelectorAll('.matrix td')].slice(1).every(one => one.innerText.trim())"
    )


def _contrast(one: str, other: str) -> float:
    """WCAG 2.1, 1.4.3."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Of `rgb(1, 2, 3)`."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
