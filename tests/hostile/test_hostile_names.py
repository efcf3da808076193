"""Names and messages that would steer a terminal, a page or a compiler: they are text."""

from __future__ import annotations

import os
import re
import sys

import pytest

from tests.hostile.conftest import ANSWER, HEAD, PROGRAM, Folder

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux"),
    pytest.mark.timeout(180),
]

ORDER = "\x1b]0;evil\x07\x1b[31m"
NAMES = [
    "a\nb.c", 'quote"d.c', "it's.c", "$(touch MARK).c", "`touch MARK`.c", "-fplugin=x.c", "-o.c", "@x.c", "a,b.c",
    "a b.c", "a\\b.c", "a:1:1: error: x.c", "%s%n.c", "<script>alert(1)<.c", f"{ORDER}.c", "\udcff\udcfe.c",
    "-fplugin=x/prog.c", "a,b/prog.c", "-include/prog.c", f"{ORDER}/prog.c", "a\nb/prog.c",
]  # fmt: skip
# Nothing of it comes out as it is, in a format for a terminal or for a page.
STEERS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


@pytest.fixture
def named(folder: Folder) -> Folder:
    for name in NAMES:
        path = name.replace("MARK", folder.mark.name)
        folder.write(path)
    folder.write(
        "messages.c",
        f'#warning "{ORDER}"\n{HEAD}/* xdp-lsp: {ORDER} */\n/* xdp-lsp: allow({ORDER}) x */\n'
        f'char evil[] = "{ORDER}";\n{PROGRAM}int broken = "{ORDER}" + {{}};\n',
    )
    folder.write("missing.c", f'#include "{ORDER}.h"\n{HEAD}{PROGRAM}')
    folder.write(".xdp-lsp.toml", 'targets = ["mainstream", "\\u001b]0;evil\\u0007"]\n"\\u001b[31m" = 1\n')
    folder.write("compile_flags.txt", f"-fplugin={ORDER}\n-DX={ORDER}\n")
    return folder


def test_each_name_is_analysed_and_none_steers_a_terminal(named: Folder) -> None:
    for arguments in (("check", "."), ("check", ".", "--format", "github"), ("doctor", "messages.c")):
        done = named.run(*arguments)
        assert STEERS.search(done.out + done.err) is None, STEERS.search(done.out + done.err)
        if arguments == ("check", "."):
            assert done.said.count(f"error: {ANSWER}") == len(NAMES), done.said
    named.assert_untouched()
    assert not any(os.fsencode(path).endswith(b"mark") for path in named.root.rglob("*"))


def test_none_is_code_on_the_page_or_breaks_a_machines_format(named: Folder) -> None:
    page = named.run(
        "check", "<script>alert(1)<.c", f"{ORDER}.c", "messages.c", "missing.c", "--format", "html"
    ).out
    assert b"<script>alert" not in page
    assert STEERS.search(page) is None
    for form in ("json", "sarif"):
        done = named.run("check", ".", "--format", form)
        assert STEERS.search(done.out) is None
        assert ANSWER.encode() in done.out


def test_paths_as_long_as_they_can_be_are_sentences_or_answers(folder: Folder) -> None:
    deep = "/".join(["d" * 250] * 14)
    folder.write(f"{deep}/prog.c")
    folder.write("long.c", f'#include "{"x/" * 3000}y.h"\n{HEAD}{PROGRAM}')
    folder.write("compile_flags.txt", f"-I{'z/' * 3000}\n")
    done = folder.run("check", ".")
    assert f"prog.c:3:71: error: {ANSWER}" in done.said
    assert "long.c:1:10: error: " in done.said
    assert "(1 not analysed)" in done.said


def test_links_lead_nowhere_that_is_looked_through(folder: Folder) -> None:
    outside = folder.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.c").write_text(HEAD + PROGRAM)
    (outside / "wanted.h").write_text("#define WANTED 1\n")
    (folder.root / "out").symlink_to(outside)
    (folder.root / "loop").symlink_to(".")
    folder.write("prog.c", f'#include "wanted.h"\n{HEAD}{PROGRAM}')
    done = folder.run("check", ".")
    assert "secret.c" not in done.said
    assert "'wanted.h' file not found" in done.said
