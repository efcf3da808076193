"""What is guessed of a repository where clang does not find its way, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdp_lsp.pipeline.build import Built, build
from xdp_lsp.pipeline.check import toolchain_of
from xdp_lsp.pipeline.flags import flags_of
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import CompileRequest

PROGRAM = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int prog(struct xdp_md *ctx) { return VALUE; }
"""


class Repository:
    """A repository with the files that are given by their names, and one source to compile, `bpf/prog.c`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "bpf" / "prog.c"
        self.compiles: list[int] = []

    def write(self, **files: str) -> None:
        for name, text in files.items():
            self.put(name, text)

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def built(self, settings: Settings | None = None) -> Built:
        """The source as it is built now; `compiles` are the starts of clang that it took."""
        settings = settings or Settings()
        self.compiles = []
        request = CompileRequest(str(self.source), self.source.read_bytes())
        flags = flags_of(request.path, settings)
        return build(toolchain_of(settings), request, flags, self.compiles.append)

    def guessed(self) -> list[str]:
        """The flags by which the source is mended, their folders as they are called in the repository."""
        built = self.built()
        assert built.result.object is not None, built.result.errors
        unmended = flags_of(str(self.source), Settings()).kept
        return [flag.replace(f"{self.root}/", "") for flag in built.request.flags if flag not in unmended]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.put(".git/HEAD", "")
    return made


VALUE = "#define VALUE XDP_PASS\n"


@pytest.mark.parametrize(
    ("source", "files", "guessed"),
    [
        # By the tail of its name.
        ("#include <net/value.h>\n", {"vendor/api/net/value.h": VALUE}, ["-Ivendor/api"]),
        ("#include \"../gen/value.h\"\n", {"a/gen/value.h": VALUE}, ["-Ia/gen"]),
        # One folder after another.
        (
            "#include <one.h>\n",
            {"a/b/one.h": "#include <two.h>\n", "c/d/two.h": VALUE},
            ["-Ia/b", "-Ic/d"],
        ),
        # The folder that has most of what is missing, though another is nearer; even what its headers miss.
        (
            "#include <one.h>\n#include <two.h>\n",
            {"bpf/near/x/one.h": "#error\n", "a/far/x/one.h": "", "a/far/x/two.h": VALUE},
            ["-Ia/far/x"],
        ),
        # The nearest, but nothing that stands in for it.
        (
            "#include <value.h>\n",
            {"bpf/tests/value.h": "#error\n", "bpf/x/value.h": VALUE, "y/value.h": "#error\n"},
            ["-Ibpf/x"],
        ),
        # Where the likeliest is of no use, the next.
        (
            "#include <value.h>\n",
            {"bpf/near/value.h": "#define VALUE nothing\n", "far/away/value.h": VALUE},
            ["-Ifar/away"],
        ),
        # A kernel's own headers go after those for programs.
        (
            "#include <net/value.h>\n#include <linux/types.h>\n",
            {
                f"k/include/{name}": text
                for name, text in {
                    "net/value.h": VALUE,
                    "linux/kconfig.h": "",
                    "linux/compiler_types.h": "",
                    "linux/types.h": "#error\n",
                }.items()
            },
            ["-idirafterk/include"],
        ),
        # Macros that the build defines.
        (
            '#include "value.h"\n',
            {"bpf/value.h": f"#ifdef FOR_BPF\n{VALUE}#endif\n"},
            ["-DFOR_BPF"],
        ),
        (
            "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#ifndef HAVE_IT\n"
            "static long (*bpf_redirect)(__u32, __u64) = (void *)23;\n#endif\n" + VALUE,
            {},
            ["-DHAVE_IT"],
        ),
        # Another header of that name.
        (
            "#include <value.h>\n",
            {"lib/value.h": "", "bpf/lib/x/value.h": VALUE},
            ["-Ibpf/lib/x"],
        ),
        # No other machine's.
        (
            "#include <value.h>\n",
            {"bpf/mips/value.h": "#error\n", "far/away/x/value.h": VALUE},
            ["-Ifar/away/x"],
        ),
        ("#include <linux/types.h>\ntypedef u32 number;\n" + VALUE, {}, ["-Du32=__u32"]),
        # What a script, or the text that tells how to build it, has; the nearest, and no variable of the shell.
        (
            "int hops = MAX_HOPS;\n",
            {
                "bpf/a.sh": "clang -DMAX_HOPS=$1 -DMAX_HOPS=${HOPS} -DMAX_HOPS=$(hops)\n",
                "bpf/build.sh": "clang -O2 -DMAX_HOPS=4 -DMAX_HOPS_ALL=5 -D VALUE=XDP_PASS -c prog.c\n",
                "README.md": "clang -DMAX_HOPS=3 -DVALUE=2\n",
            },
            ["-DMAX_HOPS=4", "-DVALUE=XDP_PASS"],
        ),
    ],
)  # fmt: skip
def test_a_source_compiles_with_what_the_repository_has(
    repository: Repository, source: str, files: dict[str, str], guessed: list[str]
) -> None:
    repository.write(**files)
    repository.put("bpf/prog.c", source + PROGRAM)
    assert repository.guessed() == guessed


@pytest.mark.parametrize(
    "source",
    [
        # Of a libbpf that the repository does not bring, or brings elsewhere.
        '#include "../headers/bpf_endian.h"\n#include "libbpf/src/bpf_helpers.h"\n' + VALUE,
        "static struct bpf_map_def seen;\nBPF_ANNOTATE_KV_PAIR(seen, int, int);\n" + VALUE,
        '#include "bpf_elf.h"\nstruct bpf_elf_map seen = {.pinning = PIN_GLOBAL_NS};\n' + VALUE,
        # Copied from the kernel's samples.
        "#include <linux/kconfig.h>\n#include <uapi/linux/bpf.h>\n#include <uapi/linux/if_ether.h>\n" + VALUE,
        # What other headers included at their time.
        "uint8_t seen;\nsize_t size;\nstatic bool is_seen(__u8 *it) { return likely(it != NULL); }\n" + VALUE,
        "static int port(void) { return bpf_htons(IPPROTO_UDP) + AF_INET6; }\n" + VALUE,
        "#include <linux/skbuff.h>\n#include <linux/netdevice.h>\nstatic struct iphdr seen;\n" + VALUE,
        "#include <bcc/bcc_common.h>\nint version = LINUX_VERSION_CODE;\n" + VALUE,
    ],
)
def test_what_sources_of_another_time_rely_on_is_there(repository: Repository, source: str) -> None:
    repository.put("bpf/prog.c", source + PROGRAM)
    repository.guessed()


def test_a_header_of_another_folder_stands_for_the_one_that_is_named(repository: Repository) -> None:
    files = {
        "bpf/prog.c": "#include <proj/deep/value.h>\n" + PROGRAM,
        "old/value.h": VALUE,
        "x/arm64/value.h": "#error\n",
    }
    repository.write(**files)
    assert repository.built().result.object is not None
    assert str(repository.root / "old/value.h") in repository.built().result.dependencies


def test_what_the_project_names_goes_before_the_systems_whatever_is_guessed(repository: Repository) -> None:
    repository.put(
        "bpf/Makefile", "prog.o: prog.c\n\tclang -target bpf -O2 -I../include -c prog.c -o prog.o\n"
    )
    repository.put("include/linux/in.h", "static inline int *wrong(void) { return 1; }\n")
    repository.put("bpf/prog.c", f"#include <linux/in.h>\n{VALUE}{PROGRAM}")
    built = repository.built()
    assert f"-I{repository.root}/include" in built.request.flags
    assert f"-idirafter{repository.root}/include" not in built.request.flags
    # Of a header of the system nothing would be said.
    assert [one.option for one in built.result.diagnostics] == ["-Wint-conversion"]


def test_nothing_stands_for_a_header_that_is_gone(repository: Repository) -> None:
    repository.put("bpf/value.h", VALUE)
    repository.put("bpf/prog.c", f'#include "value.h"\n#include "nowhere.h"\n{PROGRAM}')
    first = repository.built()
    assert [one.message for one in first.result.errors] == ["'nowhere.h' file not found"]
    (repository.root / "bpf" / "value.h").unlink()  # a moment after the files were listed
    [error] = repository.built().result.errors
    assert (error.message, error.range.path) == ("'value.h' file not found", str(repository.source))


def test_the_repositorys_headers_go_before_those_of_libbpf_of_that_name(repository: Repository) -> None:
    # libbpf's bpf.h is one for user space, and declares what the program's helpers define.
    repository.write(
        **{
            "bpf/prog.c": '#include "bpf.h"\n#include "bpf_helpers.h"\n' + PROGRAM.split("bpf_helpers.h>")[1],
            "far/a/bpf.h": "#include <linux/bpf.h>\n" + VALUE,
            "far/a/bpf_helpers.h": "#define SEC(name) __attribute__((section(name), used))\n",
        }
    )
    assert repository.guessed() == ["-Ifar/a"]


def test_a_source_that_forgets_the_helpers_has_them(repository: Repository) -> None:
    mark = "#define SEC(name) __attribute__((section(name), used))\n"
    call = PROGRAM.replace("VALUE", "bpf_xdp_adjust_head(ctx, -4)")
    repository.put("bpf/prog.c", mark + call.replace("#include <bpf/bpf_helpers.h>\n", ""))
    assert "bpf/bpf_helpers.h" in " ".join(repository.guessed())


def test_what_macros_the_kernels_headers_have_is_known_beside_a_vmlinux_h(repository: Repository) -> None:
    types = "struct xdp_md { unsigned data; };\nstruct ethhdr { char proto[14]; };\n"
    source = '#include "vmlinux.h"\n#include <bpf/bpf_helpers.h>\nint is_ip = ETH_P_IP + ENOENT + AF_INET6;\n'
    repository.put("bpf/prog.c", source + PROGRAM.replace("#include <linux/bpf.h>", "").replace("VALUE", "2"))
    repository.put("bpf/vmlinux.h", "#include <linux/types.h>\n" + types)
    assert repository.guessed() == ["-DETH_P_IP=0x0800", "-DENOENT=2", "-DAF_INET6=10"]
    assert len(repository.compiles) == 2


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a/v1/value.h": VALUE, "a/v2/value.h": VALUE + "// newer"}, "; another is in a/v2"),
        ({"a/v1/value.h": VALUE, "a/v2/value.h": VALUE}, "and is there"),
        (
            {"x.sh": "clang -DVALUE=1", "y.sh": "clang -DVALUE=2", "value/value.h": ""},
            "defines what is not declared; otherwise in y.sh",
        ),
    ],
)
def test_where_the_choice_may_change_the_answer_the_other_is_told(
    repository: Repository, files: dict[str, str], told: str
) -> None:
    repository.write(**files)
    repository.put("bpf/prog.c", "#include <value.h>\n" + PROGRAM)
    assert repository.built().layers[-1].reason.endswith(told)


def test_a_source_that_compiles_costs_one_compile(repository: Repository) -> None:
    repository.write(**{"bpf/prog.c": VALUE + PROGRAM, "bpf/bpf.h": "", "x/linux/bpf.h": "#error\n"})
    assert repository.guessed() == []
    assert len(repository.compiles) == 1


def test_what_helped_is_begun_with_until_the_folders_change(repository: Repository) -> None:
    repository.write(
        **{"bpf/prog.c": "#include <value.h>\n" + PROGRAM, "a/b/c/value.h": VALUE, "a/d/value.h": VALUE}
    )
    assert (repository.guessed(), len(repository.compiles)) == (["-Ia/d"], 2)
    # Another code, as each save brings it, even one that does not compile for another reason.
    repository.put("bpf/prog.c", "#include <value.h>\n" + PROGRAM.replace("VALUE", "VALUE + 0"))
    assert (repository.guessed(), len(repository.compiles)) == (["-Ia/d"], 1)
    repository.put("bpf/prog.c", "#include <value.h>\n" + PROGRAM.replace("VALUE", "VALUE +"))
    assert repository.built().result.errors
    assert len(repository.compiles) == 1
    # Other includes, and other files.
    repository.put("bpf/prog.c", VALUE + PROGRAM)
    assert (repository.guessed(), len(repository.compiles)) == ([], 1)
    repository.put("bpf/prog.c", "#include <value.h>\n" + PROGRAM)
    (repository.root / "a/d/value.h").unlink()
    assert repository.guessed() == ["-Ia/b/c"]


ROOMY = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "room.h"
SEC("xdp") int prog(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -ROOM) + %s; }
"""
ROOM = "#ifdef WIDE\n#define EXTRA 1\n#define ROOM 64\n#else\n#define ROOM 16\n#endif\n"


@pytest.mark.parametrize("lies_in", ["bpf", "far/away"])
def test_what_helped_another_text_is_not_done_to_one_that_compiles(
    repository: Repository, lies_in: str
) -> None:
    """A macro that is guessed may change what is computed; a folder for a header that is missing all texts need."""
    repository.put(f"{lies_in}/room.h", ROOM)
    repository.put("bpf/prog.c", ROOMY % "EXTRA")
    assert "-DWIDE" in repository.guessed()
    assert "-DWIDE" in repository.guessed()
    assert len(repository.compiles) == 2
    repository.put("bpf/prog.c", ROOMY % "1")
    assert "-DWIDE" not in repository.guessed()
    assert len(repository.compiles) == 1
    repository.put("bpf/prog.c", ROOMY % "EXTRA")
    assert "-DWIDE" in repository.guessed()


def test_what_did_not_help_is_not_tried_again(repository: Repository) -> None:
    repository.write(
        **{"bpf/prog.c": "#include <value.h>\n" + PROGRAM, "a/b/c/value.h": "#include <absent.h>\n"}
    )
    assert repository.built().result.errors
    assert len(repository.compiles) > 1
    assert repository.built().result.errors
    assert len(repository.compiles) == 1


@pytest.mark.parametrize("mended", ["x", "y"])
def test_what_did_not_help_is_tried_again_once_more_is_there(repository: Repository, mended: str) -> None:
    repository.write(
        **{
            "bpf/prog.c": "#include <value.h>\n" + PROGRAM,
            "x/value.h": "#include <of_x.h>\n",
            "y/value.h": "#include <of_y.h>\n",
        }
    )
    assert repository.built().result.errors
    repository.put(f"{mended}/of_{mended}.h", VALUE)
    assert f"-I{mended}" in repository.guessed()


def test_errors_that_no_flag_mends_cost_one_compile(repository: Repository) -> None:
    repository.put("bpf/prog.c", VALUE + PROGRAM.replace("return", "retrun"))
    assert repository.built().result.errors
    assert len(repository.compiles) == 1


@pytest.mark.parametrize(
    ("source", "files", "hint"),
    [
        ("<dep/x.h>", {".gitmodules": '[submodule "d"]\n\tpath = third/dep\n[submodule "e"]\n\tpath = other\n'},
         "The submodule third/dep is not there: git submodule update --init third/dep"),
        ("<x.h>", {".gitmodules": "path = ../out\npath = a\npath = there\n", "there/y.h": ""},
         "The submodule a is not there: git submodule update --init a"),
        ("<xdp/absent.h>", {}, "xdp/absent.h is libxdp's: install libxdp-dev"),
        ('"config.h"', {"etc/config.h.in": ""}, "config.h is made by the project's build from etc/config.h.in"),
        ('"a/lim.h"', {"etc/lim.h.cmake.in": ""}, "a/lim.h is made by the project's build from etc/lim.h.cmake.in"),
        ('"x.gen.h"', {}, "x.gen.h is made by the project's build: "),
        ('"x.h"', {}, 'Name the folder of x.h by -I: add to .xdp-lsp.toml flags = ["-IFOLDER"]'),
        ("<linux/bpf.h>\nconst unsigned long size = sizeof(struct route);",
         {"x/routes.h": "struct route { int to; };\n"}, 'flags = ["-includex/routes.h"]'),
        ("<linux/bpf.h>\nint ports = PORTS;", {"x.sh": "clang -DPORTS=$1"}, 'flags = ["-DPORTS=VALUE"]'),
        ("<linux/bpf.h>\nint most = MAX_PORTS;", {}, 'add to .xdp-lsp.toml flags = ["-DMAX_PORTS=VALUE"]'),
        ("<linux/bpf.h>\nint old(struct xdp_md *ctx) { return ctx->room + MAX_PORTS; }", {},
         "The file is for another version of struct xdp_md than the one that it includes."),
    ],
)  # fmt: skip
def test_what_no_guess_mends_ends_with_what_to_do(
    repository: Repository, source: str, files: dict[str, str], hint: str
) -> None:
    repository.write(**files)
    repository.put("bpf/prog.c", f"#include {source}\n{VALUE}{PROGRAM}")
    assert hint in (repository.built().result.hint or "")


def test_a_script_that_is_not_there_tells_nothing(repository: Repository) -> None:
    (repository.root / "gone.sh").symlink_to("nowhere.sh")
    repository.put("bpf/prog.c", f"{PROGRAM}\nint ports = PORTS;\n".replace("VALUE", "XDP_PASS"))
    assert "PORTS" in repository.built().result.errors[0].message


def test_the_dialect_of_bcc_costs_one_compile(repository: Repository) -> None:
    source = "#include <uapi/linux/bpf.h>\n#include <value.h>\nBPF_HASH(seen);\n"
    repository.write(
        **{"bpf/prog.c": source + "int prog(struct xdp_md *ctx) { return VALUE; }\n", "a/b/value.h": VALUE}
    )
    assert "BCC" in (repository.built().result.hint or "")
    assert len(repository.compiles) == 1


def test_macros_of_a_project_that_are_called_as_those_of_bcc_are_no_dialect(repository: Repository) -> None:
    own = '#define BPF_HASH(name) struct { __uint(type, BPF_MAP_TYPE_HASH); } name SEC(".maps")\n'
    source = PROGRAM.replace('SEC("xdp")', '#include <value.h>\nBPF_HASH(seen);\nSEC("xdp")')
    repository.write(**{"bpf/prog.c": source, "a/b/value.h": VALUE + own})
    assert repository.guessed() == ["-Ia/b"]


def test_nothing_is_guessed_of_a_folder_that_is_not_trusted(repository: Repository) -> None:
    repository.write(**{"bpf/prog.c": "#include <value.h>\n" + PROGRAM, "a/b/c/value.h": VALUE})
    built = repository.built(Settings(untrusted=(str(repository.root),)))
    assert built.result.errors
    assert (built.layers, len(repository.compiles)) == ((), 1)
