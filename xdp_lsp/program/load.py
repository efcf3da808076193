"""Object bytes in, a linked `Image` out."""

from __future__ import annotations

from collections.abc import Collection

from xdp_lsp.objfile import load
from xdp_lsp.program.contexts import Contexts
from xdp_lsp.program.core_relocation import find_patched
from xdp_lsp.program.data import data_section_names, find_data
from xdp_lsp.program.entries import find_programs
from xdp_lsp.program.image import Image, tail_called
from xdp_lsp.program.jump_tables import find_jump_targets
from xdp_lsp.program.layout import find_functions, lay_out
from xdp_lsp.program.link import link
from xdp_lsp.program.maps import find_maps
from xdp_lsp.program.source_map import ObjectSourceMap

MAX_PROBLEMS = 20


def load_image(data: bytes, directory: str | None = None, words: Collection[str] = ()) -> Image:
    """Link the object file in `data`; `directory` is what relative source paths in it are relative to.

    `words` are names of functions that are XDP programs as somebody says who knows.

    Raises ObjectError where `data` is no BPF object that can be read; whatever else is wrong is told in
    `Image.problems`.
    """
    obj = load(data)
    layout = lay_out(obj)
    maps = find_maps(obj, layout)
    names = data_section_names(obj)
    links = link(obj, layout, maps, names)
    entered = tail_called(maps.definitions.values())
    functions = find_functions(obj, layout, links.targets() | entered)
    source_map = ObjectSourceMap(obj, layout, functions, directory)
    contexts = Contexts(obj.btf, lambda: source_map.parameters)
    entries = find_programs(functions, layout.slots, links, maps.definitions, contexts=contexts, words=words)
    return Image(
        slots=layout.slots,
        functions=functions,
        programs=entries.programs,
        big_endian=obj.big_endian,
        calls=links.calls,
        addresses=links.addresses,
        patched=find_patched(obj, layout),
        kfuncs=links.kfuncs,
        maps=maps.definitions,
        data=find_data(obj, names),
        source_map=source_map,
        problems=_first_of((*obj.problems, *layout.problems, *links.problems)),
        undecided=entries.undecided,
        section_starts=tuple(span.start for span in layout.spans.values()) or (0,),
        jump_targets=find_jump_targets(obj, layout, functions, links.addresses),
        types=obj.btf,
    )


def _first_of(problems: tuple[str, ...]) -> tuple[str, ...]:
    """A corrupt table has a problem in every entry; nobody reads more than the first."""
    more = len(problems) - MAX_PROBLEMS
    return (*problems[:MAX_PROBLEMS], f"{more} more problems are left out.") if more > 0 else problems
