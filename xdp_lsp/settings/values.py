"""From a value as TOML or JSON holds it to the value of a setting, or a sentence that says what is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from xdp_lsp import checks
from xdp_lsp.checks import Severity
from xdp_lsp.headroom import TargetError, resolve, resolve_senders
from xdp_lsp.settings.configurations import configurations
from xdp_lsp.settings.converted import Complaint, Converted, show
from xdp_lsp.settings.keys import Kind, SettingKey
from xdp_lsp.toolchain import OWN_LIBBPF

_NOTHING = Converted(None, is_set=False)


def convert(key: SettingKey, value: object, base: Path) -> Converted:
    """The value of `key` given as `value`; folders are relative to `base`."""
    if value is None or value == "":  # editors send both for "not set"
        return _NOTHING
    kind = key.kind
    if kind in (Kind.TARGETS, Kind.SENDERS, Kind.FLAGS, Kind.NAMES):
        return _strings(key, value)
    if kind is Kind.CONFIGURATIONS:
        return configurations(key, value, base) if isinstance(value, list | tuple) else _refused(key, value)
    if kind is Kind.SEVERITIES:
        return _severities(key, value)
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return Converted(value)
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _number(key, value)
    if isinstance(value, str) and "\0" not in value:
        if kind is Kind.CHOICE and value in key.choices:
            return Converted(_fail_on(value) if key.name == "fail-on" else value)
        if kind is Kind.TEXT:
            return Converted(_expand(value))
        if kind is Kind.FOLDER:
            is_own = key.name == "libbpf" and value == OWN_LIBBPF
            return Converted(value if is_own else str(base / _expand(value)))
    return _refused(key, value)


def unknown(name: str, known: Mapping[str, object]) -> str:
    """The sentence about a key that does not exist."""
    close = get_close_matches(name, known, n=1)
    return f"unknown setting {show(name)}" + (f"; did you mean `{close[0]}`?" if close else "; ignored")


def _strings(key: SettingKey, value: object) -> Converted:
    if not isinstance(value, list | tuple):
        return _refused(key, value)
    taken: list[str] = []
    complaints = []
    for index, element in enumerate(value):
        wrong = _complaint_about(key, element)
        if wrong:
            complaints.append(Complaint(f"{wrong}; ignored", (index,)))
        else:
            taken.append(element)
    if key.kind is Kind.TARGETS and not value:
        complaints.append(Complaint(f"`{key.name}` names no target; ignored"))
    return Converted(tuple(taken), tuple(complaints), is_set=bool(taken) or key.kind is not Kind.TARGETS)


def _complaint_about(key: SettingKey, element: object) -> str:
    """What is wrong with an element of a list, empty where nothing is."""
    if not isinstance(element, str) or not element or "\0" in element:
        return f"`{key.name}` is {key.expected}, not of {show(element)}"
    if key.kind in (Kind.TARGETS, Kind.SENDERS):
        try:
            (resolve if key.kind is Kind.TARGETS else resolve_senders)([element])
        except TargetError as error:
            return str(error)
    return ""


def _severities(key: SettingKey, value: object) -> Converted:
    if not isinstance(value, Mapping):
        return _refused(key, value)
    taken: dict[str, Severity | None] = {}
    complaints = []
    for code, level in value.items():
        if level is None:
            continue
        if code not in checks.CODES:
            near = checks.nearest_code(code)
            hint = f"did you mean `{near}`?" if near else "ignored"
            message = f"`{key.name}` names {show(code)}, which is no finding's code; {hint}"
            complaints.append(Complaint(message, (code,)))
        elif level not in key.choices:
            wanted = ", ".join(key.choices)
            message = f"the severity of `{code}` is one of {wanted}, not {show(level)}; ignored"
            complaints.append(Complaint(message, (code,)))
        else:
            taken[code] = None if level == "off" else Severity(level)
    return Converted(taken, tuple(complaints), is_set=bool(taken))


def _number(key: SettingKey, value: object) -> Converted:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _refused(key, value)
    if not key.least <= value <= key.most:  # a NaN is outside of everything
        return _refused(key, value)
    if key.kind is Kind.NUMBER:
        return Converted(float(value))
    return Converted(int(value)) if value == int(value) else _refused(key, value)


def _fail_on(word: str) -> Severity | None:
    return None if word == "never" else Severity(word)


def _expand(path: str) -> str:
    return os.path.expanduser(path)  # noqa: PTH111 - pathlib's raises where there is no such home


def _refused(key: SettingKey, value: object) -> Converted:
    complaint = Complaint(f"`{key.name}` is {key.expected}, not {show(value)}; ignored")
    return Converted(None, (complaint,), is_set=False)
