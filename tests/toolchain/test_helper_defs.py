"""Helper prototypes from the manual in linux/bpf.h."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xdp_lsp.toolchain import HeadersNotFoundError
from xdp_lsp.toolchain.cache import user_cache
from xdp_lsp.toolchain.clang import wheel_folder
from xdp_lsp.toolchain.helper_defs import helper_defs_folder, parse_prototypes, render

MANUAL = """\
 * Start of BPF helper function descriptions:
 *
 * void *bpf_map_lookup_elem(struct bpf_map *map, const void *key)
 * 	Description
 * 		See bpf_ktime_get_ns(void)
 *
 * u64 bpf_ktime_get_ns(void)
 * 	Return
 * 		Time.
 *
 * long bpf_trace_printk(const char *fmt, u32 fmt_size, ...)
 * 	Description
 * 		Prints.
 *
 * u64 bpf_get_socket_cookie(struct sk_buff *skb)
 * 	Return
 * 		A cookie.
 *
 * u64 bpf_get_socket_cookie(struct bpf_sock_addr *ctx)
 * 	Return
 * 		A cookie.
 *
 * u32 bpf_get_smp_processor_id(void)
 * 	Return
 * 		A number.
 * 	Attributes
 * 		__bpf_fastcall
 *
 * long bpf_not_in_the_list(int a)
 * 	Return
 * 		0
 */
"""
NUMBERED = (
    "#define ___BPF_FUNC_MAPPER(FN, ctx...)\\\n\tFN(unspec, 0, ##ctx)\\\n\tFN(map_lookup_elem, 1, ##ctx)\\\n"
    "\tFN(ktime_get_ns, 5, ##ctx)\\\n\tFN(trace_printk, 6, ##ctx)\\\n\tFN(get_smp_processor_id, 8, ##ctx)\\\n"
    "\tFN(get_socket_cookie, 46, ##ctx)\\\n\t/* */\n\n#define OTHER FN(x, 7)\n"
)
LISTED = """\
#define __BPF_FUNC_MAPPER(FN)		\\
	FN(unspec),			\\
	FN(map_lookup_elem),		\\
	FN(ktime_get_ns),		\\
	/* */

"""


def test_prototypes_are_turned_into_declarations() -> None:
    assert [str(prototype) for prototype in parse_prototypes(MANUAL + NUMBERED)] == [
        "static void *(* const bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;",
        "static __u64 (* const bpf_ktime_get_ns)(void) = (void *) 5;",
        "static long (* const bpf_trace_printk)(const char *fmt, __u32 fmt_size, ...) = (void *) 6;",
        "__bpf_fastcall static __u32 (* const bpf_get_smp_processor_id)(void) = (void *) 8;",
        "static __u64 (* const bpf_get_socket_cookie)(void *ctx) = (void *) 46;",
    ]


def test_before_linux_6_2_the_number_is_the_place_in_the_list() -> None:
    numbers = {prototype.name: prototype.number for prototype in parse_prototypes(MANUAL + LISTED)}
    assert numbers == {"bpf_map_lookup_elem": 1, "bpf_ktime_get_ns": 2}


def test_a_header_without_a_manual_has_none() -> None:
    assert parse_prototypes("#define __BPF_FUNC_MAPPER(FN) FN(unspec),\n") == ()


def kernel_headers() -> list[Path]:
    wheel = wheel_folder()
    found = [Path("/usr/include/linux/bpf.h")]
    if wheel is not None:
        found.append(wheel / "lib/libc/include/any-linux-any/linux/bpf.h")
    return [path for path in found if path.is_file()]


@pytest.mark.parametrize("header", kernel_headers(), ids=str)
def test_every_helper_of_a_kernel_is_found(header: Path) -> None:
    text = header.read_text("utf-8")
    listed = set(re.findall(r"\bFN\((\w+)", text.partition("BPF_FUNC_MAPPER(FN")[2].partition("\n\n")[0]))
    prototypes = parse_prototypes(text)
    assert {prototype.name for prototype in prototypes} == {f"bpf_{name}" for name in listed - {"unspec"}}
    assert [prototype.number for prototype in prototypes] == list(range(1, len(listed)))


def test_libbpfs_own_file_says_the_same() -> None:
    """But where the two come from different kernels: its manual may lag behind."""
    theirs, header = Path("/usr/include/bpf/bpf_helper_defs.h"), Path("/usr/include/linux/bpf.h")
    if not theirs.is_file() or not header.is_file():
        pytest.skip("libbpf's and the kernel's headers are not both installed")

    def declarations(text: str) -> dict[str, str]:
        lines = (re.sub(r"\s+", "", line.replace("* const bpf_", "*bpf_")) for line in text.splitlines())
        return {
            line[line.index("(*") + 2 :].partition(")")[0]: line
            for line in lines
            if line.startswith("static")
        }

    libbpf = declarations(theirs.read_text("utf-8"))
    ours = declarations(render(parse_prototypes(header.read_text("utf-8"))))
    changed = {
        "bpf_redirect_map",
        "bpf_dynptr_read",
        "bpf_dynptr_write",
        "bpf_dynptr_data",
        "bpf_get_socket_cookie",
    }
    common = (ours.keys() & libbpf.keys()) - changed
    assert len(common) > 150
    assert {name: ours[name] for name in common} == {name: libbpf[name] for name in common}


@pytest.fixture
def header(tmp_path: Path) -> Path:
    path = tmp_path / "bpf.h"
    path.write_text(MANUAL + NUMBERED)
    return path


def test_the_file_is_kept_by_content(header: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    first = helper_defs_folder(header, cache)
    written = first / "bpf" / "bpf_helper_defs.h"
    assert "bpf_ktime_get_ns" in written.read_text()
    made = written.stat().st_mtime_ns
    helper_defs_folder.cache_clear()
    assert helper_defs_folder(header, cache) == first
    assert written.stat().st_mtime_ns == made
    header.write_text(MANUAL.replace("ktime_get_ns", "ktime_get_us") + NUMBERED.replace("get_ns", "get_us"))
    helper_defs_folder.cache_clear()
    assert helper_defs_folder(header, cache) != first


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_cache_is_the_users_alone(header: Path, tmp_path: Path) -> None:
    helper_defs_folder(header, str(tmp_path / "cache"))
    for folder in (tmp_path / "cache", tmp_path / "cache" / "helpers"):
        assert folder.stat().st_mode & 0o077 == 0


def test_several_may_write_at_once(header: Path, tmp_path: Path) -> None:
    make = helper_defs_folder.__wrapped__
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: make(header, str(tmp_path / "cache")), range(16)))
    (folder,) = folders
    assert [path.name for path in (folder / "bpf").iterdir()] == ["bpf_helper_defs.h"]


def test_what_cannot_be_derived_is_told(tmp_path: Path) -> None:
    with pytest.raises(HeadersNotFoundError, match="cannot be read"):
        helper_defs_folder(tmp_path / "absent.h", str(tmp_path))
    (tmp_path / "old.h").write_text("enum bpf_func_id {};")
    with pytest.raises(HeadersNotFoundError, match=r"older than Linux 4\.18"):
        helper_defs_folder(tmp_path / "old.h", str(tmp_path))


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert user_cache() == Path("/var/cache/me/xdp-lsp")
