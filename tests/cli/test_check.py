import json
import os
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.support.compile import compile_c
from tests.support.privileges import WITHOUT
from xdp_lsp import report


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["fits.c"], 0),
        (["may.c"], 1),
        (["exceeds.c"], 1),
        (["silenced.c"], 0),
        (["nothing.c"], 0),
        (["redirects.c"], 0),
        (["redirects.c", "--redirect-to", "mlx5_core"], 0),
        (["redirects.c", "--redirect-to", "virtio_net"], 1),
        (["redirects.c", "--redirect-to", "virtio_net:generic"], 2),
        (["unknown.c"], 0),
        (["--strict", "unknown.c"], 3),
        (["--strict", "fits.c"], 0),
        # A finding outranks what is unknown, and what cannot be analysed outranks both.
        (["--strict", "unknown.c", "may.c"], 1),
        (["--strict", "unknown.c", "may.c", "broken.c"], 2),
        (["broken.c"], 2),
        (["garbage.o"], 2),
        (["absent.c"], 2),
        (["may.c", "--fail-on", "error"], 0),
        (["exceeds.c", "--fail-on", "error"], 1),
        (["exceeds.c", "--fail-on", "never"], 0),
        (["unknown.c", "--fail-on", "information"], 1),
        (["may.c", "-t", "mlx5_core"], 0),
        (["fits.c", "-t", "sfc,16"], 1),
        # usage
        ([], 2),
        (["--no-such-option", "fits.c"], 2),
        (["fits.c", "-t", "no-such-driver"], 2),
        (["fits.c", "--fail-on", "sometimes"], 2),
        (["fits.c", "-j", "0"], 2),
        (["fits.c", "--budget", "many"], 2),
        (["fits.c", "--baseline", "absent.sarif"], 2),
        (["fits.c", "--baseline", "fits.c"], 2),
        (["fits.c", "--clang", "/no/such/clang"], 2),
    ],
)
def test_exit_status(xdp_lsp, arguments, status):
    run = xdp_lsp("check", *arguments)
    assert run.status == status, run
    if status == 2:
        assert run.err or "error:" in run.out


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
@pytest.mark.parametrize(("name", "status"), [("may.c", 1), ("broken.c", 2), ("fits.c", 0)])
def test_exit_status_does_not_depend_on_the_format(xdp_lsp, form, name, status):
    assert xdp_lsp("check", "--format", form, name).status == status


def test_a_person_reads_where_and_by_how_much_and_what_to_write_instead(xdp_lsp):
    said = xdp_lsp("check", "may.c", "-t", "ixgbe", "-t", "mlx5_core").out
    head, *_ = said.splitlines()
    assert head.startswith("may.c:14:")
    assert head.endswith(
        "warning: may prepend up to 168 bytes here; the portable headroom is 152 (set by ixgbe) [headroom-exceeded]"
    )
    assert "= note: short by 16: ixgbe\n" in said
    assert "= help: check before the call that it prepends at most 152 bytes" in said
    assert "may.c: may (xdp): needs 168 bytes; may exceed 1 of 2 targets (portable 152, ixgbe)\n" in said


def test_what_the_driver_that_sends_wants_counts(xdp_lsp, folder):
    said = xdp_lsp("check", "redirects.c", "-t", "ixgbe,mlx5_core", "--redirect-to", "virtio_net").out
    assert (
        "redirects.c:10:9: error: leaves 4 bytes for virtio_net, which wants 12 to send (short by 8 on ixgbe) "
        "[redirect-headroom]\n"
    ) in said
    assert (
        "redirects.c: encap (xdp): needs 148 bytes, 160 to be redirected to virtio_net, which wants 12; "
        "exceeds 1 of 2 targets (portable 152, ixgbe)\n"
    ) in said
    (folder / ".xdp-lsp.toml").write_text('targets = ["ixgbe"]\nredirect-to = ["virtio_net"]\n')
    (program,) = json.loads(xdp_lsp("check", "redirects.c", "--format", "json").out)["files"][0]["programs"]
    assert (program["verdict"], program["targets"][0]["short_to_send"]) == ("exceeds", 8)


def test_json_says_it_to_tools(xdp_lsp, folder):
    run = xdp_lsp("check", "--format", "json", "may.c", "broken.c", "garbage.o", "nothing.c")
    said = json.loads(run.out)
    schema = json.loads((Path(report.__file__).parent / "check.schema.json").read_text("utf-8"))
    jsonschema.validate(said, schema)
    may, broken, *_ = said["files"]
    assert [file["status"] for file in said["files"]] == [
        "analysed",
        "compile-error",
        "unreadable",
        "no-program",
    ]
    (program,) = may["programs"]
    assert (program["name"], program["need"], program["verdict"]) == ("may", 168, "may-exceed")
    (call,) = program["calls"]
    assert (call["path"], call["line"]) == ("may.c", 14)
    assert call["delta"] == {"min": -168, "max": 0}
    assert call["total"] == {"min": -168, "max": 0}
    assert broken["findings"][0]["message"] == "use of undeclared identifier 'nope'"
    assert (broken["findings"][0]["line"], broken["findings"][0]["column"]) == (6, 50)


def test_one_file_that_fails_does_not_cost_the_others_their_answers(xdp_lsp):
    said = xdp_lsp("check", "garbage.o", "broken.c", "fits.c").out
    assert "fits.c: fits (xdp): needs 20 bytes" in said
    assert "broken.c:6:50: error: use of undeclared identifier 'nope' [compile-error]" in said


def test_a_built_object_says_the_same_as_its_source(xdp_lsp, folder):
    (folder / "may.o").write_bytes(compile_c(folder / "may.c"))
    source, built = json.loads(xdp_lsp("check", "--format", "json", "may.c", "may.o").out)["files"]
    assert built["programs"][0]["need"] == source["programs"][0]["need"] == 168
    assert built["findings"][0]["line"] == 14


def test_folders_are_searched_for_what_looks_like_xdp(xdp_lsp, folder):
    (folder / ".hidden").mkdir()
    shutil.copy(folder / "may.c", folder / ".hidden" / "may.c")
    (folder / "sub").mkdir()
    shutil.copy(folder / "fits.c", folder / "sub" / "deep.c")
    (folder / "sub" / "built.o").write_bytes(compile_c(folder / "fits.c"))
    (folder / "sub" / "host.o").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\x00\x3e\x00")
    (folder / "sub" / "main.c").write_text('#include <stdio.h>\nint main(void) { puts("xdp"); return 0; }\n')
    (folder / "sub" / "back").symlink_to(folder)
    said = json.loads(xdp_lsp("check", "--format", "json", ".").out)
    assert [file["path"] for file in said["files"]] == [
        "broken.c",
        "exceeds.c",
        "fits.c",
        "may.c",
        "redirects.c",
        "silenced.c",
        "unknown.c",
        os.path.join("sub", "built.o"),  # noqa: PTH118
        os.path.join("sub", "deep.c"),  # noqa: PTH118
    ]


def test_a_folder_with_nothing_to_analyse_is_told(xdp_lsp, folder):
    (folder / "empty").mkdir()
    run = xdp_lsp("check", "empty")
    assert (run.status, run.err) == (0, "xdp-lsp: nothing that looks like XDP in empty\n")


@pytest.mark.skipif(os.name != "posix", reason="needs modes of folders")
def test_a_folder_without_permission_is_told(xdp_lsp, folder):
    locked = folder / "locked"
    locked.mkdir(mode=0)
    run = xdp_lsp("check", ".", prefix=WITHOUT)
    locked.chmod(0o700)
    assert run.status == 2
    assert "locked cannot be listed: Permission denied." in run.out


@pytest.mark.skipif(os.name != "posix", reason="needs folders relative to a descriptor")
def test_a_folder_that_cannot_be_listed_is_told(xdp_lsp, folder):
    """Even root cannot list one whose path is longer than PATH_MAX."""
    handle = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=handle)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    run = xdp_lsp("check", ".")
    assert run.status == 2
    assert "cannot be listed: File name too long." in run.out
    assert re.search(r"^fits\.c +fits +20  fits 22 of 22$", run.out, re.MULTILINE)


def test_a_file_given_twice_is_analysed_once(xdp_lsp, folder):
    assert (
        len(json.loads(xdp_lsp("check", "--format", "json", "fits.c", folder / "fits.c").out)["files"]) == 1
    )


def test_paths_are_shown_relative_where_they_are_below_and_whole_elsewhere(xdp_lsp, folder):
    sub = folder / "sub"
    sub.mkdir()
    said = json.loads(xdp_lsp("check", "--format", "json", folder / "fits.c", cwd=sub).out)
    assert said["files"][0]["path"] == str(folder / "fits.c")


def test_flags_after_two_dashes_are_clangs(xdp_lsp, folder):
    (folder / "length.c").write_text((folder / "fits.c").read_text().replace("-20", "-LENGTH"))
    assert xdp_lsp("check", "length.c").status == 2
    run = xdp_lsp("check", "length.c", "--", "-DLENGTH=30", "-fplugin=evil.so")
    assert run.status == 0
    assert "needs 30 bytes" in run.out
    assert "-fplugin=evil.so" in run.out


def test_settings_of_the_project_hold_and_the_command_line_wins(xdp_lsp, folder):
    (folder / ".xdp-lsp.toml").write_text('targets = ["sfc", "nope"]\nfail-on = "error"\n')
    run = xdp_lsp("check", "may.c")
    assert run.status == 0
    assert "portable" not in run.out
    assert "sfc has 88" in run.out
    assert ".xdp-lsp.toml:1:" in run.err
    assert "nope" in run.err
    assert xdp_lsp("check", "may.c", "--fail-on", "warning").status == 1
    assert "mlx5_core" in xdp_lsp("check", "may.c", "-t", "mlx5_core").out


def test_a_baseline_hides_what_was_known_even_after_lines_moved(xdp_lsp, folder):
    baseline = xdp_lsp("check", "--format", "sarif", "may.c").out
    (folder / "known.sarif").write_text(baseline)
    source = (folder / "may.c").read_text()
    (folder / "may.c").write_text("/* a line more */\n" + source)
    run = xdp_lsp("check", "--baseline", "known.sarif", "may.c")
    assert run.status == 0
    assert "known from known.sarif" in run.err
    (folder / "may.c").write_text(source.replace("-(int)n", "-(int)n - 1"))
    assert xdp_lsp("check", "--baseline", "known.sarif", "may.c").status == 1


def test_several_processes_say_the_same_as_one(xdp_lsp, folder):
    names = sorted(path.name for path in folder.iterdir())
    one = xdp_lsp("check", "--format", "json", *names, "--no-cache", "--jobs", "1")
    two = xdp_lsp("check", "--format", "json", *names, "--no-cache", "--jobs", "2")
    assert two == one


@pytest.mark.parametrize("name", ["with space.c", "größe.c", "-dash.c", "semi;colon.c"])
def test_names_of_any_kind(xdp_lsp, folder, name):
    shutil.copy(folder / "may.c", folder / name)
    run = xdp_lsp("check", "--format", "json", f"./{name}")
    assert run.status == 1
    assert json.loads(run.out)["files"][0]["findings"][0]["path"] == name


def test_a_source_that_is_not_utf8_with_windows_line_ends_and_a_mark(xdp_lsp, folder):
    text = (
        (folder / "may.c")
        .read_text()
        .replace("__u32 n", "/* gr\udcf6\udcdfe */ __u32 n")
        .replace("\n", "\r\n")
    )
    (folder / "odd.c").write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8", "surrogateescape"))
    run = xdp_lsp("check", "odd.c")
    assert run.status == 1
    assert "odd.c:14:" in run.out
