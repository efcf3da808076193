"""Which C files of a folder are programs, which are parts, and what each includes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from xdp_lsp.pipeline.workspace import Index, index_of, renewed
from xdp_lsp.settings import Settings
from xdp_lsp.source import path_key

MARKS = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
PROGRAM = MARKS + 'SEC("xdp") int prog(struct xdp_md *ctx) { return XDP_PASS; }\n'
LICENSE = 'char _license[] SEC("license") = "GPL";\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def index(folder: Path, files: dict[str, str]) -> Index:
    write(folder, {".git/HEAD": "", **files})
    return index_of(str(folder), lambda _: Settings())


def names(paths: object) -> list[str]:
    return [Path(one).name for one in paths]  # type: ignore[attr-defined]


def roots(found: Index, path: Path) -> list[str]:
    return names(found.roots_of(path_key(str(path))))


def test_a_header_has_the_programs_that_include_it_nearest_first(tmp_path: Path) -> None:
    found = index(
        tmp_path,
        {
            "net/lib/encap.h": "#include <deep.h>\n",
            "net/include/deep.h": "",
            "net/far/away/z.c": '#include "../../lib/encap.h"\n' + PROGRAM,
            "net/b.c": '#if 0\n#include "lib/encap.h"\n#endif\n' + PROGRAM,
            "net/a.c": '#include"lib/encap.h"\n' + PROGRAM,
            "net/other.c": PROGRAM + '/* #include "lib/encap.h" */\n',
            "net/user.c": '#include "lib/encap.h"\nint main(void) { return 0; }\n',
        },
    )
    assert roots(found, tmp_path / "net/lib/encap.h") == ["a.c", "b.c", "z.c"]
    assert roots(found, tmp_path / "net/include/deep.h") == ["a.c", "b.c", "z.c"]
    assert names(found.programs) == ["a.c", "b.c", "z.c", "other.c"]


def test_a_name_that_no_folder_has_is_looked_for_by_its_tail(tmp_path: Path) -> None:
    found = index(
        tmp_path,
        {
            "bpf/prog.c": "#include <proj/encap.h>\n" + PROGRAM,
            "vendor/api/proj/encap.h": "",
            "vendor/api/encap.h": "",
        },
    )
    assert roots(found, tmp_path / "vendor/api/proj/encap.h") == ["prog.c"]
    assert roots(found, tmp_path / "vendor/api/encap.h") == []


def test_parts_of_a_unity_build_have_the_roots_that_lead_to_them(tmp_path: Path) -> None:
    found = index(
        tmp_path,
        {
            "Makefile": "%.o: %.c\n\tclang -target bpf -Ideep -c $< -o $@\n",
            "main.c": '#include "entry.c"\n' + LICENSE,
            "main_big.c": '#define BIG\n#include "entry.c"\n' + LICENSE,
            "entry.c": PROGRAM + '#include "encap.c"\n',
            "encap.c": "static int encap(void) { return 0; }\n",
        },
    )
    assert names(found.programs) == ["main.c", "main_big.c"]
    assert {Path(part).name: names(its) for part, its in found.parts.items()} == {
        "entry.c": ["main.c", "main_big.c"],
        "encap.c": ["main.c", "main_big.c"],
    }


def test_what_is_made_to_be_compiled_by_itself_is_no_part(tmp_path: Path) -> None:
    command = {"file": "commanded.c", "arguments": ["clang", "-target", "bpf", "commanded.c"]}
    found = index(
        tmp_path,
        {
            "licensed.c": PROGRAM + LICENSE,
            "commanded.c": PROGRAM,
            "variant.c": '#define FAST\n#include "licensed.c"\n#include "commanded.c"\n',
            "round.c": '#include "about.c"\n' + PROGRAM,
            "about.c": '#include "round.c"\n' + PROGRAM,
            "tested.c": PROGRAM,
            "test.c": '#include "tested.c"\nint main(void) { return 0; }\n',
            "compile_commands.json": json.dumps([{"directory": str(tmp_path), **command}]),
        },
    )
    everything = ["about.c", "commanded.c", "licensed.c", "round.c", "tested.c", "variant.c"]
    assert (names(found.programs), dict(found.parts)) == (everything, {})


def test_a_change_concerns_what_includes_the_file_or_missed_it(tmp_path: Path) -> None:
    files = {
        "a.c": '#include "one.h"\n' + PROGRAM,
        "b.c": '#include "later.h"\n' + PROGRAM,
        "c.c": PROGRAM,
        "bare.c": '#include "shape.h"\n',
        "one.h": "",
        "shape.h": "",
    }
    found = index(tmp_path, files)

    def affected(name: str) -> list[str]:
        return sorted(names(found.affected_by(str(tmp_path / name))))

    assert affected("one.h") == ["a.c"]
    assert affected("later.h") == ["b.c"]
    assert affected("shape.h") == ["bare.c"]

    write(tmp_path, {"later.h": '#include "two.h"\n', "two.h": "", "shape.h": PROGRAM})
    (tmp_path / "a.c").unlink()

    def renew(*changed: str) -> int:
        paths = [str(tmp_path / name) for name in changed]
        marks = {path: found.mark(path) for path in paths}
        affected = {one for path in paths for one in found.affected_by(path)}
        batches = list(renewed(str(tmp_path), marks, affected, lambda _: Settings()))
        for batch in batches:
            found.take(batch)
        return sum(len(batch.entries) for batch in batches)

    assert renew("one.h", "c.c") == 0
    assert renew("a.c", "later.h", "shape.h") == 3
    assert roots(found, tmp_path / "one.h") == []
    assert roots(found, tmp_path / "two.h") == ["b.c"]
    assert names(found.programs) == ["b.c", "bare.c", "c.c"]


def test_odd_files_end(tmp_path: Path) -> None:
    write(tmp_path, {"self.h": '#include "self.h"\n#include "zero.h"\n#include "pipe.h"\n#include "."\n'})
    (tmp_path / "zero.h").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.h")
    os.mkfifo(tmp_path / "pipe.c")
    (tmp_path / "folder.c").mkdir()
    (tmp_path / "gone.c").symlink_to("nowhere")
    found = index(tmp_path, {"a.c": '#include "self.h"\n' + PROGRAM, "b.c": '#include "b.c"\n' + PROGRAM})
    assert roots(found, tmp_path / "self.h") == ["a.c"]
    assert names(found.programs) == ["a.c", "b.c"]
