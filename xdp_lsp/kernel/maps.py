"""The maps of one object, each made when a program first needs it; nothing is pinned.

Source: tools/lib/bpf/libbpf.c, bpf_object__create_map() and bpf_object__init_internal_map() (Linux 7.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from xdp_lsp.kernel import bpf
from xdp_lsp.kernel.bpf import LoadError, Map, MapTypes, Types
from xdp_lsp.objfile import Btf
from xdp_lsp.objfile.btf import DATASEC
from xdp_lsp.program.image import DataAddress, DataSection, Image, MapDefinition

# Types of maps whose keys and values must not have types.
_UNTYPED = frozenset(
    (
        bpf.PERF_EVENT_ARRAY, bpf.CGROUP_ARRAY, bpf.STACK_TRACE, bpf.ARRAY_OF_MAPS, bpf.HASH_OF_MAPS, bpf.DEVMAP,
        bpf.DEVMAP_HASH, bpf.CPUMAP, bpf.XSKMAP, bpf.SOCKMAP, bpf.SOCKHASH, bpf.QUEUE, bpf.STACK, bpf.PROG_ARRAY,
        bpf.RINGBUF,
    )
)  # fmt: skip
_MAPS_OF_MAPS = (bpf.ARRAY_OF_MAPS, bpf.HASH_OF_MAPS)
# Those whose values are file descriptors or numbers of the kernel's, whatever the definition says.
_WORDS = (bpf.PROG_ARRAY, bpf.PERF_EVENT_ARRAY, bpf.CGROUP_ARRAY, *_MAPS_OF_MAPS)
_KCONFIG = ".kconfig"
_PAGE = 4096  # bytes
_MOST_HASHED = 4096


class Maps(ExitStack):
    """Makes maps and data sections of `image`. `types` is its BTF in the kernel, None where there is none.

    With `as_built` nobody sets anything: settings keep the zeros that the object has.
    """

    def __init__(
        self,
        image: Image,
        btf: Btf | None,
        types: Types | None,
        sizes: Mapping[str, int],
        *,
        as_built: bool = False,
    ) -> None:
        super().__init__()
        self._as_built = as_built
        self._image = image
        self._types = types
        self._sizes = sizes
        self._made: dict[str, Map] = {}
        self._section_types = {found.name: found.id for found in btf.of_kind(DATASEC)} if btf else {}
        self._settings: dict[str, int] = {}  # where each variable of .kconfig stands

    def named(self, name: str) -> Map:
        """The map that the object calls `name`. Raises LoadError where the kernel does not make it."""
        return self._once(f"map {name}", lambda: self._make(self._image.maps[name]))

    def data(self, address: DataAddress) -> Map:
        """The data section that `address` is in.

        The verifier knows what frozen constants are. A setting whose initial value is zero waits for the loader
        to set it, so that a claim does not rest on the zero: it is given in a section that is not frozen.
        """
        section = self._image.data[address.section]
        frozen = section.is_constant and (self._as_built or not _waits(section, address.offset))
        key = f"{'constants' if frozen else 'data'} {section.name}"
        return self._once(key, lambda: self._make_section(section, frozen=frozen))

    def setting(self, name: str) -> tuple[Map, int]:
        """Where the variable `name` of `.kconfig` stands: its map, and the offset in it. Its value is not known."""
        offset = self._settings.setdefault(name, 64 * len(self._settings))
        return self._once(_KCONFIG, lambda: self._array(_PAGE, None)), offset % _PAGE

    def _once(self, key: str, make: Callable[[], Map]) -> Map:
        if key not in self._made:
            try:
                self._made[key] = self.enter_context(make())
            except OSError as error:
                raise LoadError(f"The kernel does not make {key} ({error.strerror}).") from None
        return self._made[key]

    def _make(self, definition: MapDefinition) -> Map:
        kind = definition.type
        key_size, value_size = definition.key_size, definition.value_size
        if kind in _WORDS:
            key_size, value_size = key_size or 4, 4
        inner = None
        if kind in _MAPS_OF_MAPS:
            if definition.inner is None:
                raise LoadError(f"The object does not say what maps the map {definition.name} holds.")
            inner = self._make(definition.inner)
        # A number that user space sets before it loads the object, or that only costs memory, is of no matter to
        # the verifier.
        most = definition.max_entries or (_PAGE if kind == bpf.RINGBUF else 1)
        if kind in bpf.HASHES:
            most = min(most, _MOST_HASHED)
        try:
            return self._typed(
                lambda types: Map(
                    kind, key_size, value_size, most, definition.flags,
                    inner=inner, types=types, extra=definition.extra,
                ),
                0 if kind in _UNTYPED else definition.key_type,
                0 if kind in _UNTYPED else definition.value_type,
            )  # fmt: skip
        finally:
            if inner is not None:
                inner.close()

    def _make_section(self, section: DataSection, *, frozen: bool) -> Map:
        size = self._sizes.get(section.name, len(section.data))
        made = self._array(size, self._section_types.get(section.name), bpf.RDONLY_PROG if frozen else 0)
        made.update(section.data)
        if frozen:
            made.freeze()
        return made

    def _array(self, size: int, value_type: int | None, flags: int = 0) -> Map:
        return self._typed(lambda types: Map(bpf.ARRAY, 4, size, 1, flags, types=types), 0, value_type or 0)

    def _typed(self, make: Callable[[MapTypes | None], Map], key: int, value: int) -> Map:
        """A map with its types, or without them where the kernel does not take them: only locks need them."""
        if self._types is not None and value:
            try:
                return make(MapTypes(self._types, key, value))
            except OSError:
                pass
        return make(None)


def _waits(section: DataSection, offset: int) -> bool:
    """Whether the variable at `offset` is a setting that is zero, in a part at least where it has several."""
    variable = section.variable_at(offset)
    if variable is None or not section.is_setting(offset):
        return False
    initial = section.data[variable.offset : variable.offset + variable.size]
    return variable.size > 8 or not any(initial)
