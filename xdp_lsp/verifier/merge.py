"""Where paths meet: forgetting what does not matter, and recognising a state that was seen.

A state stands for every run whose values are those of its forms under some assignment of its symbols that its
facts allow. Renaming symbols therefore changes nothing, forgetting a place or a fact only adds runs, and
`covers(a, b)` looks for a renaming under which a allows all that b does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from xdp_lsp.domains.scalar import WORD, Infeasible
from xdp_lsp.verifier import linear
from xdp_lsp.verifier.facts import Facts
from xdp_lsp.verifier.linear import Linear, Symbol, of_symbol
from xdp_lsp.verifier.places import ANY_SLOT, CALLEE_SAVED, Live, slot_bits
from xdp_lsp.verifier.result import ReasonKind
from xdp_lsp.verifier.state import Pending, Place, Placed, State
from xdp_lsp.verifier.symbols import Origin, Region, SymbolTable

# "Registers" of a frame: the first three of one that runs as a callback.
_COUNTER, _LIMIT, _CALLBACK_CONTEXT, _TAIL_CALLS = 100, 101, 102, 103


def freeze(state: State) -> None:
    """Takes down the places of a state that changes no more (a copy of it is free to)."""
    state.placed = Placed(dict(_places(state)))


def places(state: State) -> Collection[tuple[Place, Linear]]:
    """Every place that holds something, in an order that depends only on which places those are."""
    return _places(state) if state.placed is None else state.placed.forms.items()


def _places(state: State) -> list[tuple[Place, Linear]]:
    found: list[tuple[Place, Linear]] = [
        ("total", state.total),
        ("metadata", state.metadata),
    ]
    for depth, frame in enumerate(state.frames):
        for register in range(10):
            form = frame.registers[register]
            if form is not None:
                found.append(((depth, register), form))
        for offset in sorted(frame.stack):
            size, form = frame.stack[offset]
            found.append(((depth, offset, size), form))
        found.append(((depth, _TAIL_CALLS), frame.tail_calls))
        callback = frame.callback
        if callback is not None:
            kept = (
                (_COUNTER, callback.counter),
                (_LIMIT, callback.limit),
                (_CALLBACK_CONTEXT, callback.context),
            )
            found.extend(((depth, number), form) for number, form in kept if form is not None)
    found.append(("packet", of_symbol(state.packet)))
    found.append(("length", state.length))
    return found


def fill(state: State, forms: dict[Place, Linear]) -> None:
    """Makes `state` hold `forms` at its places, and nothing at any other."""
    for depth in range(len(state.frames)):
        frame = state.own_frame(depth)
        for register in range(10):
            frame.registers[register] = forms.get((depth, register))
        frame.stack = {
            offset: (size, forms[(depth, offset, size)])
            for offset, (size, _) in frame.stack.items()
            if (depth, offset, size) in forms
        }
        frame.tail_calls = forms[(depth, _TAIL_CALLS)]
        if frame.callback is not None:
            frame.callback = frame.callback._replace(
                counter=forms.get((depth, _COUNTER)),
                limit=forms.get((depth, _LIMIT)),
                context=forms.get((depth, _CALLBACK_CONTEXT)),
            )
    state.total, state.metadata, state.length = forms["total"], forms["metadata"], forms["length"]
    (state.packet, _), *_ = forms["packet"].terms


# -- forgetting ---------------------------------------------------------------------------------


def forget_dead(state: State, lives: Sequence[Live], *, keep_tested: bool) -> None:
    """Forgets every place that does not matter: `lives` are the live places of each frame, outermost first.

    Of places that only accesses use as a base, what they point into stays. Places that only later branches test
    stay if `keep_tested` and they hold a constant or one symbol: a flag or a field, not a checksum. So do those that go
    with the total, as what a program itself counts of its prepends does: they tell no more states apart.
    """
    facts = state.facts
    total = linear.direction(state.total.terms)[0] if state.total.terms else ()

    def keeps(form: Linear) -> bool:
        return keep_tested and (len(form.terms) <= 1 or linear.direction(form.terms)[0] == total)

    for depth, live in enumerate(lives):
        innermost = depth == len(state.frames) - 1
        frame = state.own_frame(depth)
        for register in range(10):
            form = frame.registers[register]
            if form is not None:
                bit = 1 << register
                kept = innermost or bit & CALLEE_SAVED
                frame.registers[register] = _remnant(facts, form, bit, live, keeps) if kept else None
        for offset, (size, form) in list(frame.stack.items()):
            bits = slot_bits(offset, size) | ANY_SLOT
            remnant = _remnant(facts, form, bits, live, keeps)
            if remnant is None:
                del frame.stack[offset]
            else:
                frame.stack[offset] = (size, remnant)
    _forget_facts(state)


def _remnant(
    facts: Facts, form: Linear, bits: int, live: Live, keeps: Callable[[Linear], bool]
) -> Linear | None:
    """What is kept of `form` at a place whose bits are `bits`; `keeps` says whether it is if it is only tested."""
    if live.value & bits:
        return form
    region = facts.table.region(form)
    # Bounds checks are everywhere: of packet pointers that are only compared, nothing is kept.
    in_packet = region is not None and region[0] is Region.PACKET
    if live.test & bits and not in_packet and keeps(form):
        return form
    if live.base & bits:
        if region is not None and region[0] not in (Region.PACKET, Region.OTHER):
            return form
        # It points into no frame: that is all that has to be known of it.
        if region is None:
            return of_symbol(facts.table.fresh(WORD.top))
        name = facts.table[region[1]].name
        return of_symbol(facts.table.fresh(WORD.top, region=Region.OTHER, name=name))
    return None


def _forget_facts(state: State) -> None:
    """Forgets what is known of symbols that no place holds, and definitions that relate nothing.

    A definition relates something while a place holds one of its operands' symbols, or two definitions share one. Else
    its symbol is replaced by a new one with the same values.
    """
    facts = state.facts
    table = facts.table
    held = _held(state)
    renamed = {
        symbol: _undefined(facts, symbol)
        for symbol in held
        if table[symbol].definition is not None and not _relates(table, symbol, held)
    }
    values = {new: facts.value(symbol) for symbol, new in renamed.items()}
    if renamed:
        forms = {}
        for place, form in places(state):
            forms[place] = form
            for symbol, new in renamed.items():
                forms[place] = linear.substitute(forms[place], symbol, of_symbol(new))
        fill(state, forms)
        for symbol, new in renamed.items():
            if symbol in facts.checks:
                facts.checks[new] = facts.checks[symbol]
            if symbol in facts.excluded:
                facts.excluded[new] = facts.excluded[symbol]
        held = _held(state)
    # What bounds checks say of the packet's length is lost unless a place depends on it.
    lengths = {symbol for symbol, _ in state.length.terms}
    for place, form in places(state):
        if place != "length":
            lengths -= {symbol for symbol, _ in form.terms}
    facts.keep(held.keys() - lengths, {new: value for new, value in values.items() if new in held})


def _held(state: State) -> dict[Symbol, int]:
    """The symbols in places, and in the definitions of those; 1 for those that one definition alone holds."""
    table = state.facts.table
    held = {symbol: 2 for _, form in places(state) for symbol, _ in form.terms}
    todo = list(held)
    while todo:
        definition = table[todo.pop()].definition
        if definition is not None:
            for argument in definition.args:
                for symbol, _ in argument.terms:
                    if symbol not in held:
                        todo.append(symbol)
                    held[symbol] = held.get(symbol, 0) + 1
    return held


def _relates(table: SymbolTable, symbol: Symbol, held: dict[Symbol, int]) -> bool:
    """Whether the definition of `symbol`, or one that it is made of, has an operand that something else holds."""
    definition = table[symbol].definition
    if definition is None:
        return False
    operands = [s for argument in definition.args for s, _ in argument.terms]
    return any(held[s] > 1 or _relates(table, s, held) for s in operands)


def _undefined(facts: Facts, symbol: Symbol) -> Symbol:
    """A new symbol for the values of `symbol`, which explains itself by it."""
    origin = Origin(ReasonKind.READ, None, "", (symbol,))
    return facts.table.fresh(WORD.top, origin, facts.table[symbol].region)


# -- recognising --------------------------------------------------------------------------------


def fingerprint(state: State) -> object:
    """Equal for states that are the same up to the names of their symbols."""
    facts = state.facts
    numbers: dict[Symbol, int] = {}
    values: list[object] = []

    def renamed(form: Linear) -> object:
        return form.const, tuple((number(symbol), coefficient) for symbol, coefficient in form.terms)

    def number(symbol: Symbol) -> int:
        if symbol not in numbers:
            at = numbers[symbol] = len(numbers)
            values.append(None)
            info = facts.table[symbol]
            fixed = symbol if info.is_fixed else None
            definition = info.definition and (
                info.definition.op,
                info.definition.parameter,
                tuple(renamed(argument) for argument in info.definition.args),
            )
            values[at] = (facts.value(symbol), facts.excluded.get(symbol), info.region, fixed, definition)
        return numbers[symbol]

    held = tuple((place, renamed(form)) for place, form in places(state))
    relations = frozenset(
        (tuple((numbers[symbol], coefficient) for symbol, coefficient in key), value)
        for key, value in facts.known.items()
        if not isinstance(key, int) and all(symbol in numbers for symbol, _ in key)
    )
    return held, tuple(values), relations, state.pending


def covers(a: State, b: State) -> bool:
    """Whether every run in `b` is one in `a`. Answers False where it cannot tell."""
    try:
        return _covers(a, b)
    except Infeasible:  # one of the two has no run, and it is not told which
        return False


def _covers(a: State, b: State) -> bool:
    if not Pending.covers(a.pending, b.pending):
        return False
    assert a.placed is not None and b.placed is not None, "only states that wait are compared"
    forms_b = b.placed.forms
    for place, number in a.placed.constants:
        form_b = forms_b.get(place)
        if form_b is None or form_b.terms or form_b.const != number:
            return False
    assigned: dict[Symbol, Linear] = {}
    for place, form_a in a.placed.symbolic:
        form_b = forms_b.get(place)
        if form_b is None or not _unify(a.facts, b.facts, form_a, form_b, assigned):
            return False
    for symbol, numbers in a.facts.excluded.items():
        if symbol not in assigned or not all(b.facts.excludes(assigned[symbol], x) for x in numbers):
            return False
    for key, fact in a.facts.known.items():
        if isinstance(key, int):
            if key not in assigned:
                return False
            continue
        image = linear.ZERO
        for symbol, coefficient in key:
            if symbol not in assigned:
                return False
            image = linear.add(image, assigned[symbol], coefficient)
        if not WORD.is_subset_of(b.facts.evaluate(image), fact):
            return False
    return True


def _unify(a: Facts, b: Facts, form_a: Linear, form_b: Linear, assigned: dict[Symbol, Linear]) -> bool:
    """Extends `assigned` (a's symbols -> b's forms) so that `form_a` becomes `form_b`."""
    rest = Linear(linear.centred(form_b.const - form_a.const), form_b.terms)
    new: list[tuple[Symbol, int]] = []
    for symbol, coefficient in form_a.terms:
        if symbol in assigned:
            rest = linear.add(rest, assigned[symbol], -coefficient)
        else:
            new.append((symbol, coefficient))
    if not new:
        return rest == linear.ZERO
    if len(new) == 1:
        symbol, factor = new[0]
        if rest.const % factor or any(coefficient % factor for _, coefficient in rest.terms):
            return False
        quotient = Linear(rest.const // factor, tuple((s, c // factor) for s, c in rest.terms))
        return _assign(a, b, symbol, quotient, assigned)
    # Several at once: the same shape, symbol for symbol.
    if rest.const or [c for _, c in new] != [c for _, c in rest.terms]:
        return False
    return all(
        _assign(a, b, symbol, of_symbol(other), assigned)
        for (symbol, _), (other, _) in zip(new, rest.terms, strict=True)
    )


def _assign(a: Facts, b: Facts, symbol: Symbol, form: Linear, assigned: dict[Symbol, Linear]) -> bool:
    """Lets a's `symbol` be b's `form`, if what a holds about its values, region and definition is true of the form."""
    if symbol in assigned:
        return assigned[symbol] == form
    info = a.table[symbol]
    if info.is_fixed:
        if form != of_symbol(symbol):
            return False
    elif info.region is not Region.UNKNOWN:
        # What points into no frame must not come from something that may.
        if any(b.table[s].region in (Region.STACK, Region.UNKNOWN) for s, _ in form.terms):
            return False
        region = b.table.region(form)
        if info.region is Region.OTHER:
            # Whatever points into no frame is one of these: a join makes one of any two.
            if info.name and not _is_named(b.table, form, info.name):
                return False
        elif info.region is not None and (region is None or region[0] is not info.region):
            return False
        if info.region is Region.PACKET and form.symbol is None:
            return False  # the packet's start is a symbol alone
    if not WORD.is_subset_of(b.evaluate(form), a.value(symbol)):
        return False
    assigned[symbol] = form
    definition = info.definition
    if definition is None:
        return True
    if form == of_symbol(symbol):  # the same symbol: its operands are the same too
        theirs = definition
    elif form.symbol is None or (found := b.table[form.symbol].definition) is None:
        return False
    else:
        theirs = found
    return (
        theirs.op is definition.op
        and theirs.parameter == definition.parameter
        and all(
            _unify(a, b, mine, yours, assigned)
            for mine, yours in zip(definition.args, theirs.args, strict=True)
        )
    )


def _is_named(table: SymbolTable, form: Linear, name: str) -> bool:
    """Whether `form` is a value of the map `name`."""
    info = None if form.symbol is None else table[form.symbol]
    return info is not None and info.name == name and not info.is_fixed
