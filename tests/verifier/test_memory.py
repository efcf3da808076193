"""Loads and stores: frames against an array of bytes, and what other memory gives."""

from __future__ import annotations

import random

import pytest

from tests.verifier.runs import Run
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.program import Attach, DataSection, DataVariable, Image, Program
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, constant, of_symbol
from xdp_lsp.verifier.memory import Memory
from xdp_lsp.verifier.result import AssumedConstant
from xdp_lsp.verifier.state import Frame, State
from xdp_lsp.verifier.symbols import Region, SymbolTable

both_orders = pytest.mark.parametrize("big_endian", [False, True], ids=["little", "big"])


class Bytes:
    """The stack of one run: each byte of fp-32..fp-1, None where anything may be."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.bytes: dict[int, int | None] = dict.fromkeys(range(-32, 0))

    def store(self, offset: int, size: int, value: int) -> None:
        raw = (value & ((1 << 8 * size) - 1)).to_bytes(size, self.order)
        self.bytes.update(zip(range(offset, offset + size), raw, strict=True))

    def load(self, offset: int, size: int) -> int | None:
        raw = [self.bytes[at] for at in range(offset, offset + size)]
        known = bytes(x for x in raw if x is not None)
        return int.from_bytes(known, self.order) if len(known) == size else None


@both_orders
@pytest.mark.parametrize("seed", range(12))
def test_a_frame_is_an_array_of_bytes(seed, big_endian):
    rng = random.Random(seed)
    table = SymbolTable(big_endian=big_endian)
    facts, frame = Facts(table), Frame(table.frame(0), None)
    runs, values = [], []
    symbols = [table.fresh(WORD.of_width(bits)) for bits in (8, 16, 32, 64)]
    for _ in range(3):
        runs.append(Run(table, {symbol: rng.getrandbits(8 << at) for at, symbol in enumerate(symbols)}))
        values.append(Bytes("big" if big_endian else "little"))
    forms = [*map(of_symbol, symbols), constant(0), constant(0), constant(-1), constant(0x0102030405060708)]
    forms.append(linear.shift(of_symbol(symbols[3]), 5))
    known = 0
    for _ in range(250):
        size = rng.choice((1, 2, 4, 8))
        aligned = -size * rng.randint(1, 32 // size)
        offset = aligned if rng.random() < 0.7 else rng.randrange(-32, 1 - size)
        kind = rng.random()
        if kind < 0.45:
            form = rng.choice(forms)
            frame.store(facts, offset, size, form)
            for run, memory in zip(runs, values, strict=True):
                memory.store(offset, size, run.of(form))
        elif kind < 0.5:
            frame.store(facts, offset, size, None)
            for memory in values:
                memory.bytes.update(dict.fromkeys(range(offset, offset + size)))
        elif kind < 0.55:
            frame.forget(offset, offset + 3)
            for memory in values:
                memory.bytes.update(dict.fromkeys(range(offset, min(offset + 3, 0))))
        else:
            loaded = frame.load(facts, offset, size)
            if loaded is None:
                continue
            known += 1
            for run, memory in zip(runs, values, strict=True):
                assert run.of(loaded) == memory.load(offset, size), (offset, size, loaded)
        taken = [at for start, (length, _) in frame.stack.items() for at in range(start, start + length)]
        assert len(taken) == len(set(taken)), "slots overlap"
    assert known > 20


@both_orders
def test_a_spilled_register_comes_back(big_endian):
    table = SymbolTable(big_endian=big_endian)
    facts, frame = Facts(table), Frame(table.frame(0), None)
    n = of_symbol(table.fresh(WORD.top))
    frame.store(facts, -8, 8, n)
    assert frame.load(facts, -8, 8) == n
    frame.store(facts, -12, 4, n)
    low = frame.load(facts, -12, 4)
    assert low is not None
    assert WORD.unsigned(facts.evaluate(low)) == (0, 0xFFFFFFFF)


# -- where an address points --------------------------------------------------------------------

SETTINGS = DataSection(
    ".rodata",
    bytes([0, 0, 0, 0, 40, 0, 0, 0, 3, 9, 27, 81, 5]),
    True,
    (
        DataVariable("unset", 0, 4, True, True),
        DataVariable("limit", 4, 4, True, True),
        DataVariable("table", 8, 4, True, False),
        DataVariable("plain", 12, 1, True, False),
    ),
    True,
)
VARIABLES = DataSection(".data", bytes(8), False, (DataVariable("n", 0, 4, False, False),), True)


class World:
    def __init__(self, *, assume_constants: bool = True, big_endian: bool = False) -> None:
        self.assumed: list[AssumedConstant] = []
        self.image = Image(
            (),
            (),
            (Program("p", "xdp", 0, Attach.XDP),),
            big_endian=big_endian,
            data={section.name: section for section in (SETTINGS, VARIABLES)},
        )
        self.memory = Memory(self.image, assume_constants=assume_constants, on_assumed=self.assumed.append)
        self.table = SymbolTable(big_endian=big_endian)
        self.state = State(self.table, 0)
        self.facts = self.state.facts

    def load(self, base: Linear, offset: int, size: int) -> tuple[int, int]:
        return WORD.unsigned(self.facts.evaluate(self.memory.load(self.state, 3, base, offset, size)))

    def store(self, base: Linear | None, offset: int, size: int, form: Linear | None) -> None:
        self.memory.store(self.state, base, offset, size, form)

    @property
    def rodata(self) -> Linear:
        return of_symbol(self.table.data_section(".rodata"))

    @property
    def frame_pointer(self) -> Linear:
        return of_symbol(self.table.frame(0))

    def between(self, low: int, high: int) -> Linear:
        return of_symbol(self.table.fresh(WORD.between(low, high)))


def test_constants_hold_their_initial_value():
    world = World()
    assert world.load(world.rodata, 12, 1) == (5, 5)
    assert not world.assumed


@both_orders
def test_constants_are_read_in_the_byte_order_of_the_object(big_endian):
    world = World(big_endian=big_endian)
    expected = 0x0309 if big_endian else 0x0903
    assert world.load(world.rodata, 8, 2) == (expected, expected)


def test_a_setting_that_is_not_zero_is_assumed_and_told():
    world = World()
    assert world.load(world.rodata, 4, 4) == (40, 40)
    assert world.assumed == [AssumedConstant(3, ".rodata", "limit", 40)]
    careful = World(assume_constants=False)
    assert careful.load(careful.rodata, 4, 4) == (0, 0xFFFFFFFF)
    assert not careful.assumed


def test_without_types_every_variable_may_be_a_setting():
    world = World()
    world.image.data[".rodata"] = DataSection(
        ".rodata", bytes([5]), True, (DataVariable("n", 0, 1, True, False),), False
    )
    assert world.load(world.rodata, 0, 1) == (5, 5)
    assert world.assumed == [AssumedConstant(3, ".rodata", "n", 5)]


def test_a_setting_that_is_zero_is_unknown():
    world = World()
    assert world.load(world.rodata, 0, 4) == (0, 0xFFFFFFFF)
    assert not world.assumed


def test_a_variable_is_unknown():
    world = World()
    data = of_symbol(world.table.data_section(".data"))
    assert world.load(data, 0, 4) == (0, 0xFFFFFFFF)
    one, other = (world.memory.load(world.state, 3, data, 0, 4) for _ in range(2))
    assert one != other, "two reads may differ"


def test_a_table_at_a_variable_index_is_the_join_of_its_entries():
    world = World()
    index = world.between(1, 2)
    assert world.load(linear.add(world.rodata, index), 8, 1) == (9, 27)
    # Only the entries that a stride reaches.
    even = linear.scale(world.between(0, 1), 2)
    value = world.facts.evaluate(world.memory.load(world.state, 3, linear.add(world.rodata, even), 8, 1))
    assert {x for x in (3, 9, 27, 81) if WORD.contains(value, x)} >= {3, 27}
    assert not WORD.contains(value, 81)


def test_a_table_that_reaches_a_setting_is_unknown():
    world = World()
    assert world.load(linear.add(world.rodata, world.between(0, 12)), 0, 1) == (0, 255)


def test_the_context():
    world = World()
    world.state.total, world.state.metadata = constant(-8), constant(4)
    world.state.length = world.between(14, 1500)
    context, packet = of_symbol(world.table.context), of_symbol(world.state.packet)
    load = world.memory.load
    assert load(world.state, 3, context, 0, 4) == linear.shift(packet, -8)
    assert load(world.state, 3, context, 4, 4) == linear.add(packet, world.state.length)
    assert load(world.state, 3, context, 8, 4) == linear.shift(packet, -12)
    assert load(world.state, 3, context, 12, 4) == load(world.state, 9, context, 12, 4)
    assert world.load(context, 16, 4) == (0, 0xFFFFFFFF)


def test_the_packet_is_unknown_at_every_read():
    world = World()
    packet = of_symbol(world.state.packet)
    one, other = (world.memory.load(world.state, 3, packet, 14, 1) for _ in range(2))
    assert one != other
    assert world.load(packet, 14, 1) == (0, 255)


def test_a_store_through_a_copy_of_the_frame_pointer():
    world = World()
    copy = linear.shift(world.frame_pointer, -16)
    world.store(copy, 8, 8, constant(7))
    assert world.load(world.frame_pointer, -8, 8) == (7, 7)


def test_a_store_at_a_variable_offset_forgets_what_it_may_hit():
    world = World()
    for offset in (-24, -16, -8):
        world.store(world.frame_pointer, offset, 8, constant(7))
    world.store(linear.add(world.frame_pointer, world.between(0, 7)), -16, 1, constant(1))
    assert world.load(world.frame_pointer, -16, 8) == (0, TOP)
    assert world.load(world.frame_pointer, -24, 8) == (7, 7)
    assert world.load(world.frame_pointer, -8, 8) == (7, 7)


def test_a_store_at_a_variable_offset_reaches_as_far_as_its_size():
    world = World()
    for offset in (-16, -8):
        world.store(world.frame_pointer, offset, 8, constant(7))
    world.store(linear.add(world.frame_pointer, world.between(0, 6)), -16, 4, constant(1))
    assert world.load(world.frame_pointer, -8, 8) == (0, TOP)


@pytest.mark.parametrize("region", [Region.UNKNOWN, None], ids=["unknown pointer", "no form"])
def test_a_store_anywhere_forgets_every_frame(region):
    world = World()
    world.store(world.frame_pointer, -8, 8, constant(7))
    base = None if region is None else of_symbol(world.table.fresh(WORD.top, region=region))
    world.store(base, 0, 8, constant(1))
    assert world.load(world.frame_pointer, -8, 8) == (0, TOP)


@pytest.mark.parametrize("how", ["two pointers", "a multiple", "no form"])
def test_a_store_through_what_may_be_any_frame_forgets_all(how):
    world = World()
    outer, inner = world.frame_pointer, of_symbol(world.table.frame(1))
    world.store(outer, -8, 8, constant(7))
    world.state.frames.append(Frame(world.table.frame(1), 5))
    world.store(inner, -8, 8, constant(7))
    bases = {
        "two pointers": linear.add(inner, of_symbol(world.table.pointer(Region.OTHER))),
        "a multiple": linear.scale(inner, 2),
        "no form": None,
    }
    world.store(bases[how], 0, 8, constant(1))
    assert world.load(inner, -8, 8) == (0, TOP)
    assert world.load(outer, -8, 8) == (0, TOP)


@pytest.mark.parametrize("region", [Region.PACKET, Region.OTHER, Region.DATA])
def test_a_store_elsewhere_leaves_the_frames(region):
    world = World()
    world.store(world.frame_pointer, -8, 8, constant(7))
    world.store(of_symbol(world.table.pointer(region)), 0, 8, constant(1))
    assert world.load(world.frame_pointer, -8, 8) == (7, 7)


def test_what_a_helper_may_write_is_forgotten():
    world = World()
    for offset in (-24, -16, -8):
        world.store(world.frame_pointer, offset, 8, constant(7))
    world.memory.forget_behind(world.state, linear.shift(world.frame_pointer, -24), 8)
    assert world.load(world.frame_pointer, -24, 8) == (0, TOP)
    assert world.load(world.frame_pointer, -16, 8) == (7, 7)
    world.memory.forget_behind(world.state, linear.shift(world.frame_pointer, -16), None)
    assert world.load(world.frame_pointer, -8, 8) == (0, TOP)
    for pointer in (None, of_symbol(world.table.fresh(WORD.top, region=Region.UNKNOWN))):
        world.store(world.frame_pointer, -8, 8, constant(7))
        world.memory.forget_behind(world.state, pointer, 4)
        assert world.load(world.frame_pointer, -8, 8) == (0, TOP)


def test_a_copy_of_a_state_has_its_own_frames():
    world = World()
    world.store(world.frame_pointer, -8, 8, constant(7))
    world.state.frames.append(Frame(world.table.frame(1), 5))
    copy = world.state.copy()
    # Through the argument of a called function into its caller's frame.
    world.memory.store(copy, world.frame_pointer, -8, 8, constant(9))
    assert world.load(world.frame_pointer, -8, 8) == (7, 7)
    loaded = world.memory.load(copy, 3, world.frame_pointer, -8, 8)
    assert loaded == constant(9)


def test_a_load_from_where_a_pointer_may_have_been_spilled_may_point_to_a_frame():
    world = World()
    loaded = world.memory.load(world.state, 3, world.frame_pointer, -8, 8)
    assert loaded.symbol is not None
    assert world.table[loaded.symbol].region is Region.UNKNOWN
