"""Random C programs that write down what their variables hold, line by line.

Each `SEE(variable)` stores the variable where the test reads it. The seeds of `test_random_variables` go with this
text: what changes the order of the random choices makes other programs of them.
"""

from __future__ import annotations

import random

_HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
volatile __u64 seen;
#define SEE(variable) (seen = (__u64)(variable)) /* see */
#define BUMP(a, b) ((a) = (a) * 2 + (b))
struct value { __u8 b; __s8 sb; __u16 h; __s16 sh; __u32 w; __s32 sw; __u64 d; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32);
         __type(value, struct value); } values SEC(".maps");
static __attribute__((noinline)) int out(__u32 *p, __u16 by) { *p += by & 31; return *p & 7; }
"""
_TYPES = ("__u8", "__s8", "__u16", "__s16", "__u32", "__s32", "__u64", "__s64", "int", "_Bool")
_FIELDS = ("v->b", "v->h", "v->w", "v->d", "v->sb", "v->sh", "v->sw", "(v->b & 7)", "(v->h & 1023)")
_CONSTANTS = (0, 1, 3, 7, 8, 64, 255, 256, -1, -5, 1000, 0x7FFF)


def c_program(seed: int) -> str:
    """The text of a program, `prog`."""
    return _Writer(seed).source()


class _Writer:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lines: list[str] = []
        self._names = 0

    def source(self) -> str:
        for head in (
            "static __always_inline int inl(struct value *v, __s16 xa, __u32 xb)\n{\n\tSEE(xa);",
            "static __attribute__((noinline)) int call(struct value *v, __u8 xa, __s32 xb)\n{\n\tSEE(xb);",
        ):
            self._lines.append(head)
            names = self._block(["xa", "xb"], 1, 1, calls=False)
            self._lines.append(f"\treturn {self._number(names)};\n}}")
        self._lines.append(
            'SEC("xdp") int prog(struct xdp_md *ctx)\n{\n\t__u32 key = 0;\n'
            "\tstruct value *v = bpf_map_lookup_elem(&values, &key);\n\tif (!v) return 2;"
        )
        names = self._block([], 0, 1)
        self._lines.append(f"\t__s32 y = call(v, {self._number(names)}, {self._number(names)});\n\tSEE(y);")
        names = self._block([*names, "y"], 0, 1)
        self._lines.append(f"\treturn {self._number(names)};\n}}")
        return _HEAD + "\n".join(self._lines) + "\n"

    def _fresh(self, letter: str = "x") -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def _number(self, names: list[str], depth: int = 0) -> str:
        pick, kind = self._random.choice, self._random.randrange(13)
        if kind < 3 or not names:
            return pick(_FIELDS)
        if kind == 5:
            return str(pick(_CONSTANTS))
        if kind < 5 or depth > 2:
            return pick(names)
        one = self._number(names, depth + 1)
        if kind == 6:
            return f"(({pick(_TYPES)})({one}))"
        if kind == 7:
            return f"({self._test(names, depth + 1)} ? {one} : {self._number(names, depth + 1)})"
        if kind == 8:
            return f"(({one}) & {pick((1, 7, 15, 63, 255, 0xFC))})"
        if kind in (9, 10):
            return f"(({one}) {'>>' if kind == 9 else '<<'} {pick((1, 2, 4))})"
        if kind == 11:
            return f"((__u32)({one}) {pick('*/')} {pick((2, 3, 4))}u)"
        return f"(({one}) {pick('+-|^')} ({self._number(names, depth + 1)}))"

    def _test(self, names: list[str], depth: int = 0) -> str:
        pick = self._random.choice
        one = pick(names) if names and self._random.random() < 0.8 else self._number(names, depth + 1)
        other = pick(("0", "1", "5", "40", "100", "200", "1000", self._number(names, depth + 2)))
        test = f"{one} {pick(('<', '>', '<=', '>=', '==', '!='))} {other}"
        if self._random.random() < 0.25:
            first = pick(names) if names else "v->b"
            test = f"({test}) {pick(('&&', '||'))} ({first} {pick('<>')} {pick((2, 9, 60))})"
        return test

    def _block(self, names: list[str], depth: int, indent: int, *, calls: bool = True) -> list[str]:
        """Writes some statements; the variables that can be named behind them."""
        names = list(names)
        for _ in range(self._random.randrange(2, 5)):
            self._statement(names, depth, indent, calls=calls)
        return names

    def _statement(self, names: list[str], depth: int, indent: int, *, calls: bool) -> None:
        pick, chance, kind = self._random.choice, self._random.random, self._random.randrange(14)
        changing = [name for name in names if not name.startswith("i")]

        def write(line: str) -> None:
            self._lines.append("\t" * indent + line)

        def declare(type_: str, value: str, then: str = "") -> None:
            name = self._fresh()
            write(f"{type_} {name} = {value};")
            if then:
                write(then.replace("NAME", name))
            write(f"SEE({name});")
            names.append(name)

        if kind < 4:
            declare(pick(_TYPES), self._number(names))
        elif kind < 7 and changing:
            name, value = pick(changing), self._number(names)
            assigned = f"{name} {pick(('=', '+=', '-=', '&=', '|=', '^='))} {value};"
            changed = pick((assigned, f"{name}++;", f"BUMP({name}, {value});", f"{name} >>= 1;"))
            write(changed + (f" SEE({name});" if chance() < 0.3 else ""))
            if chance() < 0.6:
                write(f"SEE({pick(names)});")
        elif kind == 7 and names:
            write(f"SEE({pick(names)});")
        elif kind == 8:
            write("bpf_ktime_get_ns();")
        elif kind == 9 and depth < 3:
            write(f"if ({self._test(names)}) {{")
            self._block(names, depth + 1, indent + 1, calls=calls)
            if chance() < 0.6:
                write("} else {")
                self._block(names, depth + 1, indent + 1, calls=calls)
            write("}")
        elif kind == 10 and depth < 2 and names:
            write(f"if ({self._test(names)})")
            write("\treturn 1;")
            write(f"SEE({pick(names)});")
        elif kind == 11 and depth < 2:
            name = self._fresh("i")
            if chance() < 0.5:
                write("#pragma clang loop unroll(disable)")
            limit = pick(("3", "4", "(v->b & 7)", "(v->h & 3)"))
            type_ = pick(("int", "__u32", "__u8", "__u64"))
            write(f"for ({type_} {name} = {pick((0, 1))}; {name} < {limit}; {name}++) {{")
            write(f"\tSEE({name});")
            self._block([*names, name], depth + 1, indent + 1, calls=calls)
            write("}")
        elif kind == 12:
            declare("__u32", self._number(names), f"out(&NAME, {self._number(names)});")
        elif calls and names:
            declare("int", f"inl(v, {self._number(names)}, {self._number(names)})")
