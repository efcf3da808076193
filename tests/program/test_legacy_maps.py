"""The older `maps` section, as libbpf before 1.0, iproute2 and others lay it out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.compile import compile_c
from xdp_lsp.objfile import load
from xdp_lsp.program import Attach, Image, MapAddress, load_image
from xdp_lsp.program.legacy_maps import slot_of

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define MAP __attribute__((section("maps"), used))
"""

# iproute2, include/bpf_elf.h and include/bpf_api.h
IPROUTE2 = (
    HEAD
    + """
struct bpf_elf_map { __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };
struct bpf_elf_map MAP jumps = { .type = BPF_MAP_TYPE_PROG_ARRAY, .id = 2, .size_key = 4, .size_value = 4,
                                 .pinning = 1, .max_elem = 32 };
struct bpf_elf_map MAP others = { .type = BPF_MAP_TYPE_PROG_ARRAY, .id = 3, .size_key = 4, .size_value = 4,
                                  .max_elem = 32 };
struct bpf_elf_map MAP inner = { .type = BPF_MAP_TYPE_HASH, .id = 5, .size_key = 4, .size_value = 24,
                                 .max_elem = 7, .flags = 1 };
struct bpf_elf_map MAP outer = { .type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .id = 6, .size_key = 4, .size_value = 4,
                                 .max_elem = 3, .inner_id = 5 };
SEC("prog") int entry(struct xdp_md *ctx) { bpf_tail_call(ctx, &jumps, 18); return XDP_PASS; }
SEC("2/18") int long_way(struct xdp_md *ctx) { bpf_tail_call(ctx, &others, 1); return XDP_DROP; }
SEC("2/0x3") int short_way(struct xdp_md *ctx) { return XDP_TX; }
SEC("3/010") int octal(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -16); }
SEC("4/1") int of_no_map(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -32); }
"""
)


def entry(image: Image, name: str) -> int:
    return next(one.start for one in image.functions if one.name == name)


@pytest.mark.parametrize("debug", ["-g", "-g0"])
@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_iproute2_fills_program_arrays_by_the_names_of_sections(debug: str, target: str) -> None:
    image = load_image(compile_c(IPROUTE2, flags=(debug,), target=target))
    assert image.maps["jumps"].programs == {18: entry(image, "long_way"), 3: entry(image, "short_way")}
    assert image.maps["others"].programs == {8: entry(image, "octal")}
    assert image.maps["inner"].programs == image.maps["outer"].programs == {}
    attached = {one.name: one.attach for one in image.programs}
    # Without types `octal` is known by its helper, and the others because tail calls join them to it.
    assert attached == {
        "entry": Attach.XDP,
        "long_way": Attach.TAIL_CALL,
        "short_way": Attach.TAIL_CALL,
        "octal": Attach.TAIL_CALL,
        "of_no_map": Attach.TAIL_CALL,
    }


def test_a_map_of_maps_is_made_from_the_map_that_it_names_by_id() -> None:
    image = load_image(compile_c(IPROUTE2))
    assert image.maps["outer"].inner == image.maps["inner"]
    assert image.maps["inner"][:5] == ("inner", 1, 4, 24, 7) and image.maps["inner"].flags == 1
    assert image.maps["jumps"].inner is None


# Records as long as the section divided by its symbols: libbpf's first ones without flags, those of Go's loaders.
LENGTHS = {
    "no flags": ("", 4),
    "flags": ("unsigned int map_flags;", 5),
    "samples/bpf": ("unsigned int map_flags, inner_map_idx, numa_node;", 7),
    "gobpf": ("unsigned int map_flags, pinning; char name[256];", 70),
}


def without_sizes(data: bytes) -> bytes:
    """The object with symbols that do not say how long what they name is, as some compilers write them."""
    table = next(one for one in load(data).sections if one.type == "SHT_SYMTAB")
    changed = bytearray(data)
    for entry in range(table.offset, table.offset + table.size, 24):
        changed[entry + 16 : entry + 24] = bytes(8)
    return bytes(changed)


@pytest.mark.parametrize("changed", [bytes, without_sizes])
@pytest.mark.parametrize("length", LENGTHS)
def test_records_are_as_long_as_their_loader_has_them(length: str, changed: Callable[[bytes], bytes]) -> None:
    more, words = LENGTHS[length]
    flags = ", .map_flags = 1" if words > 4 else ""
    source = (
        HEAD
        + f"""
    struct bpf_map_def {{ unsigned int type, key_size, value_size, max_entries; {more} }};
    struct bpf_map_def MAP one = {{ .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 16,
                                   .max_entries = 9 {flags} }};
    struct bpf_map_def MAP two = {{ .type = BPF_MAP_TYPE_DEVMAP, .key_size = 4, .value_size = 8,
                                   .max_entries = 64 }};
    SEC("xdp") int prog(struct xdp_md *ctx) {{
        __u32 key = 1;
        __u64 *v = bpf_map_lookup_elem(&one, &key);
        return v ? bpf_redirect_map(&two, *v, 0) : 0;
    }}
    """
    )
    image = load_image(changed(compile_c(source, flags=("-g0",))))
    assert image.maps["one"][:5] == ("one", 1, 4, 16, 9) and image.maps["one"].flags == (words > 4)
    assert image.maps["two"][:5] == ("two", 14, 4, 8, 64) and image.maps["two"].flags == 0
    assert [address for _, address in sorted(image.addresses.items())] == [
        MapAddress("one"),
        MapAddress("two"),
    ]


def test_annotations_give_the_types_of_keys_and_values() -> None:
    source = (
        HEAD
        + """
    struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
    struct real { __u32 weight; __u16 length; };
    struct bpf_map_def MAP reals = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 2 };
    struct ____btf_map_reals { __u32 key; struct real value; };
    struct ____btf_map_reals __attribute__((section(".maps.reals"), used)) ____btf_map_reals = { };
    SEC("xdp") int prog(struct xdp_md *ctx) {
        __u32 key = 1;
        struct real *v = bpf_map_lookup_elem(&reals, &key);
        return v ? bpf_xdp_adjust_head(ctx, -v->length) : 0;
    }
    """
    )
    image = load_image(compile_c(source))
    assert image.types is not None
    assert image.types.resolve(image.maps["reals"].value_type).name == "real"
    assert image.types.size(image.maps["reals"].key_type) == 4


@pytest.mark.parametrize(
    ("section", "slot"),
    [
        ("2/18", (2, 18)),
        ("0x2/0x12", (2, 18)),
        ("02/022", (2, 18)),
        ("0/0", (0, 0)),
        ("09/1", None),
        ("xdp/1", None),
        ("1/xdp", None),
        ("1", None),
    ],
)
def test_numbers_of_sections_are_read_as_scanf_reads_them(section: str, slot: tuple[int, int] | None) -> None:
    assert slot_of(section) == slot
